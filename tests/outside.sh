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

kill "$srs"
end_of "$srs" 10
finish
