#!/usr/bin/env bash
# Memcheck on a handful: what ASan does not see is the use of memory that was
# never written. Workers are traced too.
. "$(dirname "$0")/lib.sh"
need valgrind
cd "$root" || exit 1

memcheck=(valgrind -q --leak-check=full --error-exitcode=9
	--trace-children=yes --child-silent-after-fork=no
	--log-file="$tmp/report.%p")

# clean NAME CODE COMMAND...
clean()
{
	local name=$1 code=$2 rc

	shift 2
	timeout 300 "${memcheck[@]}" "$@" >"$tmp/log" 2>&1
	rc=$?
	judge "$name" "$code" "$rc"
}

# judge NAME WANTED CODE: and nothing was reported ("--" begins what valgrind
# says of itself: it does not know epoll_pwait2)
judge()
{
	local reports

	reports=$(grep -h '^==' "$tmp"/report.* 2>/dev/null)
	rm -f "$tmp"/report.*
	if [ "$reports" ]; then
		bad "$1" 'no report' "$(printf '%s\n' "$reports" | head -n 40)"
	elif [ "$2" != "$3" ]; then
		bad "$1" "exit $2" "exit $3: $(tail -n 10 "$tmp/log")"
	else
		ok
	fi
}

for unit in sip_view sip_mime sdp_parse meta_check media_rtp capture_pcapng \
	scenario_load trace_records report_runs expect_hunt; do
	clean "$unit" 0 "$BUILD/unit/test_$unit"
done

run=("$BUILD/siprec-src" run --keep always --out "$tmp/out")
for name in plain failover pause captured hung-up; do
	clean "$name" 0 "${run[@]}" "tests/runs/$name.yml" \
		--report json="$tmp/r.json" --report junit="$tmp/r.xml"
done
clean 'on sockets' 0 "${run[@]}" tests/runs/plain.yml --clock real
clean 'a fault' 3 "$BUILD/siprec-src" check tests/lint/jansson.cfg

# Our recorder and our client, both watched.
in_background "${memcheck[@]}" "$BUILD/siprec-src" srs \
	--listen udp:127.0.0.1:0 --out "$tmp/srs" >"$tmp/srs.log" 2>&1
srs=$pid
wait_for 30 grep -q '^listening ' "$tmp/srs.log"
port=$(sed -n 's/^listening udp:127\.0\.0\.1:\([0-9]*\)$/\1/p' "$tmp/srs.log")
timeout 60 "${memcheck[@]}" "$BUILD/siprec-src" call --duration 12s \
	--to "sip:rec@127.0.0.1:$port" >"$tmp/log" 2>&1
call_rc=$?
kill -INT "$srs"
end_of "$srs" 30
judge 'call and srs' '0 0' "$call_rc $rc"
finish
