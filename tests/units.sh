#!/usr/bin/env bash
# Runs the unit tests of $BUILD and adds up what cmocka counts.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
passed=0
failed=0
for t in "$BUILD"/unit/test_*; do
	case $t in *.d) continue ;; esac
	out=$("$t" 2>&1)
	rc=$?
	p=$(printf '%s\n' "$out" | sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p' | awk '{n += $1} END {print n + 0}')
	f=$(printf '%s\n' "$out" | sed -nE 's/^\[  FAILED  \] .*: ([0-9]+) test.*/\1/p' | awk '{n += $1} END {print n + 0}')
	[ $rc -eq 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p))
	failed=$((failed + f))
	if [ "$f" -gt 0 ]; then
		echo "== $t (exit $rc)"
		printf '%s\n' "$out" | grep -v -E '^\[ (RUN|      OK) '
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
