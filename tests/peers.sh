#!/usr/bin/env bash
# Beside programs that are not ours: SIPp as a recorder, as recorders that
# refuse, and as a client of our recorder; Sofia-SIP as a recorder; Kamailio and
# rtpengine in the path; baresip, which knows no SIPREC. The scenarios of
# tests/peers/scenarios say the same of each recorder.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sipp.sh"
need sipp tshark jq od
cd "$tmp" || exit 1
peers=$root/tests/peers

# SIPp as the recorder. It echoes what it gets on its two ports, which proves
# that RTP arrived there.
start_sipp recorder "$peers/recorder.xml" -rtp_echo
timeout 30 "$prog" call --to "sip:rec@127.0.0.1:$port" --duration 2s \
	--out call >call.log 2>&1
same 'call at SIPp' 0 $?
peer_ends recorder
tshark -r call/wire.pcap -Y sdp -T fields -e sip.Status-Code -e sdp.media.port \
	2>/dev/null | sed -n "s/^200$(printf '\t')//p" | grep , >ports
same 'call at SIPp, two ports' 1 "$(wc -l <ports)"
for p in $(tr ',' ' ' <ports); do
	for way in dst src; do
		more "call at SIPp, RTP $way $p" 90 "$(tshark \
			-r call/wire.pcap -Y "udp.${way}port == $p" \
			2>/dev/null | wc -l)"
	done
done

# The same, judged.
start_sipp judged "$peers/recorder.xml" -rtp_echo
cat >judged.yml <<END
name: Recorded by SIPp
call: {end: 3s}
srs: [{name: sipp, uri: "sip:rec@127.0.0.1:$port"}]
expect:
  - {recorded_by: sipp}
  - {attempts: [sipp 200]}
  - {requests: [INVITE, BYE], to: sipp}
  - {events: [start, stop]}
END
timeout 30 "$prog" run judged.yml --report json=judged.json >judged.log 2>&1
same 'run at SIPp' 0 $?
peer_ends judged
same 'run at SIPp, sent' '2 90' "$(jq -r '[.scenarios[0].streams[] |
	select(.server == "sipp") | .sent] | "\(length) \(min)"' judged.json |
	awk '{print $1, ($2 >= 90 ? 90 : $2)}')"

# Over TCP: one connection, which tshark reads too.
start_sipp stream "$peers/recorder.xml" -rtp_echo -t t1
cat >stream.yml <<END
name: Recorded by SIPp over TCP
call: {end: 3s}
srs: [{name: sipp, uri: "sip:rec@127.0.0.1:$port;transport=tcp"}]
expect:
  - {recorded_by: sipp}
  - {attempts: [sipp 200]}
  - {header: Via, of: BYE, to: sipp, matches: "^SIP/2.0/TCP "}
END
timeout 30 "$prog" run stream.yml --keep always --out stream >stream.log 2>&1
same 'run at SIPp over TCP' 0 $?
peer_ends stream
same 'SIP over TCP in the capture' 'INVITE,ACK,BYE' "$(tshark \
	-r stream/stream/wire.pcap -Y 'tcp && sip.Method' -T fields \
	-e sip.Method 2>/dev/null | paste -sd,)"

# refused NAME STATUS HEADER: and the report has the code
refused()
{
	sed "s/486 Busy Here/$2/; s/Retry-After: 60/$3/" \
		"$peers/refuses.xml" >"$1.xml"
	start_sipp "$1" "$1.xml"
	cat >"$1.yml" <<-END
		name: Refused
		call: {answer: 100ms, end: 1s}
		srs: [{name: plain, uri: "sip:rec@127.0.0.1:$port"}]
		expect:
		  - {attempts: [plain ${2%% *}]}
		  - {recorded_by: nobody}
	END
	timeout 30 "$prog" run "$1.yml" --report json="$1.json" \
		>"$1.log" 2>&1
	same "$1" 0 $?
	peer_ends "$1"
	same "$1, attempt" "${2%% *}" \
		"$(jq -r '.scenarios[0].attempts[].result' "$1.json")"
}
refused no-siprec '420 Bad Extension' 'Unsupported: siprec'
refused busy '486 Busy Here' 'Retry-After: 60'
refused odd '699 Odd' 'X-Why: nobody knows'

