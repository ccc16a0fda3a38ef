#!/usr/bin/env bash
# `conform`: all green at our own recorder, over each transport, broken ones found
# out by name, and what it finds at recorders that are not ours, held against
# what it found before. `run --to` beside it. With --write, findings become the
# golden files.
. "$(dirname "$0")/lib.sh"
write=
[ "${1:-}" = --write ] && write=1
need sipp jq tshark openssl python3
cd "$tmp" || exit 1
all=$(find "$root/conform" -name '*.yml' | wc -l)

# ask NAME URI [OPTION...]: leaves NAME.json and NAME.said
ask()
{
	timeout "${limit:-200}" "$prog" conform --to "$2" --keep never \
		--report json="$1.json" -q "${@:3}" >"$1.said" 2>&1
}

# conform NAME EXIT [OPTION...]: at $port
conform()
{
	ask "$1" "sip:rec@127.0.0.1:$port" "${@:3}"
	same "$1, exit" "$2" $?
}

# Checks wait more than they work, so several recorders are examined at a time.
# beside NAME EXIT URI [OPTION...]: until all_said
beside()
{
	ask "$1" "${@:3}" &
	asked+=("$! $2 $1")
}

all_said()
{
	local one job exit name

	for one in "${asked[@]}"; do
		read -r job exit name <<<"$one"
		wait "$job"
		same "$name, exit" "$exit" $?
	done
	asked=()
}
asked=()

# found NAME STATUS: the checks that ended so, in one line
found()
{
	jq -r --arg s "$2" '.scenarios[0].expect[] | select(.status == $s) |
		.check' "$1.json" | tr '\n' ' ' | sed 's/ $//'
}

count()
{
	found "$1" "$2" | wc -w
}

srs_ends()
{
	kill -INT "$pid"
	end_of "$pid" 10
	same "$1, srs" 0 "$rc"
}

# sessions LOG: those that were answered and did not end
sessions()
{
	awk '$2 == "answered" { open[$NF] = 1 }
	$2 == "bye" || $2 == "cancelled" || /never acknowledged/ {
		delete open[$NF]
	}
	END { n = 0; for (c in open) n++; print n }' "$1"
}

# A table of its own, and checks that stand by themselves.
more 'checks' 80 "$all"
"$prog" conform --list --level may --grade field >list
same 'list' "$all" "$(wc -l <list)"
same 'list, no check without a rule' 0 "$(grep -c '()$' list)"
same 'list, must' "$(grep -c '^must   strict' list)" \
	"$("$prog" conform --list --level must | wc -l)"
same 'list, default' "$(grep -cE '^(must|should) +strict' list)" \
	"$("$prog" conform --list | wc -l)"
same 'only' 'pause resume' "$("$prog" conform --list --only pause --only 'res*' |
	awk '{print $3}' | tr '\n' ' ' | sed 's/ $//')"
same 'show' '' "$("$prog" conform --show bye | diff - "$root/conform/bye.yml")"
"$prog" conform --show 'bye*' >shown
same 'show, pattern' 0 $?
same 'show, all of it' '' "$(cd "$root/conform" && for id in $(
	"$prog" conform --list --only 'bye*' | awk '{print $3}'); do echo "# conform/$id.yml" && cat $id.yml && echo; done |
	diff - "$tmp/shown")"
"$prog" check "$root/conform" >/dev/null 2>&1
same 'check' 0 $?

# ---- our own recorder, in another process

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key.pem -out cert.pem -days 2 -subj /CN=rec \
	-addext subjectAltName=IP:127.0.0.1 2>openssl.err
export SSL_CERT_FILE=$tmp/cert.pem
ways=(--listen tcp:127.0.0.1:0 --listen tls:127.0.0.1:0 --cert cert.pem
	--key key.pem)
if [ -e /proc/net/if_inet6 ] && grep -q '^0*1 ' /proc/net/if_inet6; then
	ways+=(--listen 'udp:[::1]:0')
else
	note 'IPv6: no ::1'
