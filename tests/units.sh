#!/usr/bin/env bash
# Runs the unit tests of $BUILD, two at a time, and adds up what cmocka counts.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
passed=0
failed=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# counted WORD FILE: how many tests of the file did so
counted()
{
	sed -nE "s/^\[  $1  \] (.*: )?([0-9]+) test.*/\2/p" "$2" |
		awk '{n += $1} END {print n + 0}'
}

tests=()
for t in "$BUILD"/unit/test_*; do
	case $t in *.d) continue ;; esac
	tests+=("$t")
done
# the last by name take longest
printf '%s\n' "${tests[@]}" | sort -r | xargs -P 2 -n 1 bash -c \
	'log=$0/${1##*/}; "$1" >"$log" 2>&1; echo $? >"$log.code"' "$out"
for t in "${tests[@]}"; do
	log=$out/${t##*/}
	read -r rc <"$log.code"
	p=$(counted PASSED "$log")
	f=$(counted FAILED "$log")
	[ "$rc" -eq 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p))
	failed=$((failed + f))
	if [ "$f" -gt 0 ]; then
		echo "== $t (exit $rc)"
		grep -v -E '^\[ (RUN|      OK) ' "$log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