# From one process to the next.
start_sipp first "$peers/refuses.xml"
sipp_pid=$pid
first=$port
start_srs second.log --out second
srs=$pid
cat >failover.yml <<END
name: The second one takes it
call: {answer: 100ms, end: 2s}
srs:
  - {name: first, uri: "sip:rec@127.0.0.1:$first"}
  - {name: second, uri: "sip:rec@127.0.0.1:$port"}
expect:
  - {attempts: [first 486, second 200]}
  - {recorded_by: second}
  - {events: [failover, start, stop]}
END
timeout 30 "$prog" run failover.yml >failover.log 2>&1
same 'failover' 0 $?
pid=$sipp_pid
peer_ends first
kill -INT "$srs"
end_of "$srs" 10
same 'failover, srs' 0 "$rc"
for f in second/srs-alice.wav second/srs-bob.wav; do
	wav "failover, $f" $f
	more "failover, $f" 20000 "$(number $f 40 4)"
done

# SIPp as the client of our recorder.
head -c 8000 /dev/zero | tr '\0' '\052' >voice.ul
start_srs client.log --out client --json
srs=$pid
server=$port
free_media
timeout 30 sipp -sf "$peers/client.xml" "127.0.0.1:$server" -i 127.0.0.1 \
	-mi 127.0.0.1 -mp $media -m 1 -nostdin -timeout 20s -trace_err \
	-error_file client.err >client.out 2>&1
same 'client SIPp' 0 $?
[ -s client.err ] && tail -n 5 client.err
kill -INT "$srs"
end_of "$srs" 10
same 'client SIPp, srs' 0 "$rc"
grep -v '^listening' client.log >client.json
same 'client SIPp, lines of JSON' '' "$(jq -e . client.json 2>&1 >/dev/null)"
same 'client SIPp, events' \
	'answered bye ended invite media metadata reinvite' "$(
	jq -r .kind client.json | grep -v warning | sort -u |
		tr '\n' ' ' | sed 's/ $//')"
same 'client SIPp, metadata' 1 "$(find client -name '*.xml' | wc -l)"
wav 'client SIPp, sound' client/srs-carol.wav
more 'client SIPp, sound' 15000 "$(number client/srs-carol.wav 40 4)"
. "$peers/login.sh"

# The same scenarios, unchanged, at recorders that share no code: ours, SIPp
# and Sofia-SIP. lab NAME: at $port; leaves NAME.json, the verdicts in
# NAME.said, and what was sent in each stream in NAME.sent.
lab()
{
	timeout 60 "$prog" run "$peers/scenarios" --var "PORT=$port" -j 8 \
		--keep never --report json="$1.json" >"$1.log" 2>&1
	same "lab $1" 0 $?
	grep -q '^FAIL' "$1.log" && grep -A8 '^FAIL' "$1.log"
	jq -r '.scenarios[] | "\(.name): \(.status)", (.attempts[] |
		"  \(.server) \(.result)"), (.events[] | "  \(.name)"),
		(.expect[] | "  \(.line) \(.check) \(.status)")' \
		"$1.json" >"$1.said"
	jq -r '.scenarios[].streams[] | select(.server == "lab") | .sent' \
		"$1.json" | sort -n >"$1.sent"
}

# heard NAME: as many streams as were sent, of as many packets, from the
# numbers in NAME.heard
heard()
{
	sort -n "$1.heard" >"$1.sorted"
	same "lab $1, packets of each stream" "$(tr '\n' ' ' <"$1.sent")" \
		"$(tr '\n' ' ' <"$1.sorted")"
}