fi
start_srs ours.log "${ways[@]}"
all_listen()
{
	[ "$(grep -c '^listening ' ours.log)" -eq $((1 + ${#ways[@]} / 2 - 2)) ]
}
wait_for 5 all_listen

# at PATTERN: the port after that, in what the recorder says it listens at
at()
{
	sed -n "s/^listening $1:\([0-9]*\)$/\1/p" ours.log
}
every=(--level may --grade field)
beside ours 0 "sip:rec@127.0.0.1:$port" "${every[@]}" --report tap=ours.tap \
	--report junit=ours.xml
beside ours-tcp 0 "sip:rec@127.0.0.1:$(at 'tcp:127.*');transport=tcp" \
	"${every[@]}"
beside ours-tls 0 "sips:rec@127.0.0.1:$(at 'tls:127.*')" "${every[@]}"
names='ours ours-tcp ours-tls'
if [ "$(at 'udp:.*]')" ]; then
	beside ours-ipv6 0 "sip:rec@[::1]:$(at 'udp:.*]')" --level must
	names+=' ours-ipv6'
fi
all_said
for name in $names; do
	same "$name, failed" '' "$(found "$name" failed)"
done
more 'ours, passed' 140 "$(count ours passed)"
more 'ours over TCP, passed' 125 "$(count ours-tcp passed)"
more 'ours over TLS, passed' 125 "$(count ours-tls passed)"
same 'ours, tap' "$all" "$(grep -c '^ok ' ours.tap)"
same 'ours, junit' "$all" "$(grep -c '<testcase ' ours.xml)"
same 'ours, summary' "$(tail -n 1 ours.said)" "$(
	)$(count ours passed) passed, 0 failed, $(count ours skipped) skipped"
same 'over TCP, for UDP alone' 'content-length-too-long large-invite '$(
	)'no-content-length noise' "$(jq -r '.scenarios[0].expect[] | select(
		.skipped // "" | startswith("it is about '\'udp\''")) | .check' \
		ours-tcp.json | tr '\n' ' ' | sed 's/ $//')"
same 'ours, sessions left' 0 "$(sessions ours.log)"
srs_ends ours

start_srs strict.log --strict
conform strict 0 --level may --only 'metadata-cut*' --only '*-of-nothing' \
	--only 'required-part' --only 'tag-*' --only plain-call
same 'strict, failed' '' "$(found strict failed)"
srs_ends strict

# What only some recorders do is judged at those that do it.
start_srs slow.log --wait 800ms
conform slow 0 --only 'cancel*' --only answers --only pause \
	--only feature-tag
same 'slow, passed' \
	'answers cancel-ends cancel-of-nothing cancel feature-tag pause' \
	"$(found slow passed)"
srs_ends slow
# It rings, reliably, has a session timer, is not ready at once, and asks for all
# metadata when it can make nothing of what came.
start_srs ready.log --ring 50ms --reliable --wait 800ms --answer inactive \
	--session-expires 30m
conform ready 0 --only 'direction*' --only ready-later --only own-offers \
	--only reliable --only session-timer --only 'snapshot-*' \
	--only metadata-cut-noticed --only cancel-ends --only final-answer
same 'ready, skipped' '' "$(found ready skipped)"
more 'ready, passed' 12 "$(count ready passed)"
srs_ends ready
# A login that it asks for, and what comes of none and of a wrong one.
start_srs login.log --login alice:secret
few=(--only 'login*' --only answers --only pause --only update-with-offer
	--only answer-two-lines)
conform login 0 "${few[@]}" --login alice:secret
same 'login, passed' 'answer-two-lines answers login-challenge login-wrong '$(
	)'pause update-with-offer' "$(found login passed)"
conform no-login 1 "${few[@]}"
same 'no login, failed' 'answers' "$(found no-login failed)"
srs_ends login

# ---- broken on purpose, found out by name

# broken NAME CHECKS OPTION...: exactly these fail, of those that are looked at
broken()
{
	start_srs "$1.log" "${@:3}"
	beside "$1" 1 "sip:rec@127.0.0.1:$port" "${few[@]}"
	ones+=("$pid $1 $2")
}
ones=()
few=(--only answers --only 'answer-[ot]*' --only direction
	--only label-repeated --only loss --only one-to-tag
	--only audio-taken --only bye)
broken sendrecv 'direction' --mangle sendrecv
broken one-media 'answer-three-lines answer-two-lines audio-taken' \
	--mangle one-media
broken no-labels 'label-repeated' --mangle no-labels
broken hangs-up 'loss' --bye-after 1s
broken refuses 'answers' --refuse 486
broken last-refused 'audio-taken' --mangle last-refused
all_said
for one in "${ones[@]}"; do
	read -r pid name checks <<<"$one"
	same "$name, failed" "$checks" "$(found "$name" failed)"
	same "$name, proofs" "$(count "$name" failed)" "$(jq '[.scenarios[0].expect[] |
		select(.status == "failed" and (.message | length) > 20)] |
		length' "$name.json")"
	srs_ends "$name"
done

# ---- options

start_srs options.log --mangle sendrecv
conform baseline 1 --only 'direction*' --write-baseline known
same 'baseline, written' 'direction direction-said' \
	"$(grep -v '^#' known | sort | tr '\n' ' ' | sed 's/ $//')"
conform known 0 --only 'direction*' --only feature-tag --baseline known
same 'baseline, known' 2 \
	"$(jq '[.scenarios[0].expect[] | select(.known)] | length' known.json)"
same 'baseline, sum' '1 passed, 0 failed, 2 known' "$(tail -n 1 known.said)"
echo 'feature-tag # it passes' >>known
conform passes 0 --only 'direction*' --only feature-tag --baseline known
same 'baseline, passed' 'feature-tag is in the baseline and passed' \
	"$(tail -n 2 passes.said | head -n 1)"
same 'baseline, sum is last' '1 passed, 0 failed, 2 known' \
	"$(tail -n 1 passes.said)"
echo direction >known
conform new 1 --only 'direction*' --baseline known
same 'baseline, new' 'direction-said' "$(found new failed)"
conform again 1 --only direction --only bye --repeat 3
same 'repeat' 'direction' "$(found again failed)"
srs_ends options

# fault NAME CODE TEXT OPTION...: one line, in these words
fault()
{
	"$prog" conform "${@:4}" >fault.out 2>fault.err </dev/null
	same "$1, exit" "$2" $?
	same "$1, says" "$3" "$(cat fault.err)"
}
c='siprec-src conform:'
fault 'no recorder' 2 "$c --to is missing: which recorder?"
fault 'no URI' 2 "$c --to wants a SIP URI such as sip:recorder@192.0.2.7, $(
	)not 'rec'" --to rec
