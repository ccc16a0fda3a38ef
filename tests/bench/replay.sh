# Part of bench.sh: many captured calls replayed in real time.

# gaps_of FILE COMMAND...: what passes the loopback meanwhile, beside FILE
gaps_of()
{
	local file=$1 rc
	shift
	look_on
	timed "$@"
	rc=$?
	watched
	[ $rc -eq 0 ] || return $rc
	eval "$("$BUILD/bench/bench_spacing" "$file" "$tmp/lo.pcap")"
}

# beside_tcpreplay FILE OURS_P99: of its p99 a quarter is what is asked for
beside_tcpreplay()
{
	if ! have tcpreplay; then
		plain '  no tcpreplay here' -
		return
	fi
	gaps_of "$1" $raise tcpreplay -q -i lo "$1" || return
	row '  gap error p99' "$2" ' ms' "$(calc %.2f "$spacing_p99_ms / 4")" \
		"a quarter of tcpreplay's $spacing_p99_ms ms"
	plain '  tcpreplay, wall' "$wall s"
	plain '  tcpreplay, share of a processor' \
		"$(calc %.2f "$cpu / $wall")"
}

# Captured calls, all replayed at once in real time to a recorder in a process
# of its own. Beside it stands what the system asks for sending as much.
replay()
{
	local streams=$1 seconds=$2 file=$tmp/replay.pcap raise='' us share
	local p99 packets
	chrt -f 10 true 2>/dev/null && raise='chrt -f 10'
	head "$streams streams replayed in real time${raise:+, $raise}"
	if ! have tcpdump || [ "$(id -u)" != 0 ]; then
		plain 'needs root and tcpdump' -
		return
	fi
	"$BUILD/tools/make_load" "$file" $((streams / 2)) "$seconds" || return
	our_srs udp
	gaps_of "$file" $raise "$prog" replay --all "$file" \
		--to "sip:$at" || return
	end_srs
	p99=$spacing_p99_ms
	packets=$(sed -n 's/.* streams, \([0-9]*\) packets.*/\1/p' "$tmp/srs")
	eval "$("$BUILD/bench/bench_send" "$streams")"
	row '  share of a processor, set-up and all' \
		"$(calc %.3f "$cpu / $seconds")" '' 0.1 'a tenth'
	row '  CPU a packet, set-up and all' \
		"$(calc %.2f "$cpu * 1e6 / $packets")" ' us' "$us" \
		'bare sending, nothing else'
	plain '  share of a processor of bare sending' "$share"
	row '  wall' "$wall" ' s' "$seconds" 'what was captured'
	plain '  packets that the recorder got' "$packets"
	plain '  gap error p50' "$spacing_p50_ms ms"
	plain '  the worst' "$spacing_max_ms ms"
	beside_tcpreplay "$file" "$p99"
	rm -f "$file"
}
