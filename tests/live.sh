#!/usr/bin/env bash
# Two phones talk through the relay, over IPv4 and over IPv6, and a recorder
# gets both of them; one that is dead costs them nothing. The ports that each
# run needs are those that it says.
. "$(dirname "$0")/lib.sh"
need make jq
cd "$root" || exit 1

if ! make -s BUILD="$BUILD" tools >"$tmp/make" 2>&1; then
	bad 'build' 'rtp_peer' "$(tail -n 20 "$tmp/make")"
	finish
fi
peer=$BUILD/tools/rtp_peer
cd "$tmp" || exit 1

# said FILE PATTERN: the group of the pattern in the first line that fits
said()
{
	sed -nE "s/^$2\$/\\1/p" "$1" | head -n 1
}

# both_listen LOG: sets $a and $b
both_listen()
{
	wait_for 20 grep -q '^callee listening ' "$1"
	a=$(said "$1" 'caller listening udp:(.*)')
	b=$(said "$1" 'callee listening udp:(.*)')
}

# heard FILE N: by a phone: of RTP, repeated, of RTCP
heard()
{
	sed -nE 's/^sent [0-9]+ heard ([0-9]+) repeated ([0-9]+) '"$(
		)"'rtcp sent [0-9]+ heard ([0-9]+)$/\'"$2/p" "$1"
}

# talk NAME ADDR [OPTION...]: both phones, from there, to $a and $b. What the
# first says before the second is known is for nobody.
talk()
{
	local name=$1 addr=$2 one two

	shift 2
	in_background "$peer" --bind "$addr" --packets 150 "$@" "$a" \
		>"$name.a"
	one=$pid
	in_background "$peer" --bind "$addr" --packets 150 "$@" "$b" \
		>"$name.b"
	two=$pid
	end_of "$one" 30
	same "$name, the caller's phone" 0 "$rc"
	end_of "$two" 30
	same "$name, the callee's phone" 0 "$rc"
}

# relayed NAME LOG: all that the relay could send on arrived, once
relayed()
{
	local who to on

	for who in 'caller b' 'callee a'; do
		to=$1.${who#* }
		who=${who% *}
		on=$(said "$2" "$who sent 150 packets, ([0-9]+) relayed,.*")
		more "$1, of the $who relayed" 140 "$on"
		same "$1, of the $who heard" "$on" "$(heard "$to" 1)"
		same "$1, of the $who twice" 0 "$(heard "$to" 2)"
		on=$(said "$2" "$who sent .* and 6 RTCP, ([0-9]+) relayed;.*")
		more "$1, RTCP of the $who relayed" 5 "$on"
		same "$1, RTCP of the $who heard" "$on" "$(heard "$to" 3)"
	done
}

# call NAME ARGUMENT...: in the background; sets $call, $a, $b
call()
{
	local name=$1

	shift
	in_background "$prog" call --duration 6s "$@" >"$name.call" \
		2>"$name.err"
	call=$pid
	both_listen "$name.call"
}

start_srs srs.log --out rec --json
srs=$pid
for family in 127.0.0.1 '[::1]'; do
	name=$([ "$family" = 127.0.0.1 ] && echo IPv4 || echo IPv6)
	if [ "$name" = IPv6 ] && ! grep -q '^0*1 ' /proc/net/if_inet6; then
		note 'no IPv6 here'
		continue
	fi
	call "$name" --to "sip:127.0.0.1:$port" \
		--relay "$family:0,$family:0" --out "kept-$name"
	[ "$name" = IPv4 ] || set -- --mux
	talk "$name" "$family" "$@"
	end_of "$call" 30
	same "$name, the call" 0 "$rc"
	relayed "$name" "$name.call"
	same "$name, whose phone is where in what was kept" \
		"$(said "$name.a" 'at (.*)') caller $(
		)$(said "$name.b" 'at (.*)') callee" \
		"$("$prog" inspect --json "kept-$name/wire.pcap" | jq -r \
			'[.calls[0].streams[] | select(.packets == 150 and
				(.src as $src | $ARGS.positional |
				index($src))) | "\(.src) \(.party)"] |
				sort_by(split(" ")[1]) | reverse | join(" ")' \
			--args "$(said "$name.a" 'at (.*)')" \
			"$(said "$name.b" 'at (.*)')")"
	"$prog" replay "kept-$name/wire.pcap" >"$name.replay"
	same "$name, what was kept, replayed" 2 "$(grep -cE \
		'^(caller: label 1|callee: label 2), PCMU, 150 packets ' \
		"$name.replay")"
	same "$name, recorded of the caller" 150 "$(said "$name.call" \
		'caller: label 1, PCMU, ([0-9]+) packets to .*')"
	same "$name, recorded of the callee" 150 "$(said "$name.call" \
		'callee: label 2, PCMU, ([0-9]+) packets to .*')"
	same "$name, learned" \
		"$(said "$name.a" 'at (.*)') $(said "$name.b" 'at (.*)')" \
		"$(said "$name.call" 'caller peer (.*)') $(
		)$(said "$name.call" 'callee peer (.*)')"
