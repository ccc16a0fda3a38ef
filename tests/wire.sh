#!/usr/bin/env bash
# Others must see what we say was on the wire: tshark decodes each wire.pcap,
# tcpdump saw the same bytes on the sockets, xmllint accepts the metadata, and
# the sound is in the wav files.
#
# RFC7865_XSD names a directory with rfc7865.xsd and the catalog.xml that
# finds what it imports; without it the schema of the RFC is left out.
. "$(dirname "$0")/lib.sh"
need tshark xmllint od awk
cd "$tmp" || exit 1

# decoded DIR: all fields that the cases look at, one line a frame
decoded()
{
	tshark -r "$1/wire.pcap" -T fields -E separator='|' \
		-e frame.protocols -e _ws.malformed -e _ws.expert.severity \
		-e _ws.expert.message >"$1/decoded" 2>"$1/tshark.err"
}

# count DIR PATTERN: frames whose protocols have it
count()
{
	cut -d'|' -f1 "$1/decoded" | grep -cE "$2"
}

# What tshark takes for malformed, or warns of (6291456), or calls an error
# (8388608). Its own are that it does not decode slices of H.264 to the end, cannot
# read what SRTCP has encrypted, and knows no comment in Retry-After together
# with a parameter (RFC 3261 section 20.33 has both).
complaints()
{
	awk -F'|' '$1 ~ /:h264$/ && $4 == "[Not decoded yet]" {next}
		$4 == "Encrypted RTCP Payload - not dissected" {next}
		$4 == "Invalid retry_after value" {next}
		$2 != "" || $3 ~ /6291456|8388608/ {print $1 ": " $4}' \
		"$1/decoded" | sort | uniq -c | head -n 5
}

# decodes NAME DIR
decodes()
{
	decoded "$2"
	if [ ! -s "$2/decoded" ]; then
		bad "$1" 'frames' "none: $(tail -n 1 "$2/tshark.err")"
		return
	fi
	same "$1, malformed or suspect" '' "$(complaints "$2")"
	same "$1, neither SIP nor RTP" 0 "$(cut -d'|' -f1 "$2/decoded" |
		grep ':udp' | grep -vcE ':(sip|rtp|rtcp)(:|$)')"
}

# against_schema NAME LIST: of files
against_schema()
{
	[ "$RFC7865_XSD" ] || return
	if XML_CATALOG_FILES=$RFC7865_XSD/catalog.xml xargs xmllint --nonet \
		--noout --schema "$RFC7865_XSD/rfc7865.xsd" <"$2" \
		>xmllint.log 2>&1; then
		ok
	else
		bad "$1" 'valid documents' "$(grep -v validates xmllint.log |
			head -n 5)"
	fi
}

# pitch FILE: of a tone, counted by how often it crosses zero
pitch()
{
	od -An -v -t d2 -w2 -j 1644 -N 8000 "$1" | awk '
		{s = $1 >= 0}
		NR > 1 && s != last {n++}
		{last = s}
		END {print int(n * 8000 / NR / 2 + 0.5)}'
}

# datagrams FILE: "src dst payload", in order
datagrams()
{
	tshark -r "$1" -Y udp.payload -T fields -E separator=' ' \
		-E occurrence=l -e ip.src -e udp.srcport -e ip.dst \
		-e udp.dstport -e udp.payload 2>/dev/null |
		awk '{print $1 ":" $2, $3 ":" $4, $5}'
}

# runs CLOCK: all of tests/runs
runs()
{
	local dir name f

	timeout 120 "$prog" run "$root/tests/runs" --clock "$1" --keep always \
		--out "$1" -j 16 --report json="$1.json" >"$1.log" 2>&1
	same "$1: runs" 0 $?
	for dir in "$1"/*/; do
		dir=${dir%/}
		name="$1 ${dir##*/}"
		decodes "$name" "$dir"
		more "$name, SIP" 8 "$(count "$dir" ':sip(:|$)')"
		more "$name, SDP" 4 "$(count "$dir" ':sdp(:|$)')"
		more "$name, SIPREC" 1 \
			"$(count "$dir" ':mime_multipart:sdp:xml$')"
		more "$name, RTP" 100 "$(count "$dir" ':rtp(:|$)')"
		[ "${dir##*/}" = captured ] ||
			more "$name, RTCP" 2 "$(count "$dir" ':rtcp(:|$)')"
		for f in "$dir"/*.wav; do
			[ -e "$f" ] && wav "$name, ${f##*/}" "$f"
		done
	done
	find "$1" -name '*.xml' | sort >"$1.documents"
	more "$1, documents" 10 "$(wc -l <"$1.documents")"
	against_schema "$1" "$1.documents"
	same "$1 plain, a datagram twice" '' \
		"$(datagrams "$1/plain/wire.pcap" | sort | uniq -d | head -n 3)"
	same "$1 keys, to the other party and the recorder" '2x147* 2x80#D' \
		"$(keys "$1/keys")"
	same "$1 plain, caller in Hz" 440 "$(pitch "$1/plain/vault-caller.wav")"
	same "$1 plain, callee in Hz" 660 "$(pitch "$1/plain/vault-callee.wav")"
}