fault 'level' 2 "$c --level wants must, should or may, not 'x'" --level x
fault 'grade' 2 "$c --grade wants strict or field, not 'x'" --grade x
fault 'argument' 2 "$c 'x' is one too many (the recorder is named by --to)" x
fault 'no such check' 5 "nothing matched the selection (did you mean 'pause'?)$(
	): there are $all checks; 'siprec-src conform --list --level may $(
	)--grade field' shows all" --list --only pauze
fault 'show nothing' 5 "there is no check 'x' ('siprec-src conform --list $(
	)--level may --grade field' shows all)" --show x
echo nothing >wrong
fault 'baseline of others' 2 "wrong:1: there is no check 'nothing' $(
	)('siprec-src conform --list' shows them)" --to sip:127.0.0.1 \
	--baseline wrong
fault 'report over the baseline' 2 "$c ./wrong: nothing is written over $(
	)wrong, which is read; name another file" --to sip:127.0.0.1 \
	--baseline wrong --report json=./wrong
same 'report over the baseline: still there' nothing "$(cat wrong)"
fault 'no baseline' 4 'none: No such file or directory' --to sip:127.0.0.1 \
	--baseline none
fault 'login' 2 "$c --login has no password: it stands after a colon, or in $(
	)the environment variable SIPREC_SRC_PASSWORD" --login alice
start_srs gone.log
srs_ends gone
"$prog" conform --to "sip:127.0.0.1:$port" >fault.out 2>/dev/null
same 'nobody there, nothing judged' '' "$(cat fault.out)"
fault 'nobody there' 4 "recorder sip:127.0.0.1:$port cannot be reached: $(
	)nobody listens there (ICMP port unreachable)" --to "sip:127.0.0.1:$port"
fault 'nobody there, TCP' 4 "recorder sip:127.0.0.1:$port;transport=tcp $(
	)cannot be reached: TCP connection refused" \
	--to "sip:127.0.0.1:$port;transport=tcp"
