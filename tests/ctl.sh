#!/usr/bin/env bash
# Events out, questions in, leaks counted: by the program and two clients.
. "$(dirname "$0")/lib.sh"
need python3
cd "$tmp" || exit 1

# scenario FILE NAME LINE...
scenario()
{
	local file=$1 name=$2

	shift 2
	printf '%s\n' "name: $name" 'srs: [{name: vault}]' "$@" >"$file"
}

# kinds FILE: of the events in it, sorted by run
kinds()
{
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    missing = {"event", "name", "at_ms", "dlg_id", "dlg_callid", "callid",
               "session_id", "server", "instance", "code", "reason",
               "scenario", "call"} - e.keys()
    print(e["scenario"], e["call"], e["event"], *missing)
' "$1" | sort -s -k1,2 | awk '
	$1 $2 != run { printf "%s%s %s:", run == "" ? "" : "; ", $1, $2 }
	{ run = $1 $2; printf " %s", $3; for (i = 4; i <= NF; i++) printf " no %s", $i }
	END { print "" }'
}

run()
{
	timeout 60 "$prog" run --keep never "$@" >stdout 2>stderr </dev/null
	rc=$?
}

scenario a.yml A 'call: {answer: 300ms, end: 1s}'
scenario b.yml B 'call: {answer: 300ms, end: 2s}' 'timeline:' \
	'  - {at: 1s, pause: recording}' '  - {at: 1500ms, resume: recording}'
both='A 1: start stop; B 1: start pause resume stop'

# ---- events ----
run a.yml b.yml -j 2 --events lines
same 'events to a file: exit code' 0 $rc
same 'events to a file' "$both" "$(kinds lines)"
run a.yml --events lines
same 'the file begins anew' 'A 1: start stop' "$(kinds lines)"
run a.yml b.yml -j 2 --events -
same 'events to standard output' "$both" "$(kinds stdout)"
same 'the console gives way' '2 passed, 0 failed' "$(tail -n 1 stderr)"
"$prog" run a.yml b.yml --keep never --events - 2>/dev/null | cat >piped
same 'events to a pipe' "$both" "$(kinds piped)"
scenario load.yml L 'call: {answer: 100ms, end: 200ms}' \
	'load: {calls: 3, rate: 10/s}'
run load.yml --events lines
same 'calls of a load' 'L 1: start stop; L 2: start stop; L 3: start stop' \
	"$(kinds lines)"
run a.yml --events /dev/full
same 'a full disk: exit code' 4 $rc
same 'a full disk: said' 1 "$(grep -c '^events were lost: /dev/full: ' stderr)"

# listener KIND WHERE FILE COUNT: datagrams as lines of the file
cat >listener.py <<'END'
import socket, sys
kind, where, path, count = sys.argv[1:]
if kind == "unix":
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(where)
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((where, 0))
s.settimeout(20)
print(s.getsockname()[1] if kind == "udp" else "ready", flush=True)
with open(path, "w") as f:
    for _ in range(int(count)):
        f.write(s.recv(65536).decode())
END
in_background python3 listener.py udp 127.0.0.1 datagrams 6 >udp.port
wait_for 10 test -s udp.port
run a.yml b.yml -j 2 --events "udp:127.0.0.1:$(cat udp.port)"
same 'events to UDP: exit code' 0 $rc
end_of "$pid" 20
same 'events to UDP' "$both" "$(kinds datagrams)"
run a.yml --events "udp:127.0.0.1:$(cat udp.port)"
same 'nobody listens at UDP' 0 $rc
in_background python3 listener.py unix here.sock datagrams 6 >unix.ready
wait_for 10 test -s unix.ready
run a.yml b.yml -j 2 --events unix:here.sock
same 'events to a unix socket: exit code' 0 $rc
end_of "$pid" 20
same 'events to a unix socket' "$both" "$(kinds datagrams)"
run a.yml --events unix:here.sock
same 'nobody listens at a unix socket' 4 $rc

# ---- status ----
ctl()
{
	timeout 30 "$prog" ctl --status s.sock "$@" >answer 2>answer.err
	crc=$?
}

# field SESSION-KEY: of the first session
field()
{
	"$prog" ctl --status s.sock sessions --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["sessions"][0][sys.argv[1]])' "$1" 2>/dev/null
}

is_state()
{
	[ "$(field state)" = "$1" ]
}

scenario long.yml Long 'call: {answer: 100ms, end: 30s}' \
	'expect: [{events: [start, pause, resume, stop]}]'
in_background "$prog" run long.yml --clock real --keep never --leaks \
	--status s.sock --events live >stdout 2>stderr
runner=$pid
wait_for 10 test -S s.sock
wait_for 10 is_state recording
same 'recording is seen' recording "$(field state)"
same 'start is told at once' 'Long 1: start' "$(kinds live)"
ctl sessions
same 'sessions: exit code' 0 $crc
same 'sessions: the table' 'ID CALL INSTANCE SERVER STATE SINCE PACKETS' \
	"$(head -n 1 answer | tr -s ' ')"
