#!/usr/bin/env bash
# Runs all tests and ends with "N passed, N failed". Each step prints such a
# line of its own last; here they are added up. What failed is shown whole.
set -u
cd "$(dirname "$0")/.."
export BUILD=${BUILD:-build}
log=$BUILD/check
mkdir -p "$log"
total_passed=0
total_failed=0

# step NAME COMMAND...: a command whose last line counts; `began` is when, if
# that was before
step()
{
	local name=$1 start=${began:-$SECONDS} last p f
	shift
	"$@" >"$log/$name.log" 2>&1
	local rc=$?
	last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log/$name.log" | tail -n 1)
	p=$(printf '%s' "$last" | sed -E 's/^([0-9]+) passed.*/\1/')
	f=$(printf '%s' "$last" | sed -E 's/^[0-9]+ passed, ([0-9]+) failed.*/\1/')
	if [ -z "$last" ]; then
		p=0
		f=1
	elif [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	total_passed=$((total_passed + p))
	total_failed=$((total_failed + f))
	printf '%-12s %5d passed, %d failed  (%d s)\n' "$name" "$p" "$f" \
		$((SECONDS - start))
	[ "$f" -eq 0 ] || sed 's/^/    /' "$log/$name.log" | tail -n 200
}

# real NAME COMMAND...: a step on real time. Others use the machine too, so one
# that fails is run once more, and the log says so; twice is a failure.
real()
{
	local name=$1 began=$SECONDS

	shift
	if ! "$@" >"$log/$name.first" 2>&1; then
		echo "$name failed once:"
		grep -A12 -E '^ *FAIL' "$log/$name.first" | head -n 40
		step "$name" "$@"
		return
	fi
	step "$name" cat "$log/$name.first"
}

# together NAME...: test scripts that wait for real time more than they work, all
# at once; one that fails is run once more, alone
together()
{
	local name began=$SECONDS ran

	for name in "$@"; do
		(tests/"$name".sh >"$log/$name.first" 2>&1
			echo $? >"$log/$name.code") &
	done
	wait
	for name in "$@"; do
		read -r ran <"$log/$name.code"
		if [ "$ran" -eq 0 ]; then
			step "$name" cat "$log/$name.first"
			continue
		fi
		echo "$name failed once:"
		grep -A12 -E '^ *FAIL' "$log/$name.first" | head -n 40
		began=$SECONDS
		step "$name" tests/"$name".sh
	done
}

# skipped NAME WHY
skipped()
{
	printf '%-12s skipped: %s\n' "$1" "$2"
}

step units tests/units.sh
step library "$BUILD/siprec-src" run scenarios -q -j 2 --keep never
for way in tcp tls udp6 tcp6 tls6; do
	args=(--transport "${way%6}")
	[ "$way" = "${way%6}" ] || args+=(--ipv6)
	step "$way" timeout 300 "$BUILD/siprec-src" run scenarios -q -j 2 \
		--keep never "${args[@]}"
done
real sockets "$BUILD/siprec-src" run scenarios -q --clock real -T slow \
	-T virtual -j 32 --keep never
for t in failing faults repeat reports captures editor page kept oreka dns; do
	step $t tests/$t.sh
done
real wire tests/wire.sh
together peers judge conform
together interrupt outside mutual
for t in live ctl replay recorded srtp; do
	real $t tests/$t.sh
done
step lint tests/lint.sh
if [ "${QUICK:-}" ]; then
	skipped asan "QUICK is set"
	skipped valgrind "QUICK is set"
else
	real asan tests/asan.sh
	real valgrind tests/valgrind.sh
fi
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" -eq 0 ]
