#!/usr/bin/env bash
# SRTP proved by somebody else: a Python script on the cryptography library takes
# the keys from the SDP and decrypts each packet of the capture, which has to be,
# octet by octet, the packet of the same call in clear. Where ffmpeg is, it hears
# the caller's tone in what is sent to it.
. "$(dirname "$0")/lib.sh"
need python3 tshark
cd "$tmp" || exit 1
open=$root/tests/peers/srtp_open.py
runs=$root/tests/runs

if ! python3 -c 'import cryptography' 2>/dev/null; then
	note 'SRTP is not decrypted: no python3-cryptography'
	ok
	finish
fi

# run NAME FILE [OPTION...]: keeps its capture as NAME.pcap
run()
{
	timeout 60 "$prog" run "$2" --seed 5 --clock virtual --keep always \
		--out "$1" -q "${@:3}" >"$1.log" 2>&1
	same "$1" 0 $?
	cp "$1"/*/wire.pcap "$1.pcap"
}

sed "s|\.\./\.\.|$root|" "$runs/srtp.yml" >secure.yml
grep -v 'srtp:' secure.yml | sed 's/, rekey: true//' >clear.yml
run clear clear.yml
python3 "$open" clear.pcap >clear.txt
same 'in clear' 0 $?
more 'in clear, RTP' 1200 "$(grep -c ^rtp\  clear.txt)"
more 'in clear, RTCP' 8 "$(grep -c ^rtcp clear.txt)"
for suite in AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32 \
	AES_256_CM_HMAC_SHA1_80 AES_256_CM_HMAC_SHA1_32 \
	AEAD_AES_128_GCM AEAD_AES_256_GCM; do
	run "$suite" secure.yml --var "suite=$suite"
	python3 "$open" "$suite.pcap" >"$suite.txt"
	same "$suite opens" 0 $?
	if cmp -s clear.txt "$suite.txt"; then ok; else
		bad "$suite" 'what is sent in clear' \
			"$(diff clear.txt "$suite.txt" | head -n 4)"
	fi
done
# and a packet that was tampered with does not open
python3 - <<'EOF'
import struct
data = bytearray(open("AES_CM_128_HMAC_SHA1_80.pcap", "rb").read())
at, last = 24, 0
while at < len(data):
    n, = struct.unpack_from("<I", data, at + 8)
    at += 16 + n
    if n == 14 + 20 + 8 + 12 + 160 + 10:
        last = at
assert last
data[last - 40] ^= 1
open("tampered.pcap", "wb").write(data)
EOF
python3 "$open" tampered.pcap >tampered.txt
same 'a tampered packet' 1 $?

# one call from the command line, with the suite that its recorder takes
start_srs srs.log
timeout 30 "$prog" call --to "sip:rec@127.0.0.1:$port" --duration 2s --out call \
	--srtp AEAD_AES_256_GCM,AES_CM_128_HMAC_SHA1_80 --clear-keys >call.log
same 'call --srtp' 0 $?
same 'call --srtp, what it says' 2 \
	"$(grep -cE ': label [12], PCMU, AEAD_AES_256_GCM, [0-9]+ packets' call.log)"
python3 "$open" call/wire.pcap >call.txt
same 'call --srtp opens' 0 $?
sed -n 's/.*, \([0-9]*\) packets to .*:\([0-9]*\)$/\2 \1/p' call.log | sort \
	>sent
same 'call --srtp, all that was sent' "$(cat sent)" "$(awk 'NR == FNR {
	to[$1] = 1
	next
}
$1 == "rtp" && $3 in to { n[$3]++ }
END { for (p in n) print p, n[p] }' sent call.txt | sort)"
kill -INT "$pid"
end_of "$pid" 10

# hears_tone SUITE: ffmpeg takes the key from an SDP of its own and decodes
hears_tone()
{
	local port

	# below those that the system picks for others
	while port=$((RANDOM % 6000 * 2 + 20000)); bound "$port" ||
		bound $((port + 1)); do
		:
	done
	grep -v 'wav:' secure.yml | sed 's/^media:$//' >tone.yml
	run "tone-$1" tone.yml --var "suite=$1"
	mkfifo "$1.go"
	exec 3<>"$1.go" # both ends: neither waits for the other
	in_background python3 "$root/tests/peers/srtp_send.py" \
		"tone-$1.pcap" "$1.sdp" "$port" <&3
	wait_for 5 test -s "$1.sdp"
	in_background timeout 40 ffmpeg -nostdin -v error -protocol_whitelist \
		file,udp,rtp,srtp -i "$1.sdp" -t 2 -y "$1.wav" >"$1.out" 2>&1
	wait_for 10 bound "$port"
	echo >&3
	exec 3>&-
	end_of "$pid" 40
	same "ffmpeg, $1, its own word" '' "$(cat "$1.out")"
	# zero crossings of two seconds of 440 Hz, but for where it is cut
	more "ffmpeg, $1, 440 Hz" 1600 "$(crossings "$1.wav")"
	more "ffmpeg, $1, no noise" "$(crossings "$1.wav")" 1800
}

# True when somebody listens at that UDP port.
bound()
{
	grep -qi ":$(printf '%04X' "$1") 00000000:0000 07" /proc/net/udp
}

crossings()
{
	python3 - "$1" <<'EOF'
import struct, sys
data = open(sys.argv[1], "rb").read()[44:]
pcm = struct.unpack("<%dh" % (len(data) // 2), data[:len(data) // 2 * 2])
print(sum((a < 0) != (b < 0) for a, b in zip(pcm, pcm[1:])))
EOF
}

if command -v ffmpeg >/dev/null; then
	hears_tone AES_CM_128_HMAC_SHA1_80
	hears_tone AES_CM_128_HMAC_SHA1_32
else
	note 'SRTP is not decoded by ffmpeg: none on PATH'
fi
finish
