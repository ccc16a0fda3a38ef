# Shared by the test scripts that have Kamailio; sourced after sipp.sh.
# shellcheck shell=bash

# start_kamailio NAME CONFIG: as it says, with a free port for PORT; sets $pid and
# $port, and leaves what it says in NAME.log
start_kamailio()
{
	local try

	mkdir -p "$1"
	for try in 1 2 3 4 5; do
		free_port
		sed "s/127.0.0.1:PORT/127.0.0.1:$port/" "$2" >"$1.cfg"
		in_background kamailio -f "$1.cfg" -DD -E -w . -Y "$tmp/$1" \
			-m 32 -M 4 >>"$1.log" 2>&1
		wait_for 5 listens "$port" && return
		kill -KILL "$pid" 2>/dev/null
		echo "the port of Kamailio was taken, try $try"
	done
	return 1
}
