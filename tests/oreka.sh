#!/usr/bin/env bash
# What passive Oreka needs of a session, looked for in our capture by tshark:
# parties and Call-ID of the INVITE, and both streams at the port of its first
# m-line. What Oreka itself makes of it is judged where there is an orkaudio on
# PATH; with --live also what it makes of a call that passes by (needs to make a
# network namespace).
. "$(dirname "$0")/lib.sh"
need tshark
cd "$tmp" || exit 1
ln -s "$root/scenarios" .

"$prog" run scenarios/oreka -q --keep always --out kept >/dev/null
same 'the scenarios' 0 $?

# field FILTER FIELD FILE: of the packets that pass, in order
field()
{
	tshark -r "kept/$3/wire.pcap" -Y "$1" -T fields -e "$2" 2>/dev/null
}

# streams NAME: "source ports, SSRCs" of the RTP that goes to the recorder
streams()
{
	local ports

	ports=$(field 'sip.Method == "INVITE" and sip.Contact contains "sip.src"' \
		sdp.media.port "$1" | head -n 1 | tr ',' '\n' | sort -u | xargs)
	tshark -r "kept/$1/wire.pcap" -Y 'rtp and not rtp.p_type == 101' \
		-T fields -e udp.srcport -e rtp.ssrc -e rtp.padding \
		2>/dev/null | awk -v offered="$ports" '
		BEGIN { split(offered, o, " "); for (i in o) ours[o[i]] = 1 }
		$1 in ours { port[$1] = 1; ssrc[$2] = 1; padded += $3 == "1" || $3 == "True" }
		END { for (p in port) np++; for (s in ssrc) ns++
			print np + 0 " ports, " ns + 0 " SSRCs, " padded + 0 " padded" }'
}

same 'shared: all of one port' '1 ports, 2 SSRCs, 0 padded' "$(streams one-recording)"
same 'per stream: two ports' '2 ports, 2 SSRCs, 0 padded' "$(streams two-recordings)"
invite='sip.Method == "INVITE" and sip.Contact contains "sip.src"'
first=$(field "$invite" sdp.media.port one-recording | head -n 1 | cut -d, -f 1)
same 'shared: it is the port of the first m-line' "$first" "$(tshark \
	-r kept/one-recording/wire.pcap -Y "rtp and udp.srcport == $first" \
	-T fields -e udp.srcport 2>/dev/null | sort -u | xargs)"
same 'From and To have users' '1 1' \
	"$(field "$invite" sip.from.user one-recording | grep -c .) $(field "$invite" sip.to.user one-recording | grep -c .)"
same 'the party is named in a header' 1 \
	"$(tshark -r kept/one-recording/wire.pcap -Y "$invite" -T fields -e sip.msg_hdr 2>/dev/null |
		grep -c 'X-Local-Extension: 7701')"
# what Oreka searches for in TCP, letter by letter
same 'Content-Length in its long form, one space' 0 \
	"$(tshark -r kept/one-recording/wire.pcap -Y sip -T fields -e sip.msg_hdr 2>/dev/null |
		grep -vc 'Content-Length: [0-9]')"
same 'SDP before metadata' 'application/sdp application/rs-metadata+xml' "$(tshark \
	-r kept/one-recording/wire.pcap -Y "$invite" -V 2>/dev/null |
	sed -n 's/^ *Content-Type: \(application[^;\\]*\).*$/\1/p' | sed 's/\\r\\n//' | xargs)"
. "$root/tests/peers/oreka.sh"
finish