in_background "$prog" srs --listen tls:127.0.0.1:0 >stranger.log 2>&1
wait_for 5 grep -q '^listening ' stranger.log
port=$(sed -n 's/^listening tls:.*://p' stranger.log)
fault 'certificate of a stranger' 4 "recorder sips:127.0.0.1:$port cannot be $(
	)reached: TLS: certificate signature failure" --to "sips:127.0.0.1:$port"
srs_ends stranger

# ---- memory and descriptors stay what they are

# A recorder keeps what belongs to a session for half a minute after it (timers
# of RFC 3261 section 17). So half of the checks come first; once those are
# forgotten, the second and the last quarter have to do with what is there.
# SIPREC_FLAT_CHECKS says how many there are in all: with 10000 they take a
# few minutes.
flat=${SIPREC_FLAT_CHECKS:-1500}
of_flat=(--only 'feature*' --only 'answer-*' --only 'label*'
	--only 'metadata-n*' --only sdp-origin --only large-invite --only bye)
kept=()
open=()

is_forgotten()
{
	[ "$SECONDS" -ge "$forgotten" ]
}

# part_of_flat N: one N-th of them, once all before are forgotten
part_of_flat()
{
	local n

	[ ${#kept[@]} -eq 1 ] && wait_for 60 is_forgotten
	n=$("$prog" conform --list "${of_flat[@]}" | wc -l)
	pid=$flat_pid
	port=$flat_port
	limit=2000 conform "flat-${#kept[@]}" 0 "${of_flat[@]}" -j 16 \
		--repeat $(((flat / $1 + n - 1) / n))
	same "flat-${#kept[@]}, failed" '' "$(found "flat-${#kept[@]}" failed)"
	kept+=("$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status")")
	open+=("$(find "/proc/$pid/fd" | wc -l)")
	forgotten=$((SECONDS + 38))
}
start_srs flat.log
flat_pid=$pid
flat_port=$port
part_of_flat 2

# ---- one that goes away, and one that is there and says nothing

# A 100 to each INVITE, and that is all.
cat >trying.py <<'PYTHON'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
keep = (b'via', b'from', b'to', b'call-id', b'cseq')
while True:
    m, peer = s.recvfrom(65535)
    lines = m.split(b'\r\n\r\n')[0].split(b'\r\n')
    if lines[0].startswith(b'INVITE '):
        s.sendto(b'\r\n'.join([b'SIP/2.0 100 Trying'] + [
            l for l in lines if l.lower().split(b':')[0] in keep] + [
            b'Content-Length: 0', b'', b'']), peer)
PYTHON
in_background python3 trying.py >trying.port
trying=$pid
wait_for 10 [ -s trying.port ]
port=$(cat trying.port)
beside trying 1 "sip:rec@127.0.0.1:$port" --only answers --only final-answer \
	--only bye

start_srs dies.log
hung_up()
{
	[ "$(grep -c ' bye ' dies.log)" -ge 6 ]
}
{
	wait_for 30 hung_up
	kill -KILL "$pid"
} &
dying=$SECONDS
conform dies 1 -j 4
wait "$pid" 2>/dev/null
more 'dies, ends soon' 1 $((dying + 30 - SECONDS))
same 'dies, failed' still-there "$(found dies failed)"
more 'dies, passed' 4 "$(count dies passed)"
same 'dies, got' 1 "$(grep -cE "^    got:    nobody listens there $(
	)\\(ICMP port unreachable\\); it was heard last [0-9.]+ s after the $(
	)first check began\$" dies.said)"
same 'dies, where' 1 "$(grep -cE "^    why:    it went away during '.*'; $(
	)the first without an answer is the [A-Z]+ of '[a-z-]+'\$" dies.said)"
same 'dies, what was said' 1 "$(jq '[.scenarios[0].expect[] |
	select(.unanswered // "" | test("^[A-Z]+ sip:"))] | length' dies.json)"
same 'dies, the others' "$("$prog" conform --list | wc -l)" "$(jq '[
	.scenarios[0].expect[] | select(.status != "skipped" or
	(.skipped | test("^the recorder (had gone away|went away meanwhile)$")))] |
	length' dies.json)"
start_srs lives.log
conform lives 0 --only still-there --only bye
same 'lives' 'bye still-there' "$(found lives passed)"
srs_ends lives

# ---- no session is left open

start_srs stopped.log
"$prog" conform --to "sip:rec@127.0.0.1:$port" --keep never -q \
	--report json=stopped.json --report junit=stopped.xml \
	--report tap=stopped.tap --report html=stopped.html >stopped.out 2>&1 &
asking=$!
wait_for 20 grep -q ' answered ' stopped.log
sleep 2
kill -INT $asking
wait $asking
same 'interrupted' 130 $?
sleep 0.2
more 'interrupted, sessions' 5 "$(grep -c ' answered ' stopped.log)"
same 'interrupted, left open' 0 "$(sessions stopped.log)"
same 'interrupted, report' 'error interrupted by signal 1' "$(jq -r '
	"\(.scenarios[0].status) \(.scenarios[0].error) \(.summary.errors)"' \
	stopped.json)"
same 'interrupted, report of each' "$("$prog" conform --list | wc -l)" \
	"$(jq '.scenarios[0].expect | length' stopped.json)"
same 'interrupted, junit' 1 \
	"$(grep -c '<error message="interrupted by signal"' stopped.xml)"
same 'interrupted, tap' 1 "$(grep -c '^not ok [0-9]* - conform$' stopped.tap)"
same 'interrupted, html' 1 "$(grep -c '<p>interrupted by signal' stopped.html)"
same 'interrupted, says' 'interrupted by signal' \
	"$(tail -n 2 stopped.out | head -n 1)"
srs_ends stopped

# ---- memory and descriptors: to the end

part_of_flat 4
part_of_flat 4
more 'flat, checks answered' $((flat * 9 / 10)) "$(grep -c ' answered ' flat.log)"
echo "flat: ${kept[*]} KB, ${open[*]} descriptors"
same 'flat, descriptors' "${open[0]} ${open[0]}" "${open[1]} ${open[2]}"
if [ $((kept[2] - kept[1])) -le 128 ]; then ok; else
	bad 'flat, memory' "${kept[1]} KB" "${kept[2]} KB"
fi
same 'flat, sessions left' 0 "$(sessions flat.log)"
pid=$flat_pid
srs_ends flat

# ---- what the silent one was found to do

all_said
same 'trying, failed' 'answers final-answer' "$(found trying failed)"
same 'trying, rule' D-final "$(jq -r '.scenarios[0].expect[] |
	select(.check == "final-answer").rfc[]' trying.json)"
same 'trying, proofs' 2 "$(jq '[.scenarios[0].expect[] | select(.status ==
	"failed" and (.message | startswith("SIP/2.0 100 Trying")))] | length' \
	trying.json)"
same 'trying, the others' "not run: the plain INVITE of 'answers' has no $(
	)final answer" "$(jq -r '.scenarios[0].expect[] | .skipped // empty' \
	trying.json)"
