#!/usr/bin/env bash
# What a replay leaves on the wire against the capture that it was made of, as
# `inspect` sees both; what `from-pcap` writes; and a recorder on sockets.
. "$(dirname "$0")/lib.sh"
need jq mergecap editcap
cd "$tmp" || exit 1
pcaps=$root/pcaps

# streams FILE: of all calls, without their addresses
streams()
{
	"$prog" inspect --json "$1" 2>/dev/null |
		jq -c '(.calls[].streams, .orphans)[] | [.ssrc, .codec, .packets,
			.lost, .reordered, .duplicates, .duration_ms,
			.jitter_ms]' | sort
}

# Those in which nobody speaks before the recorder has answered: nothing of
# them may be missing, or come at another time.
for name in call-pcmu.pcap opus-dynamic.pcap cut.pcap two-calls.pcap \
	two-lines.pcap vlan-sll.pcapng; do
	"$prog" replay "$pcaps/$name" --all --out kept >stdout 2>stderr
	same "$name: exit code" 0 $?
	same "$name: streams" "$(streams "$pcaps/$name")" \
		"$(streams kept/wire.pcap)"
	rm -rf kept
done

# A capture that is kept is not put where the one is that is played.
mkdir kept
cp "$pcaps/call-pcmu.pcap" kept/wire.pcap
"$prog" replay --out kept kept/wire.pcap >stdout 2>stderr
same 'over itself: exit code and lines' '2 0 1' \
	"$? $(wc -l <stdout) $(wc -l <stderr)"
cmp -s "$pcaps/call-pcmu.pcap" kept/wire.pcap
same 'over itself: still there' 0 $?
rm -rf kept

for file in "$pcaps"/*; do
	name=${file##*/}
	"$prog" from-pcap "$file" >scenario.yml 2>stderr
	same "$name: from-pcap" 0 $?
	"$prog" run scenario.yml --keep never >stdout 2>stderr
	same "$name: its scenario passes" '0 1 passed, 0 failed' \
		"$? $(tail -n 1 stdout)"
done
"$prog" from-pcap "$pcaps/g722.pcap" >scenario.yml
same 'without SIP: who sits where' '    "10.1.1.10:4000": caller
    "10.1.1.20:5000": callee' "$(sed -n '/parties:/,/^$/p' scenario.yml |
	sed '1d;/^$/d')"
same 'without SIP: what is expected' 1 \
	"$(grep -c 'vault/caller, packets: as_captured' scenario.yml)"

# A call without media, and streams without SIP: these are played, all of them
# too, and what picks them is said.
mergecap -w beside.pcap "$pcaps/baresip-busy.pcap" "$pcaps/g722.pcap"
for picked in '' '--caller 10.1.1.10' --all; do
	# shellcheck disable=SC2086 # several words, or none
	"$prog" replay $picked beside.pcap >stdout 2>stderr
	same "streams beside a call, '$picked': exit code" 0 $?
	same "streams beside a call, '$picked'" 1 \
		"$(grep -cE '^call(er|ee): label [12], G722, 99 ' stdout)"
done
"$prog" replay --call 1 beside.pcap >stdout 2>stderr
same 'a call without media beside streams: exit code' 1 $?
same 'a call without media beside streams: says so' 1 \
	"$(grep -c '^not recorded: .*--caller' stdout)"
"$prog" replay --callee 10.1.1.99 beside.pcap >stdout 2>stderr
same 'streams of nobody: exit code' 5 $?

# refused NAME WORDS OPTION...: a fault of the command line, in these words
refused()
{
	local name=$1 words=$2

	shift 2
	"$prog" "$@" >stdout 2>stderr
	same "$name: exit code" 2 $?
	same "$name: says so" 1 "$(grep -c -- "$words" stderr)"
}
call=$pcaps/call-pcmu.pcap
refused 'no port' "a port is 1 to 65535, not '99999'" \
	replay "$call" --to sip:127.0.0.1:99999
refused 'no transport' "transport 'foo' is not one of udp, tcp, tls" \
	replay "$call" --to 'sip:127.0.0.1;transport=foo'
refused 'one for both' '--caller and --callee are both' \
	replay "$call" --caller 10.1.1.10 --callee 10.1.1.10