start_srs lab-ours.log --json
srs=$pid
lab ours
kill -INT "$srs"
end_of "$srs" 10
same 'lab ours, srs' 0 "$rc"
more 'lab ours, verdicts' 50 "$(grep -c ' passed$' ours.said)"

. "$peers/kamailio.sh"
. "$peers/rtpengine.sh"

start_sipp lab-sipp "$peers/recorder.xml" -rtp_echo -m 1000
sipp_pid=$pid
lab sipp
kill -USR1 "$sipp_pid"
pid=$sipp_pid
peer_ends lab-sipp
same 'lab sipp, as at ours' '' "$(diff ours.said sipp.said)"

sofia=$BUILD/peers/sofia_srs
# start_sofia NAME [OPTION...]: sets $pid and $port
start_sofia()
{
	in_background "$sofia" "${@:2}" >"$1.log" 2>"$1.err"
	wait_for 10 grep -q '^listening ' "$1.log"
	port=$(sed -n 's/^listening udp:.*://p' "$1.log")
}

# sofia_ends NAME
sofia_ends()
{
	kill -INT "$pid"
	end_of "$pid" 10
	same "$1, Sofia-SIP" 0 "$rc"
	same "$1, calls left" 'left 0' "$(tail -n 1 "$1.log")"
}

at_sofia()
{
	start_sofia lab-sofia
	lab sofia
	sofia_ends lab-sofia
	same 'lab sofia, as at ours' '' "$(diff ours.said sofia.said)"
	sed -n 's/^stream .*packets=\([0-9]*\) .*/\1/p' lab-sofia.log \
		>sofia.heard
	heard sofia
	same 'lab sofia, lost' '' "$(grep '^stream' lab-sofia.log |
		grep -v 'lost=0$')"
	same 'lab sofia, invites' "$(jq '[.scenarios[].attempts[] |
		select(.server == "lab")] | length' sofia.json)" \
		"$(grep -c '^invite media=2 labels=1,2 .*metadata=[1-9]' \
			lab-sofia.log)"
	same 'lab sofia, one m-line on hold' 1 \
		"$(grep -c '^reinvite .*modes=inactive,sendonly' lab-sofia.log)"
	same 'lab sofia, paused' 3 \
		"$(grep -c '^reinvite .*modes=inactive,inactive' lab-sofia.log)"
	start_sofia no-siprec-sofia --plain
	refused_by no-siprec-sofia 420
	sofia_ends no-siprec-sofia
}

# refused_by NAME CODE: at $port
refused_by()
{
	timeout 30 "$prog" call --to "sip:rec@127.0.0.1:$port" --duration 1s \
		>"$1.call" 2>&1
	same "$1, exit" 1 $?
	more "$1, says $2" 1 "$(grep -c "$2" "$1.call")"
}

if pkg-config --exists sofia-sip-ua; then
	make -s -C "$root" BUILD="$BUILD" peers >make.log 2>&1
	same 'sofia_srs, built' 0 $?
	[ -s make.log ] && cat make.log
	at_sofia
else
	note 'Sofia-SIP: no libsofia-sip-ua-dev'
fi

# baresip wants an address that is not 127.0.0.1: a namespace has one.
unshare=(unshare -rn)
"${unshare[@]}" true 2>/dev/null || unshare=(unshare -n)
if ! command -v baresip >/dev/null; then
	note 'baresip: not installed'
elif ! "${unshare[@]}" ip link set lo up 2>/dev/null; then
	note 'baresip: no network namespace to be had, or no ip'
else
	timeout 60 "${unshare[@]}" "$peers/baresip.sh" "$prog" >baresip.log 2>&1
	same 'baresip' 0 $?
	same 'baresip, attempt' 420 "$(jq -r \
		'.scenarios[0].attempts[].result' baresip.json)"
	same 'baresip, says why' siprec "$(tshark -r out/baresip/wire.pcap \
		-Y 'sip.Status-Code == 420' -T fields -e sip.Unsupported \
		2>/dev/null)"
fi
finish