done
kill -INT "$srs"
end_of "$srs" 20
same 'packets that the recorder counts' '150 150 150 150' \
	"$(grep '"kind":"ended"' srs.log |
		grep -oE '"packets":[0-9]+' | grep -oE '[0-9]+' | xargs)"
for f in rec/*.wav; do
	wav "$f" "$f"
done

odd='^warning: callee: payload type 99: the call has no such codec: '

# A recorder that is not there, one that dies, one that stands still: none of
# them costs the phones a packet.
call nobody --to "sip:127.0.0.1:$port" --relay 127.0.0.1:0,127.0.0.1:0
talk nobody 127.0.0.1
end_of "$call" 30
same 'nobody, the call' 1 "$rc"
relayed nobody nobody.call
for how in KILL STOP; do
	start_srs "$how.log"
	srs=$pid
	call "$how" --to "sip:127.0.0.1:$port" \
		--relay 127.0.0.1:0,127.0.0.1:0
	(
		sleep 1
		kill -$how "$srs"
		sleep 3
		kill -CONT "$srs" 2>/dev/null
	) &
	started+=($!)
	talk "$how" 127.0.0.1
	end_of "$call" 60
	relayed "$how" "$how.call"
	[ "$how" = STOP ] || same "$how, the call" \
		'1 not recorded to the end: recorder never answered the BYE' \
		"$rc $(tail -n 1 "$how.call" | cut -d ';' -f 1)"
	kill -KILL "$srs" 2>/dev/null
done

# What the call has no codec for is relayed, not recorded, and said.
start_srs odd.log
srs=$pid
call odd --to "sip:127.0.0.1:$port" --relay 127.0.0.1:0,127.0.0.1:0
in_background "$peer" --packets 150 "$a" >odd.a
one=$pid
in_background "$peer" --packets 150 --pt 99 "$b" >odd.b
end_of "$pid" 30
end_of "$one" 30
end_of "$call" 30
same 'odd, the call' 0 "$rc"
same 'odd, recorded of the callee' '' "$(grep '^callee: label' odd.call)"
same 'odd, warned' 1 "$(grep -cE "$odd" odd.err)"
kill -KILL "$srs"

# A scenario says on standard error where its live parties listen. The recorder
# in it is ours, so it is known what arrived, and what it reported by RTCP.
cat >live.yml <<'END'
name: Two phones
call: {answer: 0, end: 8s, codecs: [PCMU, telephone-event]}
media: {caller: {udp: "127.0.0.1:0"}, callee: {udp: "127.0.0.1:0"}}
srs: {name: vault}
expect:
  - {recorded_by: vault}
  - {rtp: vault/caller, packets: 150, loss: 0%, codec: PCMU, dtmf: ""}
  - {rtp: vault/callee, packets: 150, loss: 0%, codec: PCMU}
  - {audio: vault/caller, silence: true}
END
in_background "$prog" run live.yml --keep never --report json=live.json \
	>live.out 2>live.err
call=$pid
wait_for 20 grep -q 'callee: listening ' live.err
a=$(said live.err 'live.yml: caller: listening udp:(.*)')
b=$(said live.err 'live.yml: callee: listening udp:(.*)')
talk scenario 127.0.0.1
end_of "$call" 30
same 'scenario, passed' 0 "$rc"
[ "$rc" -eq 0 ] || cat live.out
same 'scenario, reported by the recorder' '0 0' "$(jq -r \
	'.scenarios[0].streams[].reported.lost' live.json | xargs)"
same 'scenario, on the real clock' real \
	"$(jq -r '.scenarios[0].clock' live.json)"
"$prog" explain live.yml >explained
same 'scenario, explained' 3 "$(grep -cE \
	'sends what comes to 127.0.0.1:0|clock: real \(a party is live\)' \
	explained)"

# A stranger is not heard as long as the phone speaks.
start_srs srs2.log
srs=$pid
call stranger --to "sip:127.0.0.1:$port" --relay 127.0.0.1:0,127.0.0.1:0
in_background "$peer" --packets 150 "$a" >first
one=$pid
wait_for 10 grep -q '^caller peer' stranger.call
in_background "$peer" --packets 50 "$a" >second
end_of "$pid" 20
end_of "$one" 20
end_of "$call" 30
same 'stranger, the call' 0 "$rc"
same 'stranger, counted' 150 \
	"$(said stranger.call 'caller sent ([0-9]+) packets.*')"
same 'stranger, not taken over' 1 "$(grep -c '^caller peer' stranger.call)"
more 'stranger, strays' 50 \
	"$(said stranger.call 'caller sent .*; ([0-9]+) strays')"
kill -KILL "$srs"

finish