refused 'all from a time' '--all and --start-at' \
	replay "$call" --all --start-at 1s
refused 'all of one' '--all and --caller' \
	replay "$call" --all --caller 10.1.1.10
refused 'too slow' '0.01x to 1000x' replay "$call" --speed 0.001x
refused 'relay without a port' '--relay wants' \
	call --to sip:127.0.0.1:9 --relay 127.0.0.1

# Nothing is left of the payloads.
editcap -s 60 "$pcaps/g722.pcap" short.pcap
"$prog" replay short.pcap >stdout 2>stderr
same 'cut payloads: says so' 1 \
	"$(grep -c '^not recorded: .* cut by the snap length' stdout)"
"$prog" from-pcap short.pcap >stdout 2>stderr
same 'cut payloads: no scenario of them' 4 $?

"$prog" replay "$call" >stdout 2>stderr
same 'what the recorder reports' 1 \
	"$(grep -c '^callee: .*; it reports 0 lost, jitter' stdout)"

# A leg is picked by its Call-ID, or by its number.
for leg in '--call b2bua-2' '--legs --call 2'; do
	# shellcheck disable=SC2086 # several words
	"$prog" replay $leg --out kept "$pcaps/transfer-b2bua.pcap" \
		>stdout 2>stderr
	same "$leg: says so" 1 "$(grep -c '^leg 2 of 3: ' stdout)"
	same "$leg: its streams" '0x00000033 0x00000044' "$(streams \
		kept/wire.pcap | grep -oE '0x[0-9a-f]+' | xargs)"
	rm -rf kept
	# shellcheck disable=SC2086 # several words
	"$prog" from-pcap $leg "$pcaps/transfer-b2bua.pcap" >leg.yml
	same "from-pcap $leg" 1 "$(grep -c 'index: 2, legs: true' leg.yml)"
done
"$prog" run leg.yml --keep never >stdout 2>stderr
same 'a scenario of a leg' 0 $?

# What is doubled on its way is there twice.
"$prog" run "$root/scenarios/capture/uneven-way.yml" --keep always --out kept \
	>stdout 2>stderr
more 'duplicates on the wire' 15 "$("$prog" inspect --json \
	kept/uneven-way/wire.pcap 2>/dev/null | jq '[(.calls[].streams,
		.orphans)[] | select(.ssrc == "0xcafe0660") |
		.duplicates] | add')"
rm -rf kept

start_srs listening
to=sip:127.0.0.1:$port
for speed in 4x max; do
	"$prog" replay "$pcaps/call-pcmu.pcap" --to "$to" --speed $speed \
		>stdout 2>stderr
	same "to a recorder at $speed: exit code" 0 $?
	same "to a recorder at $speed: streams" 2 "$(grep -cE \
		'^call(er|ee): label [12], PCMU, 1[0-9]{2} packets' stdout)"
done
"$prog" replay "$pcaps/baresip-tcp4.pcap" --to sip:127.0.0.1:9 \
	--answer-within 2s --speed 4x >stdout 2>stderr
same 'to nobody: exit code' 1 $?
same 'to nobody: says so' 1 "$(grep -c '^not recorded: ' stdout)"

# The recorder is killed, or hangs up, before the call is over.
start_srs listening
srs=$pid
in_background "$prog" replay "$pcaps/cut.pcap" --to "sip:127.0.0.1:$port" \
	>stdout 2>stderr
played=$pid
wait_for 10 grep -q 'first packet' listening
kill -KILL "$srs" && wait "$srs" 2>/dev/null
end_of "$played" 60
same 'to a recorder that is killed: exit code' 1 "$rc"
same 'to a recorder that is killed: says so' 1 \
	"$(grep -c '^not recorded to the end: .*never answered the BYE' stdout)"
start_srs listening --bye-after 500ms
"$prog" replay "$pcaps/cut.pcap" --to "sip:127.0.0.1:$port" >stdout 2>stderr
same 'to a recorder that hangs up: exit code' 1 $?
same 'to a recorder that hangs up: says when' 1 "$(grep -c \
	'to the end: recorder was lost after 0.[56] s: the recorder hung up' \
	stdout)"
same 'to a recorder that hangs up: says how much' 1 \
	"$(grep -cE '; [0-9]{2} of the 147 packets of the call' stdout)"

finish
