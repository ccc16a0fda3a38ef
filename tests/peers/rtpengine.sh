# A part of peers.sh: rtpengine, in user space, takes our streams and passes them
# on to our recorder, with Kamailio in the path of SIP. Both sides of it are in
# our capture: packet by packet they have to be the same. SRTP it decrypts.
# shellcheck shell=bash

# start_rtpengine: sets $pid and $ng, where it is asked
start_rtpengine()
{
	local low

	free_port
	ng=$port
	low=$((RANDOM % 5000 * 2 + 20000))
	in_background rtpengine --config-file=none --foreground --table=-1 \
		--no-fallback --interface=127.0.0.1 --num-threads=1 \
		--listen-ng="127.0.0.1:$ng" --port-min=$low \
		--port-max=$((low + 400)) --log-level=5 --log-stderr \
		>rtpengine.log 2>&1
	wait_for 10 listens "$ng"
}

# relayed NAME: the call of NAME.yml; leaves its capture as NAME/NAME/wire.pcap
relayed()
{
	timeout 30 "$prog" run "$1.yml" --var "PROXY=$proxy" \
		--var "VAULT=$vault" --keep always --out "$1" \
		>"$1.log" 2>&1
	same "$1" 0 $?
	grep -A12 '^FAIL' "$1.log"
}

# seen NAME: all of its capture in columns, as NAME.seen: ports, method, status and
# m-lines of SIP; SSRC, sequence, time, type, marker and payload of RTP
seen()
{
	tshark -r "$1/$1/wire.pcap" -Y 'sip or rtp' -T fields \
		-e udp.srcport -e udp.dstport -e sip.Method -e sip.Status-Code \
		-e sdp.media.port -e sdp.media.proto -e rtp.ssrc -e rtp.seq \
		-e rtp.timestamp -e rtp.p_type -e rtp.marker -e rtp.payload \
		2>/dev/null >"$1.seen"
}

# legs NAME: what left the ports that we offered, as NAME.sent, and what came to
# those that the recorder answered with, as NAME.heard
legs()
{
	seen "$1"
	awk -F '\t' -v proxy="$proxy" -v vault="$vault" -v name="$1" '
	$3 == "INVITE" && $2 == proxy || $4 == 200 && $1 == vault {
		n = split($5, port, ",")
		for (i = 1; i <= n; i++)
			side[port[i]] = $3 ? "sent" : "heard"
	}
	$7 && side[$1] == "sent" || $7 && side[$2] == "heard" {
		to = name "." (side[$1] == "sent" ? "sent" : "heard")
		print $7, $8, $9, $10, $11, $12 | "sort >" to
	}' "$1.seen"
}

at_rtpengine()
{
	local pid vault

	start_rtpengine
	rtpengine=$pid
	free_port
	vault=$port
	sed "s/127.0.0.1:TO\"/127.0.0.1:$vault\"/; s/127.0.0.1:NG/127.0.0.1:$ng/" \
		"$peers/relay.cfg" >relay-to.cfg
	start_kamailio relay relay-to.cfg
	proxy=$port

	cat >relayed.yml <<-'END'
		name: Through rtpengine
		clock: real
		call: {answer: 100ms, end: 3s}
		src: {servers: ["sip:rec@127.0.0.1:${PROXY}"]}
		srs: {name: vault, listen: "udp:127.0.0.1:${VAULT}"}
		timeline:
		  - {at: 1s, pause: recording}
		  - {at: 1500ms, resume: recording}
		expect:
		  - {events: [start, pause, resume, stop]}
		  - {sdp: answer, media: 2, has: ["a=label:2", "a=recvonly"]}
		  - {audio: vault/caller, tone: 440Hz}
		  - {audio: vault/callee, tone: 660Hz}
	END
	relayed relayed
	legs relayed
	more 'rtpengine, packets' 150 "$(wc -l <relayed.sent)"
	same 'rtpengine, SSRCs' 2 "$(cut -d " " -f 1 relayed.heard | sort -u | wc -l)"
	same 'rtpengine, what came out is what went in' '' \
		"$(diff relayed.sent relayed.heard | head -n 4)"

	cat >unlocked.yml <<-'END'
		name: Decrypted by rtpengine
		clock: real
		call: {answer: 100ms, end: 2s}
		src:
		  servers: ["sip:rec@127.0.0.1:${PROXY}"]
		  srtp: {suites: AES_CM_128_HMAC_SHA1_80, clear_signalling: true}
		srs: {name: vault, listen: "udp:127.0.0.1:${VAULT}", srtp: false}
		expect:
		  - {sdp: offer, media: 1, has: "a=crypto:1 AES_CM_128_HMAC_SHA1_80"}
		  - {sdp: answer, media: 1, has: "a=crypto:1 AES_CM_128_HMAC_SHA1_80"}
		  - {audio: vault/caller, tone: 440Hz}
		  - {audio: vault/callee, tone: 660Hz}
	END
	relayed unlocked
	legs unlocked
	same 'SRTP at rtpengine, offered on in clear' 'RTP/AVP' \
		"$(awk -F '\t' -v vault="$vault" '$3 == "INVITE" && $2 == vault {
			print $6 }' unlocked.seen | tr ',' '\n' | sort -u)"
	more 'SRTP at rtpengine, packets' 100 "$(wc -l <unlocked.sent)"
	same 'SRTP at rtpengine, headers' '' "$(diff <(cut -d " " -f 1-5 unlocked.sent) \
		<(cut -d " " -f 1-5 unlocked.heard) | head -n 4)"
	same 'SRTP at rtpengine, no payload went in clear' 0 \
		"$(comm -12 unlocked.sent unlocked.heard | wc -l)"

	kill -TERM "$pid"
	end_of "$pid" 10
	kill -TERM "$rtpengine"
	end_of "$rtpengine" 10
	same 'rtpengine says nothing bad' '' \
		"$(grep -E 'ERR|CRIT' rtpengine.log | head -n 3)"
}

module=$(find /usr/lib -name rtpengine.so -path '*kamailio*' -print -quit \
	2>/dev/null)
if ! command -v rtpengine >/dev/null; then
	note 'rtpengine: not installed'
elif ! command -v kamailio >/dev/null || [ -z "$module" ]; then
	note 'rtpengine: no Kamailio with its module'
else
	at_rtpengine
fi
