#!/usr/bin/env bash
# What `inspect` says of the captures in pcaps/ against what tshark says: the
# Call-IDs, final responses, streams, SSRCs, packets and losses. The captures
# whose names begin with a program's were made by that program
# (tests/captures/make.sh).
. "$(dirname "$0")/lib.sh"
need tshark editcap jq
cd "$root/pcaps" || exit 1

# What tshark says of each frame: number, method, Call-ID, CSeq's method, code.
frames_of()
{
	timeout 60 tshark -r "$1" -T fields -E separator='|' -e frame.number \
		-e sip.Method -e sip.Call-ID -e sip.CSeq.method \
		-e sip.Status-Code 2>/dev/null
}

# What tshark sees as streams: "SRC:PORT DST:PORT SSRC PACKETS LOST". Repeated
# packets are packets to it, and make up for lost ones.
streams_of()
{
	timeout 60 tshark -q -z rtp,streams -r "$1" 2>/dev/null | awk '
	function address(ip, port) {
		return (ip ~ /:/ ? "[" ip "]" : ip) ":" port
	}
	$7 ~ /^0x/ {
		# the payload may be several words: packets come before
		# "LOST (PERCENT)"
		match($0, /[0-9]+ +-?[0-9]+ \(/)
		split(substr($0, RSTART), n)
		print address($3, $4), address($5, $6), tolower($7), n[1], n[2]
	}' | sort
}

our_streams()
{
	jq -r '(.calls[].streams, .orphans)[] | "\(.src) \(.dst) \(.ssrc) " +
		"\(.packets + .duplicates) \(.lost - .duplicates)"' | sort
}

for file in *.pcap *.pcapng; do
	"$prog" inspect --json "$file" >"$tmp/ours" 2>/dev/null
	same "$file: exit status" 0 $?
	frames_of "$file" >"$tmp/frames"
	same "$file: frames" "$(wc -l <"$tmp/frames")" \
		"$(jq .packets "$tmp/ours")"
	same "$file: Call-IDs" \
		"$(awk -F'|' '$2 == "INVITE" { print $3 }' "$tmp/frames" |
			sort -u)" \
		"$(jq -r '.calls[].call_ids[]' "$tmp/ours" | sort -u)"
	same "$file: final responses" \
		"$(awk -F'|' '$4 == "INVITE" && $5 >= 200 { print $3, $5 }' \
			"$tmp/frames" | sort -u)" \
		"$("$prog" inspect --json --legs "$file" 2>/dev/null |
			jq -r '.calls[] | select(.final > 0) |
			"\(.call_ids[0]) \(.final)"' | sort)"
	case $file in
	g722.pcap) continue ;; # no SDP: tshark does not look for RTP
	esac
	same "$file: streams" "$(streams_of "$file")" \
		"$(our_streams <"$tmp/ours")"
done

# What gzip has packed is read as it is, from a pipe too, and as far as it goes
# when the end is missing, or something in the middle.
inside()
{
	"$prog" inspect --json "$1" 2>"$tmp/warned" | jq 'del(.file, .warnings)'
}
for file in call-pcmu.pcap vlan-sll.pcapng two-calls.pcap; do
	gzip -c $file >"$tmp/packed"
	same "$file, packed" "$(inside $file)" "$(inside "$tmp/packed")"
	same "$file, packed, by pipe" "$(inside $file)" \
		"$(inside <(cat "$tmp/packed"))"
done
{ head -c 9000 call-pcmu.pcap | gzip; tail -c +9001 call-pcmu.pcap | gzip; } \
	>"$tmp/packed"
same 'packed in two pieces' "$(inside call-pcmu.pcap)" \
	"$(inside "$tmp/packed")"
gzip -c call-pcmu.pcap | head -c 6000 >"$tmp/packed"
more 'packed, cut' 100 "$(inside "$tmp/packed" | jq .packets)"
same 'packed, cut: says so' 1 \
	"$(grep -c ': the compressed data breaks off$' "$tmp/warned")"
gzip -c sipp-echo.pcap >"$tmp/packed"
size=$(stat -c %s "$tmp/packed")
printf 'damage' | dd of="$tmp/packed" bs=1 seek=$((size - 3000)) conv=notrunc \
	2>/dev/null
inside "$tmp/packed" >/dev/null
same 'packed, damaged: says so' 1 \
	"$(grep -c ': the compressed data is damaged$' "$tmp/warned")"

# facts FILE WANTED: what the programs were told to do
facts()
{
	same "$1: facts" "$2" "$("$prog" inspect --json "$1" | jq -r '.calls[] |
		[.outcome, .final, .transport, .reinvites, .holds] | join(" ")')"
}
facts sipp-echo.pcap 'answered 200 udp 0 0'
facts sipp-tcp.pcap "$(yes 'answered 200 tcp 0 0' | head -n 4)"
facts sipp-any.pcap "$(yes 'answered 200 udp 0 0' | head -n 2)"
facts sipp-fragments.pcap "$(yes 'answered 200 udp 0 0' | head -n 2)"
facts baresip-udp4.pcap 'answered 200 udp 2 1'
facts baresip-tcp4.pcap 'answered 200 tcp 2 1'
facts baresip-udp6.pcap 'answered 200 udp 2 1'
facts baresip-tcp6.pcap 'answered 200 tcp 2 1'
facts baresip-early.pcap 'answered 200 udp 0 0'
facts baresip-cancel.pcap 'cancelled 487 udp 0 0'
facts baresip-busy.pcap 'rejected 486 udp 0 0'