kill -TERM "$trying"
wait "$trying" 2>/dev/null

# ---- a library at a recorder outside

start_srs to.log --out to
timeout 60 "$prog" run "$root/scenarios/basic" --to "sip:rec@127.0.0.1:$port" \
	-j 16 --keep never --report json=to.json >to.out 2>&1
same 'run --to' 0 $?
more 'run --to, passed' 14 \
	"$(jq '[.scenarios[] | select(.status == "passed")] | length' to.json)"
same 'run --to, skipped with a reason' 0 "$(jq '[.scenarios[] |
	select(.status == "skipped" and (.skipped | length) == 0)] | length' \
	to.json)"
same 'run --to, what is not known' 'not known of a recorder outside' \
	"$(jq -r '[.scenarios[].expect[] | select(.check == "audio")][0].got' \
		to.json)"
same 'run --to, clock' real "$(jq -r '[.scenarios[] |
	select(.status == "passed") | .clock] | unique[]' to.json)"
srs_ends to
"$prog" run "$root/scenarios/basic/postcard.yml" --to sip:h --clock virtual \
	>/dev/null 2>fault.err
same 'run --to, virtual' 2 $?
same 'run --to, virtual, says' "siprec-src run: --to wants the real clock: $(
	)the recorder is outside" "$(cat fault.err)"

. "$root/tests/peers/conform.sh"
. "$root/tests/peers/any.sh"
finish
