#!/usr/bin/env bash
# Scenarios that must fail, and what the user then reads, word by word.
# usage: tests/failing.sh [--update]   writes the golden texts anew
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build}
PATH=$(cd "$BUILD" && pwd):$PATH
update=
[ "${1:-}" = --update ] && update=1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# fault NAME TEXT: says what is wrong with one scenario, once
fault()
{
	printf '%s: %s\n' "$1" "$2"
	failed=$((failed + 1))
}

for scenario in tests/failing/*.yml; do
	golden=${scenario%.yml}.golden
	siprec-src run "$scenario" --color never --keep never \
		>"$work/out" 2>"$work/err"
	code=$?
	[ -z "$update" ] || cp "$work/out" "$golden"
	if [ $code -ne 1 ]; then
		fault "$scenario" "exit $code, not 1"
		cat "$work/out" "$work/err"
	elif ! diff -u "$golden" "$work/out" >"$work/diff" 2>&1; then
		fault "$scenario" "the user reads something else"
		cat "$work/diff"
	else
		passed=$((passed + 1))
	fi
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
