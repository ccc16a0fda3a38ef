# Shared by the test scripts that have SIPp for a recorder; sourced after lib.sh.
# shellcheck shell=bash

# True when somebody listens at that port of 127.0.0.1, UDP or TCP.
listens()
{
	grep -qhi "^ *[0-9]*: 0100007F:$(printf '%04X' "$1") " \
		/proc/net/udp /proc/net/tcp
}

# Sets $port to one that was free a moment ago: SIPp does not tell its own.
free_port()
{
	start_srs free.log
	kill -INT "$pid"
	end_of "$pid" 10
}

# Sets $media to an even port that was free a moment ago, apart from $port.
free_media()
{
	local sip=$port

	free_port
	media=$((port / 2 * 2))
	port=$sip
}

sipp_listens()
{
	listens "$port" && listens "$media" && listens $((media + 2))
}

# start_sipp NAME SCENARIO [OPTION...]: a server, for one call unless -m says
# other; sets $pid and $port. Somebody else may take a port meanwhile: then with other ones.
start_sipp()
{
	local try

	for try in 1 2 3 4 5; do
		free_port
		free_media
		in_background sipp -sf "$2" -i 127.0.0.1 -mi 127.0.0.1 \
			-p "$port" -mp "$media" -m 1 -nostdin -timeout 30s \
			-trace_err -error_file "$1.err" "${@:3}" \
			>"$1.out" 2>&1
		wait_for 3 sipp_listens && return
		kill -KILL "$pid" 2>/dev/null
		echo "ports of SIPp were taken, try $try"
	done
}

# peer_ends NAME: with exit code 0, which says that all came as its file says
peer_ends()
{
	end_of "$pid" 20
	same "$1, SIPp" 0 "$rc"
	[ "$rc" -eq 0 ] || tail -n 5 "$1.err" 2>/dev/null
}