# A call that is cut out is the call it was. Its place and the length of an
# open one are other ones, for what came after it is not there.
call_of()
{
	"$prog" inspect --json "$@" 2>/dev/null | jq -c '.calls[0] |
		del(.index, .duration_ms)'
}
for file in *.pcap *.pcapng; do
	calls=$("$prog" inspect --json "$file" 2>/dev/null | jq '.calls | length')
	for n in $(seq "$calls"); do
		"$prog" inspect --extract "$n" "$tmp/cut.pcap" "$file" \
			2>/dev/null
		same "$file: call $n cut out" "$(call_of --call "$n" "$file")" \
			"$(call_of "$tmp/cut.pcap")"
		more "$file: its ladder" 3 "$("$prog" inspect --call "$n" \
			"$file" 2>/dev/null | grep -c -- '---')"
	done
done

# A call that changes its codec, and the same without its beginning: media that
# comes before the first message is not early.
(cd "$tmp" && "$prog" run "$root/scenarios/call/codec-change.yml" -q \
	--keep always --out changes >/dev/null)
changed=$tmp/changes/codec-change-invite-caller/wire.pcap
same 'codecs of a call that changes' 'PCMU, PCMA' "$("$prog" inspect --call 1 \
	"$changed" | sed -nE '2s/.*answered +[0-9.]+s  (.*)  udp .*/\1/p')"
same 'codecs of streams that change' 2 "$("$prog" inspect --call 1 "$changed" |
	grep -c '  PCMU/8000, PCMA/8000  ')"
same 'change of the codec in the ladder' 2 "$("$prog" inspect --call 1 \
	"$changed" | grep -c -- '-- call\(er\|ee\) goes on with PCMA --')"
editcap "$changed" "$tmp/late.pcap" 1-200 2>/dev/null
"$prog" inspect "$tmp/late.pcap" >"$tmp/ours"
same 'began before: times' 2 "$(sed -n '2,4p' "$tmp/ours" |
	grep -cE '  -[0-9]+\.[0-9]{3}s [0-9]+\.[0-9]{3}s  ')"
same 'began before: no time with two signs' 0 "$(grep -c '+-' "$tmp/ours")"
same 'began before: remarks' 'began before the capture, 1 re-INVITE' \
	"$(sed -nE '2s/.*  (began.*)/\1/p' "$tmp/ours")"

# What is read is not written over, whatever its name is.
cp call-pcmu.pcap "$tmp/read.pcap"
ln -s read.pcap "$tmp/link.pcap"
ln "$tmp/read.pcap" "$tmp/twin.pcap"
for to in read link twin; do
	"$prog" inspect --extract 1 "$tmp/$to.pcap" "$tmp/read.pcap" 2>"$tmp/said"
	same "extract over itself, $to: exit code" 2 $?
	same "extract over itself, $to: said" \
		"$tmp/$to.pcap: nothing is written over $tmp/read.pcap, which is read; name another file" \
		"$(cat "$tmp/said")"
	cmp -s call-pcmu.pcap "$tmp/read.pcap"
	same "extract over itself, $to: still there" 0 $?
done

# - is standard input and standard output, and no file.
cd "$tmp" || exit 1
cp "$root/pcaps/call-pcmu.pcap" read.pcap
same 'inspect -, a pipe' "$(inside read.pcap)" \
	"$("$prog" inspect --json - < <(cat read.pcap) |
		jq 'del(.file, .warnings)')"
same 'inspect --call 1 -, a file' "$("$prog" inspect --call 1 read.pcap)" \
	"$("$prog" inspect --call 1 - <read.pcap)"
"$prog" inspect --call 1 - < <(cat read.pcap) 2>said
same 'inspect --call 1 -, a pipe' \
	'2 siprec-src inspect: /dev/stdin is a pipe: --call reads it twice' \
	"$? $(cat said)"
"$prog" inspect --extract 1 - read.pcap >cut.pcap
same 'extract to -' "0 $(call_of read.pcap)" "$? $(call_of cut.pcap)"
"$prog" inspect --extract 1 - read.pcap >>read.pcap 2>said
same 'extract to -, which is its input' '2 1' "$? $(wc -l <said)"
cmp -s "$root/pcaps/call-pcmu.pcap" read.pcap
same 'extract to -, which is its input: still there' 0 $?
same 'ladder -' "$("$prog" ladder read.pcap)" \
	"$("$prog" ladder -o - - <read.pcap)"
"$prog" replay - 2>said
same 'replay -: says what would be right' 1 \
	"$(grep -c 'standard input is /dev/stdin' said)"
if [ -e - ]; then bad 'no file named -' none one; else ok; fi
cd "$root/pcaps" || exit 1

# A full disk is said.
"$prog" inspect --extract 1 /dev/full call-pcmu.pcap 2>"$tmp/said"
same 'extract to a full disk: exit code' 4 $?
same 'extract to a full disk: said' 1 \
	"$(grep -c '^/dev/full: cannot be written: No space left' "$tmp/said")"
for what in 'inspect' 'inspect --json' 'inspect --call 1' 'from-pcap' 'ladder'
do
	# shellcheck disable=SC2086 # words
	"$prog" $what call-pcmu.pcap 2>"$tmp/said" >/dev/full
	same "$what, full disk: exit code" 4 $?
	same "$what, full disk: said" \
		'standard output cannot be written: No space left on device' \
		"$(cat "$tmp/said")"
done
"$prog" inspect two-calls.pcap 2>"$tmp/said" >&-
same 'standard output closed' '4 2' "$? $(wc -l <"$tmp/said")"
"$prog" inspect --extract 1 "$tmp/cut.pcap" call-pcmu.pcap >&- 2>&-
same 'cut out, all closed' 0 $?
same 'cut out, all closed: the call' "$(call_of call-pcmu.pcap)" \
	"$(call_of "$tmp/cut.pcap")"
finish
