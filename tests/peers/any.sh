# A part of conform.sh: any recorder that whoever runs the tests has. What is
# found there is told; it fails the test when the recorder was not examined, or
# when something was found that the baseline does not have.
#
#   SIPREC_PEER_URI       a recorder that is there
#   SIPREC_PEER_COMMAND   what starts one, in the foreground, at UDP $PORT
#   SIPREC_PEER_BASELINE  checks that are known to fail, as conform --baseline
#   SIPREC_PEER_OPTIONS   of conform, such as "--level must"
#
# and pjsua of PJSIP, when it is on PATH.
# shellcheck shell=bash

# any NAME URI: examined
any()
{
	local rc options=()

	read -r -a options <<<"${SIPREC_PEER_OPTIONS:-}"
	[ "${SIPREC_PEER_BASELINE:-}" ] &&
		options+=(--baseline "$SIPREC_PEER_BASELINE")
	rm -f "$1.json"
	ask "$1" "$2" "${options[@]}"
	rc=$?
	[ "$rc" -eq 1 ] && [ -z "${SIPREC_PEER_BASELINE:-}" ] && rc=0
	same "$1, examined" 0 "$rc"
	[ "$rc" -eq 0 ] || tail -n 3 "$1.said"
	[ -s "$1.json" ] || return
	findings "$1.json"
	note "$1, $(tail -n 1 "$1.said")"
}

# any_command NAME COMMAND: that one, as long as it is examined
any_command()
{
	free_port
	in_background env PORT="$port" bash -c "exec $2" >"$1.out" 2>&1
	wait_for 10 heard "$port"
	any "$1" "sip:rec@127.0.0.1:$port"
	kill -TERM "$pid"
	end_of "$pid" 10
}

# True when somebody listens at that UDP port, of whatever address.
heard()
{
	grep -qhi "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") " /proc/net/udp
}

all_of_them()
{
	local n=0

	if [ "${SIPREC_PEER_URI:-}" ]; then
		any SIPREC_PEER_URI "$SIPREC_PEER_URI"
		n=1
	fi
	if [ "${SIPREC_PEER_COMMAND:-}" ]; then
		any_command SIPREC_PEER_COMMAND "$SIPREC_PEER_COMMAND"
		n=1
	fi
	if command -v pjsua >/dev/null; then
		# its console never ends
		[ -p pjsua.in ] || mkfifo pjsua.in
		any_command pjsua "pjsua --null-audio --auto-answer=200 $(
			)--no-tcp --max-calls=32 --local-port=\$PORT <>pjsua.in"
		n=1
	fi
	command -v drachtio >/dev/null &&
		note 'drachtio: it records with an application of its own:' \
			'SIPREC_PEER_URI says where'
	[ "$n" -eq 1 ] ||
		note 'any other recorder: no SIPREC_PEER_URI,' \
			'no SIPREC_PEER_COMMAND, no pjsua'
}
all_of_them

# The test itself, at recorders of ours, one of them broken: in a subshell, for it
# changes what is given.
by_ours()
{
	SIPREC_PEER_OPTIONS='--only answers --only direction*'
	SIPREC_PEER_COMMAND="$prog srs --listen udp:127.0.0.1:\$PORT"
	unset SIPREC_PEER_URI SIPREC_PEER_BASELINE
	mkdir -p no-pjsua
	PATH=/usr/bin:/bin
	passed=0 failed=0
	all_of_them
	SIPREC_PEER_COMMAND+=' --mangle sendrecv'
	all_of_them
	echo 'direction' >any.known
	SIPREC_PEER_BASELINE=any.known
	all_of_them
	echo 'direction-said' >>any.known
	all_of_them
	SIPREC_PEER_COMMAND=
	SIPREC_PEER_URI=sip:127.0.0.1:9
	all_of_them
	echo "$passed passed, $failed failed"
}
by_ours >ours.any 2>&1 &
wait $!
same 'any recorder: found' 'must direction 3264-6.1-a' \
	"$(grep -m 1 '^must' ours.any)"
same 'any recorder: new and not reached' "$(
	)FAIL SIPREC_PEER_COMMAND, examined: wanted '0', got '1'$(printf '\n ')$(
	)FAIL SIPREC_PEER_URI, examined: wanted '0', got '4'" \
	"$(grep '^FAIL' ours.any | sed '2,$s/^/ /')"
same 'any recorder: sum' '3 passed, 2 failed' "$(tail -n 1 ours.any)"