# keys DIR: as tshark reads them, of what went to the recorder, each once
keys()
{
	tshark -r "$1/wire.pcap" -Y 'rtpevent.end_of_event == 1' -T fields \
		-E separator=' ' -e rtp.ssrc -e udp.dstport -e rtp.timestamp \
		-e rtpevent.event_id 2>/dev/null |
		sort -u | sort -s -k 1,2 | awk '
		$1 $2 != last {n++; last = $1 $2}
		{k[n] = k[n] substr("0123456789*#ABCD", $4 + 1, 1)}
		END {for (i = 1; i <= n; i++) print k[i]}' | sort | uniq -c |
		awk '{print $1 "x" $2}' | xargs
}

# by_stream FILE ONLY: of the streams that ONLY has; each in its own order
by_stream()
{
	awk 'NR == FNR {seen[$1 $2] = 1; next} ($1 $2) in seen' "$2" "$1" |
		sort -s -k 1,2
}

start_tcpdump()
{
	in_background tcpdump -i lo -n -s 0 -B 16384 -w seen.pcap udp \
		>/dev/null 2>tcpdump.err
	dump=$pid
	wait_for 5 grep -q 'listening on' tcpdump.err
}

# Our account of the sockets beside that of the kernel.
compare_with_tcpdump()
{
	local dir name

	sleep 0.3
	kill -INT "$dump"
	end_of "$dump" 10
	datagrams seen.pcap >seen
	for dir in real/*/; do
		name=$(basename "$dir")
		datagrams "$dir/wire.pcap" >ours
		by_stream ours ours >ours.sorted
		by_stream seen ours >seen.sorted
		more "tcpdump, $name" 100 "$(wc -l <ours.sorted)"
		same "tcpdump, $name" '' \
			"$(diff ours.sorted seen.sorted | cut -c 1-150 |
				head -n 4)"
	done
}

[ "${RFC7865_XSD:=}" ] || note 'no RFC7865_XSD: not held against the RFC'
runs virtual
if [ "$(id -u)" -ne 0 ]; then
	note 'not root: not held against tcpdump'
	runs real
elif ! start_tcpdump; then
	note "no tcpdump: $(tail -n 1 tcpdump.err)"
	runs real
else
	runs real
	compare_with_tcpdump
fi

# The library: its documents, but for those that are as the OpenSIPS module
# writes them, and captures of the folders in which nobody sends anything odd on
# purpose.
timeout 300 "$prog" run "$root/scenarios" -T slow -T opensips --clock virtual \
	--keep always --out library -q >library.log 2>&1
more 'library, documents' 40 "$(find library -name '*.xml' | wc -l)"
find library -name '*.xml' | sort | head -n 200 >documents
xargs xmllint --nonet --noout <documents >xmllint.log 2>&1
same 'library, documents are XML' 0 $?
against_schema library documents

# A third of their runs, for a tshark takes a second.
timeout 300 "$prog" run "$root"/scenarios/{basic,call,failover,video} \
	--clock virtual --shard 1/3 --keep always --out some -q >some.log 2>&1
for dir in some/*/; do
	printf '%s\n' "$dir"
done | xargs -P 2 -I{} sh -c 'tshark -r "$1/wire.pcap" -T fields \
	-E separator="|" -e frame.protocols -e _ws.malformed \
	-e _ws.expert.severity -e _ws.expert.message >"$1/decoded" 2>/dev/null' \
	_ {}
more 'H.264 and VP8 in some' 200 \
	"$(cat some/*/decoded | cut -d'|' -f1 | grep -cE ':(h264|vp8)$')"
for dir in some/*/; do
	dir=${dir%/}
	more "$dir, frames" 4 "$(wc -l <"$dir/decoded")"
	same "$dir, malformed or suspect" '' "$(complaints "$dir")"
done
finish
