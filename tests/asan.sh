#!/usr/bin/env bash
# All of it once more under AddressSanitizer, UndefinedBehaviorSanitizer and
# LeakSanitizer. A report of theirs fails, from whichever process it comes.
. "$(dirname "$0")/lib.sh"
need make
cd "$root" || exit 1
asan=$BUILD/asan

if ! make -s -j 2 VARIANT=asan BUILD="$BUILD" all units >"$tmp/make" 2>&1; then
	bad 'build' 'a program' "$(tail -n 20 "$tmp/make")"
	finish
fi
export ASAN_OPTIONS=detect_leaks=1:exitcode=99:log_path=$tmp/report
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$tmp/report

# clean NAME CODE COMMAND...: its exit code, and no report; CODE - is any
clean()
{
	local name=$1 code=$2 rc

	shift 2
	timeout 600 "$@" >"$tmp/log" 2>&1
	rc=$?
	if compgen -G "$tmp/report*" >/dev/null; then
		bad "$name" 'no report' \
			"$(cat "$tmp"/report* | head -n 60)"
		rm -f "$tmp"/report*
	elif [ "$code" != - ] && [ "$rc" -ne "$code" ]; then
		bad "$name" "exit $code" "exit $rc: $(tail -n 30 "$tmp/log")"
	elif [ "$rc" -ge 124 ] || grep -q 'the run crashed' "$tmp/log"; then
		bad "$name" 'an end' "exit $rc: $(tail -n 30 "$tmp/log")"
	else
		ok
	fi
}

clean 'units' 0 env BUILD="$asan" tests/units.sh
run=("$asan/siprec-src" run --keep never --out "$tmp/out" -q)
clean 'library' 0 "${run[@]}" scenarios -j 2
clean 'files kept' 0 "$asan/siprec-src" run tests/runs --keep always \
	--out "$tmp/kept" --report json="$tmp/r.json" \
	--report junit="$tmp/r.xml" --report tap="$tmp/r.tap"
clean 'failing scenarios' 1 "${run[@]}" tests/failing
clean 'faults' 0 env BUILD="$asan" tests/faults.sh
clean 'peers' 0 env BUILD="$asan" tests/peers.sh
clean 'interrupted' 0 env BUILD="$asan" tests/interrupt.sh
for command in check list explain; do
	clean "$command" 0 "$asan/siprec-src" $command scenarios
done
# So slow a program may miss what is timed; what is wrong with its memory shows
# all the same.
clean 'sockets' - "${run[@]}" scenarios --clock real -T slow -j 16
finish
