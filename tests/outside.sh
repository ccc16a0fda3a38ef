#!/usr/bin/env bash
# Scenarios with recorders that are not embedded: what they wrote.
. "$(dirname "$0")/lib.sh"
need jq
cd "$tmp" || exit 1

# run_it NAME [OPTION...]: sets $rc; the report is in NAME.json, what the user
# reads in NAME.out
run_it()
{
	local name=$1

	shift
	timeout 60 "$prog" run "$name.yml" "$@" --keep never --color never \
		--report "json=$name.json" >"$name.out" 2>&1
	rc=$?
}

# told NAME FILE TEXT: one case, the text is in it
told()
{
	if grep -qF -- "$3" "$2"; then
		ok
	else
		bad "$1" "'$3'" "$(cat "$2")"
	fi
}

# ---- files that others wrote ----

mkdir rec late old
start_srs srs.log --out rec
srs=$pid
cat >files.yml <<END
name: files
call: {answer: 100ms, end: 1100ms}
media: {caller: {tone: 440Hz}, callee: {tone: 440Hz}}
srs: {name: lab, uri: "sip:lab@127.0.0.1:$port"}
expect:
  - {files: "rec/*.wav", count: 2, duration: 800ms..1300ms, tone: 440Hz}
  - {files: "$tmp/rec/*.wav", count: 2}
  - {files: "*.part", count: 1}
  - {files: "late/*", count: 1}
  - {files: "old/*", count: 0}
  - {files: "rec/*.wav", tone: 660Hz}
END
echo before >old/file
# the third and fourth come by themselves, and late
(sleep 1 && echo x >lab.part && sleep 2 && echo x >late/file) &
run_it files
same 'files of others, exit' 1 $rc
same 'files of others' 'passed passed passed passed passed failed' \
	"$(jq -r '[.scenarios[0].expect[].status] | join(" ")' files.json)"
told 'files of others, why' files.out 'does not hold 660 Hz'
same 'files of others are not kept' '{"metadata":[],"audio":[]}' \
	"$(jq -c '.scenarios[0].artifacts' files.json)"

# the same once more: what lies there now is of before
cat >again.yml <<END
name: again
call: {answer: 100ms, end: 300ms}
srs: {name: lab, uri: "sip:lab@127.0.0.1:$port"}
expect: {files: "late/*"}
END
run_it again
same 'files of before, exit' 1 $rc
told 'files of before' again.out \
	'0 files like late/* were written during the run'

# ---- nobody is there ----

cat >dead.yml <<END
name: dead
clock: real
call: {answer: 100ms, end: 300ms}
srs: [{name: a, uri: "sip:x@no.such.invalid"}, {name: d}]
expect: {attempts: [a unreachable leads nowhere, d 200]}
END
run_it dead
same 'a dead name' 0 $rc

cat >plain.yml <<END
name: plain
call: {answer: 100ms, end: 300ms}
srs: {name: vault}
expect: {metadata_valid: true}
END
for way in udp tcp; do
	run_it plain --to "sip:x@127.0.0.1:9;transport=$way"
	same "nobody there by $way, exit" 4 $rc
	told "nobody there by $way" plain.out "recorder 'vault' cannot be reached"
done
run_it plain --to sip:x@no.such.invalid
same 'no such name, exit' 4 $rc
told 'no such name' plain.out "'sip:x@no.such.invalid' leads nowhere"

# who expects that is right
cat >expected.yml <<END
name: expected
call: {answer: 100ms, end: 300ms}
srs: {name: gone, uri: "sip:x@127.0.0.1:9;transport=tcp"}
expect: {attempts: [gone unreachable]}
END
run_it expected
same 'nobody there, as expected' 0 $rc

# one that refuses is there: what it said is a failure, unless a check is for it
start_srs refusing.log --refuse 486
refusing=$pid
run_it plain --to "sip:x@127.0.0.1:$port"
same 'all refused, exit' 1 $rc
told 'all refused' plain.out 'nobody recorded it, and no check is about that'
sed -i 's/{metadata_valid: true}/[{metadata_valid: true}, {reply: INVITE, code: 486}]/' \
	plain.yml
run_it plain --to "sip:x@127.0.0.1:$port"
same 'refused as expected' 0 $rc
kill "$refusing"
end_of "$refusing" 10

# ---- URIs that nothing can go to ----

# bad_uri URI WHY
bad_uri()
{
	cat >uri.yml <<-END
		name: uri
		srs: {name: a, uri: "$1"}
	END
	"$prog" check uri.yml >uri.out 2>&1
	same "$1, check" 3 $?
	told "$1" uri.out "uri.yml:2:21: '$1'$2"
	cat >uri.yml <<-END
		name: uri
		srs: {name: vault}
		src: {servers: ["$1", vault]}
	END
	"$prog" check uri.yml >uri.out 2>&1
	same "$1 among servers, check" 3 $?
	told "$1 among servers" uri.out "uri.yml:3:17: '$1'$2"
	run_it plain --to "$1"
	same "$1, --to" 2 $rc
	told "$1, --to" plain.out "--to '$1'$2"
}

bad_uri 'sip:x@127.0.0.1:5999;transport=sctp' \
	": transport 'sctp' is not one of udp, tcp, tls"
bad_uri 'sip:x@127.0.0.1:5999;transport=ws' \
	": transport 'ws' is not one of udp, tcp, tls"
bad_uri 'sips:x@127.0.0.1;transport=udp' ': sips goes with tls, not with udp'
bad_uri 'sip:x@127.0.0.1:99999' ": a port is 1 to 65535, not '99999'"
bad_uri 'sip:x@[::1]:0' ": a port is 1 to 65535, not '0'"

kill "$srs"
end_of "$srs" 10
finish
