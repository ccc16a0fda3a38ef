#!/usr/bin/env bash
# Each answered call in the captures that other programs made (SIPp, baresip),
# recorded once more: at the embedded recorder, and at SIPp on sockets. The
# verdict must be right, and what tshark sees go to the recorder must be what
# it sees in the capture: streams, SSRCs, each packet in its order.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sipp.sh"
need sipp tshark jq
cd "$tmp" || exit 1
pcaps=$root/pcaps
peers=$root/tests/peers

# seen FILE: what tshark sees of it, a line a message or RTP packet:
# "METHOD|CODE|PORTS|SOURCE|DESTINATION|SOURCE-PORT|DESTINATION-PORT|SSRC|SEQ|
# TIMESTAMP|MARKER|TYPE"
seen()
{
	timeout 60 tshark -r "$1" -Y 'sip or rtp' -T fields -E separator='|' \
		-e sip.Method -e sip.Status-Code -e sdp.media.port -e ip.src \
		-e ip.dst -e udp.srcport -e udp.dstport -e rtp.ssrc -e rtp.seq \
		-e rtp.timestamp -e rtp.marker -e rtp.p_type 2>/dev/null
}

# packets SEEN: its RTP before the BYE, from SOURCE on
packets()
{
	awk -F'|' '$1 == "BYE" { exit } $8 ~ /^0x/' "$1" | cut -d'|' -f4-
}

# told SEEN DIRECTION: the packets that went to (dst) where the recorder wants
# media, or came from there (src)
told()
{
	packets "$1" | awk -F'|' -v ports="$(awk -F'|' \
		'$2 == 200 && $3 { print $3; exit }' "$1")" -v way="$2" '
	BEGIN { n = split(ports, p, ","); for (i in p) known[p[i]] = 1 }
	(way == "dst" ? $4 : $3) in known'
}

# split DIR: a file of packets for each way and SSRC, with the SSRC before them
split()
{
	rm -rf "$1"
	mkdir "$1"
	awk -F'|' -v dir="$1" '{
		way = $1 $2 $3 $4 $5
		if (!(way in file))
			file[way] = dir "/" ++n
		print $5, $6, $7, $8, $9 >file[way]
	}'
}