same 'sessions: its row' '1/default 1 default vault recording' \
	"$(sed -n 2p answer | tr -s ' ' | cut -d ' ' -f 1-5)"
ctl streams
same 'streams: two of them' \
	'caller audio 1 PCMU/8000;callee audio 2 PCMU/8000;' \
	"$(sed 1d answer | awk '{ printf "%s %s %s %s;", $2, $3, $4, $5 }')"
ctl pause 1
same 'pause' 'ok 0' "$(cat answer) $crc"
wait_for 10 is_state paused
sleep 0.1
packets=$(field packets)
more 'packets were counted' 1 "$packets"
sleep 0.3
same 'a pause sends nothing' "$packets" "$(field packets)"
ctl resume 1/default
same 'resume' 'ok 0' "$(cat answer) $crc"
wait_for 10 is_state recording
ctl stop 2
same 'no such call' 'no such instance 1' "$(cat answer) $crc"
ctl stop 1/other
same 'no such instance' 'no such instance 1' "$(cat answer) $crc"
ctl stop x
same 'a bad id' 2 $crc
ctl dance
same 'a bad word' 2 $crc
ctl
same 'no word' 2 $crc

# Clients that do not keep to the rules cost nothing but themselves.
python3 - <<'END'
import socket
def client():
    s = socket.socket(socket.AF_UNIX)
    s.connect("s.sock")
    s.settimeout(10)
    return s
silent = client()
long = client()
long.sendall(b"x" * 4096)
try:
    assert long.recv(100) == b""
except ConnectionResetError:
    pass
gone = client()
gone.sendall(b"sessions\n")
gone.close()
odd = client()
odd.sendall(b"\xff\x00stop\r\n")
assert b'"ok":false' in odd.recv(4096)
slow = client()
for c in b"sessions\n":
    slow.send(bytes([c]))
assert b'"sessions":[{' in slow.recv(65536)
END
same 'odd clients' 0 $?

timeout 20 "$prog" run a.yml --clock real --status s.sock >other 2>&1
same 'a second run at the socket' 4 $?
ctl stop 1
same 'stop' 'ok 0' "$(cat answer) $crc"
ctl stop 1
same 'stop twice' 'not recording 1' "$(cat answer) $crc"
ctl sessions
same 'nothing is recorded' 1 "$(wc -l <answer)"
kill -INT "$runner"
end_of "$runner" 20
same 'the run ends' 130 "$rc"
same 'all of it was told' 'Long 1: start pause resume stop' "$(kinds live)"
test -e s.sock
same 'the socket goes with the run' 1 $?
ctl sessions
same 'nobody there' 4 $crc
run long.yml --status s.sock
same 'the virtual clock is no time for questions' 2 $rc
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s.sock")'
run a.yml --clock real --status s.sock
same 'a socket left behind is replaced' 0 $rc
echo text >s.sock
run a.yml --clock real --status s.sock
same 'what is no socket stays' '4 text' "$rc $(cat s.sock)"

# ---- leaks ----
zero='left behind: 0 timers, 0 transactions, 0 dialogs, 0 flows, 0 descriptors'
for clock in virtual real; do
	run "$root/tests/runs" -T slow -j 8 --clock $clock --leaks \
		--report json=report
	same "leaks, $clock: exit code" 0 $rc
	same "leaks, $clock" "$zero" "$(grep '^left behind' stdout)"
	same "leaks, $clock: in the report" '[0]' "$(python3 -c '
import json
runs = json.load(open("report"))["scenarios"]
print(sorted({n for r in runs for n in r["leaks"].values()}))')"
done

# ---- the ladder ----
"$prog" explain b.yml --ladder >ladder
same 'ladder: its lanes' 'caller callee src vault' \
	"$(sed -n 2p ladder | tr -s ' ' | sed 's/^ //')"
to_vault='s/.*  \|           \|           \|---------->\|  (.*)$/\1/p'
same 'ladder: messages to the recorder' \
	'INVITE ACK INVITE ACK INVITE ACK BYE' \
	"$(sed -nE "$to_vault" ladder | grep -v RTP | cut -d ' ' -f 1 |
		tr '\n' ' ' | sed 's/ $//')"
same 'ladder: media to the recorder' '2 2' \
	"$(sed -nE "$to_vault" ladder | grep -c 'RTP begins (PCMU)') $(
		sed -nE "$to_vault" ladder | grep -c 'RTP [1-9][0-9]* packets')"
scenario outside.yml Outside
sed -i 's/{name: vault}/{name: vault, uri: "sip:a@127.0.0.1:9"}/' outside.yml
"$prog" explain outside.yml --ladder >ladder 2>stderr
same 'ladder: a recorder outside' 4 $?

finish
