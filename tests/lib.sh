# Shared by the test scripts, which source it: where things are, a scratch
# directory, processes that end with the script, and the count of cases.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${BUILD:=build} in
/*) ;;
*) BUILD=$root/$BUILD ;;
esac
prog=$BUILD/siprec-src
tmp=$(mktemp -d)
passed=0
failed=0
started=()

# shellcheck disable=SC2317 # called by trap
clean_up()
{
	local pid

	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

ok()
{
	passed=$((passed + 1))
}

# bad NAME WANTED GOT
bad()
{
	failed=$((failed + 1))
	echo "FAIL $1: wanted $2, got $3"
}

# same NAME WANTED GOT: one case
same()
{
	if [ "$2" = "$3" ]; then ok; else bad "$1" "'$2'" "'$3'"; fi
}

# more NAME LEAST GOT: one case, of numbers
more()
{
	if [ "${3:-0}" -ge "$2" ]; then ok; else bad "$1" "$2 or more" "'$3'"; fi
}

# What could not be looked at here; counts as nothing.
note()
{
	echo "note: $*"
}

finish()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

# need TOOL...: without them nothing can be tested
need()
{
	local tool

	for tool in "$prog" "$@"; do
		command -v "$tool" >/dev/null 2>&1 && continue
		bad "$tool" "the program" "none (see 'make test-deps')"
	done
	[ "$failed" -eq 0 ] || finish
}

# in_background COMMAND...: sets $pid; ends with the script at the latest
in_background()
{
	"$@" &
	pid=$!
	started+=("$pid")
}

# wait_for SECONDS COMMAND...: until it holds
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# start_srs LOG [OPTION...]: a recorder of ours on a free port; sets $pid and
# $port
start_srs()
{
	local log=$1

	shift
	in_background "$prog" srs --listen udp:127.0.0.1:0 "$@" \
		>"$log" 2>"$log.err"
	wait_for 10 grep -q '^listening ' "$log"
	port=$(sed -n 's/^listening udp:127\.0\.0\.1:\([0-9]*\)$/\1/p' "$log")
}

# end_of PID SECONDS: waits for it and sets $rc; ends it when it stays
end_of()
{
	if ! wait_for "$2" gone "$1"; then
		kill -KILL "$1" 2>/dev/null
		echo "process $1 had to be killed"
	fi
	wait "$1" 2>/dev/null
	rc=$?
}

# True also of a child that ended and was not waited for.
gone()
{
	local state

	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' \
		"/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# number FILE OFFSET SIZE: unsigned, little endian
number()
{
	od -An -t "u$3" -j "$2" -N "$3" --endian=little "$1" | tr -d ' '
}

# wav NAME FILE: its header tells the truth
wav()
{
	local size

	size=$(stat -c %s "$2")
	same "$1, RIFF" RIFF "$(head -c 4 "$2")"
	same "$1, RIFF size" $((size - 8)) "$(number "$2" 4 4)"
	same "$1, format" '1 1 8000 16' "$(number "$2" 20 2) $(
		)$(number "$2" 22 2) $(number "$2" 24 4) $(number "$2" 34 2)"
	same "$1, data" data "$(head -c 40 "$2" | tail -c 4)"
	same "$1, data size" $((size - 44)) "$(number "$2" 40 4)"
}