# streams DIR: a line each: SSRC, how many packets, a sum of them in their order
streams()
{
	local file

	for file in "$1"/*; do
		echo "$(head -c 10 "$file") $(wc -l <"$file") $(cksum <"$file")"
	done | sort
}

# is_of FILE: what was sent is one of the capture's streams, or a part of it in
# its order
is_of()
{
	local file

	for file in captured/*; do
		diff "$file" "$1" | grep -q '^>' || return 0
	done
	return 1
}

# missing NAME: sets $lost to how many packets of the capture were not sent.
# Each that was must be one of the capture's, in its order.
missing()
{
	local file

	for file in sent/*; do
		same "$1, $(head -c 10 "$file"): nothing else, in order" 0 "$(
			is_of "$file"
			echo $?
		)"
	done
	same "$1: SSRCs" "$(streams captured | cut -d' ' -f1)" \
		"$(streams sent | cut -d' ' -f1)"
	lost=$(($(cat captured/* | wc -l) - $(cat sent/* | wc -l)))
}

# recorder FILE: SIPp's, which takes the codecs that the capture has, for one
# call
recorder()
{
	local pt='0' map='a=rtpmap:0 PCMU\/8000'

	if [ "$1" = sipp-echo ]; then
		pt='8 101'
		map='a=rtpmap:8 PCMA\/8000\n      '
		map=${map}'a=rtpmap:101 telephone-event\/8000'
	fi
	sed "s/RTP\/AVP 0$/RTP\/AVP $pt/; s/a=rtpmap:0 PCMU\/8000/$map/" \
		"$peers/recorder.xml" >"$1.xml"
	start_sipp "$1" "$1.xml" -rtp_echo
}

# spoken NAME CHANGES: a call with media
spoken()
{
	local lost

	seen "$pcaps/$1.pcap" >capture
	packets capture | split captured
	"$prog" replay "$pcaps/$1.pcap" --out kept >stdout 2>stderr
	same "$1, embedded: exit code" 0 $?
	seen kept/wire.pcap >wire
	told wire dst | split sent
	missing "$1, embedded"
	# the recorder answers in 2 ms
	same "$1, embedded: at most a packet of a party lost at a change" yes \
		"$([ "$lost" -le $((2 * $2 + 2)) ] && echo yes || echo "$lost")"
	rm -rf kept

	recorder "$1"
	timeout 60 "$prog" replay "$pcaps/$1.pcap" --speed max --out kept \
		--to "sip:rec@127.0.0.1:$port" >stdout 2>stderr
	same "$1, SIPp: exit code" 0 $?
	same "$1, SIPp: says so" 1 "$(grep -c '^recorded, ' stdout)"
	peer_ends "$1"
	seen kept/wire.pcap >wire
	same "$1, SIPp: INVITEs" $((1 + $2)) "$(grep -c '^INVITE' wire)"
	told wire dst | split sent
	same "$1, SIPp: streams" "$(streams captured)" "$(streams sent)"
	# SIPp echoes when it has the time, and some of it after the BYE
	more "$1, SIPp: heard" $(($(cat sent/* | wc -l) / 4)) \
		"$(told wire src | wc -l)"
	rm -rf kept
}

# reports SPEED: the times in our sender reports are those of the capture, a
# packet of which went with the same RTP time
reports()
{
	local most

	"$prog" replay "$pcaps/sipp-echo.pcap" --speed "$1" --out kept \
		>stdout 2>stderr
	timeout 60 tshark -r "$pcaps/sipp-echo.pcap" -T fields \
		-Y 'rtp.ssrc == 0xdee0ee8f' -e frame.time_epoch \
		-e rtp.timestamp 2>/dev/null >said
	timeout 60 tshark -r kept/wire.pcap -T fields \
		-Y 'rtcp.senderssrc == 0xdee0ee8f and rtcp.pt == 200' \
		-e rtcp.timestamp.ntp.msw -e rtcp.timestamp.ntp.lsw \
		-e rtcp.timestamp.rtp 2>/dev/null >reported
	most=$(awk '
	function abs(x) { return x < 0 ? -x : x }
	NR == FNR { if (NR == 1) { t0 = $1; ts0 = $2 } next }
	{
		at = t0 + ($3 - ts0) / 8000
		off = abs($1 - 2208988800 + $2 / 4294967296 - at)
		if (off > most)
			most = off
	}
	END { printf "%d", most * 1000 }' said reported)
	more "reports at $1: how many" 2 "$(wc -l <reported)"
	same "reports at $1: times" yes \
		"$([ "$most" -lt 40 ] && echo yes || echo "$most ms off")"
	same "reports at $1: says so" 1 "$(grep -c 'RTCP is our own' stdout)"
	rm -rf kept
}

# silent NAME CALL: a call of which there is no RTP
silent()
{
	recorder "$1"
	cat >silent.yml <<-END
		name: Nobody speaks
		call: {pcap: $pcaps/$1.pcap, pick: {index: $2}}
		srs: [{name: rec$3}]
		expect:
		  - {attempts: [rec 200]}
		  - {events: [start, stop]}
		  - {requests: [INVITE, BYE], to: rec}
	END
	"$prog" run silent.yml --keep never -q >stdout 2>stderr
	same "$1, embedded: exit code" 0 $?
	sed -i "s|{name: rec}|{name: rec, uri: \"sip:rec@127.0.0.1:$port\"}|" \
		silent.yml
	"$prog" run silent.yml --keep never -q >stdout 2>stderr
	same "$1, SIPp: exit code" 0 $?
	peer_ends "$1"
}

reports 1x
reports 2x
for file in "$pcaps"/sipp-*.pcap "$pcaps"/baresip-*.pcap; do
	name=$(basename "$file" .pcap)
	"$prog" inspect --json "$file" 2>/dev/null | jq -r '.calls[] |
		select(.outcome == "answered") |
		"\(.index) \(.reinvites) \(.streams | length)"' >calls
	while read -r call changes streams <&3; do
		if [ "$streams" -gt 0 ]; then
			spoken "$name" "$changes"
		else
			silent "$name" "$call"
		fi
	done 3<calls
done
finish
