#!/usr/bin/env bash
# Measures the program, beside its peers where they are at hand, and prints one
# table. `aim` is what the project asks of itself or what the peer took in the
# same run; `ratio` is measured / aim, and below 1.00 is better, but for rates
# (/s), where above is. Takes about eight minutes.
set -u
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
here=tests/bench
prog=$BUILD/siprec-src
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
TIMEFORMAT='%R %U %S'
. $here/replay.sh

have()
{
	command -v "$1" >/dev/null 2>&1
}

calc()
{
	awk "BEGIN { printf \"$1\", $2 }"
}

head()
{
	printf '\n%-50s %10s %10s %7s  %s\n' "$1" measured aim ratio 'aim is'
}

# row WHAT MEASURED UNIT AIM WHOSE
row()
{
	printf '%-50s %10s %10s %7s  %s\n' "$1" "$2$3" "$4$3" \
		"$(calc %.2f "$2 / $4")" "$5"
}

# plain WHAT MEASURED: nothing to stand beside
plain()
{
	printf '%-50s %10s\n' "$1" "$2"
}

# timed COMMAND...: sets wall, cpu, in seconds; its status stays
timed()
{
	local user sys rc
	{ time "$@" >"$tmp/out" 2>"$tmp/err"; } 2>"$tmp/time"
	rc=$?
	read -r wall user sys <"$tmp/time"
	cpu=$(calc %.3f "$user + $sys")
	[ $rc -eq 0 ] || {
		printf 'failed: %s\n' "$*"
		tail -n 20 "$tmp/out" "$tmp/err"
	}
	return $rc
}

library()
{
	head 'the library but its loads, virtual clock, -j 2'
	timed "$prog" run scenarios -T load -j 2 --keep never -q || return
	row "wall, $(tail -n 1 "$tmp/out")" "$wall" ' s' 5 'ours'
	plain 'CPU' "$cpu s"
}

failover()
{
	local runs=1000
	head 'a bare failover, one core'
	timed "$prog" run $here/failover.yml --repeat $runs -j 1 --keep never \
		-q || return
	row 'runs' "$(calc %.0f "$runs / $wall")" /s 200 'ours'
	plain 'CPU a run' "$(calc %.2f "$cpu * 1000 / $runs") ms"
}

# Whatever the verbs and whenever: memory stays flat, and nothing stays open.
# in_a_row [SRC]: with that in `src`
in_a_row()
{
	local runs=10000 which
	head "$runs recorded calls in a row, verbs of chance${1:+, $1}"
	timed "$BUILD/bench/bench_calls" $runs "${1:-}"
	eval "$(cat "$tmp/out")"
	row "memory after $runs, beside that after 1000" "$end_kb" ' KB' \
		"$warm_kb" 'after 1000'
	for which in timers transactions dialogs flows descriptors; do
		eval "plain '$which left, 0 wanted' \$left_$which"
	done
	plain 'CPU a call' "$call_ms ms"
}

# profile NAME: is it built?
profile()
{
	printf 'name: x\nsrs: {name: a}\nsrc: {profile: %s}\n' "$1" \
		>"$tmp/profile.yml"
	"$prog" check "$tmp/profile.yml" >/dev/null 2>&1
}

# watch FILTER [OPTION...]: what passes the loopback goes to lo.pcap. The kernel
# puts the times in.
watch()
{
	tcpdump -i lo "${@:2}" -B 65536 -w "$tmp/lo.pcap" "$1" \
		2>"$tmp/tcpdump" &
	watcher=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -qs 'listening on' "$tmp/tcpdump" && break
		sleep 0.2
	done
}

watched()
{
	sleep 1
	kill -INT $watcher
	wait $watcher
}

# One stream in four, picked by SSRC, so that looking on costs little.
look_on()
{
	watch 'udp[8] = 0x80 and udp[16:4] & 3 = 0' -s 64
}

load_once()
{
	local looks=$1
	[ "$looks" = yes ] && look_on
	timed $raise "$BUILD/bench/bench_load" "$prog" $here/load.yml 250 8 \
		"$tmp/load.json" || return
	eval "$(cat "$tmp/out")"
	[ "$looks" = yes ] || return 0
	watched
	eval "$("$BUILD/bench/bench_gaps" "$tmp/lo.pcap")"
}

# Ticks of all processors that the host of a virtual machine kept, and all.
ticks()
{
	awk '/^cpu / { all = 0; for (i = 2; i <= 9; i++) all += $i
		print $9, all }' /proc/stat
}

# Others on the machine only ever add to a gap: with the right to it the run
# goes before them, as a recorder in service would, and there are two tries.
load()
{
	local looks=no raise='' try stolen all
	have tcpdump && [ "$(id -u)" = 0 ] && looks=yes
	chrt -f 10 true 2>/dev/null && raise='chrt -f 10'
	head "real clock, 250 calls at the same time${raise:+, $raise}"
	recorded_p99_ms=0
	for try in 1 2; do
		read -r stolen all <<<"$(ticks)"
		load_once $looks || return
		stolen=$(ticks | awk -v s="$stolen" -v a="$all" \
			'{ printf "%.1f", 100 * ($1 - s) / ($2 - a) }')
		[ "$(calc %d "$recorded_p99_ms < 5")" = 1 ] && break
	done
	row 'recorded packets sent, received' "$load_received" '' \
		"$load_sent" 'sent'
	if [ $looks = yes ]; then
		row 'gap error p99 of recorded streams' "$recorded_p99_ms" \
			' ms' 5 "ours (try $try)"
		plain 'gap error p50' "$recorded_p50_ms ms"
		plain 'gap error p99.9' "$recorded_p999_ms ms"
		plain 'processor time that a host kept meanwhile' "$stolen %"
		plain 'packets missing in the capture' \
			"$((call_missing + recorded_missing))"
	else
		plain 'gap error: needs root and tcpdump' -
	fi
	row 'resident memory a call, all running' "$load_kb" ' KB' 48 ours
	plain 'the same at its peak, report and all' "$load_peak_kb KB"
	plain 'CPU a packet and hop, set-up and report too' "$load_cpu_us us"
}

# From the moment of the step, which the capture's own clock tells, to the last
# packet that the recorder gets.
pause()
{
	local file=$tmp/pause/pause/wire.pcap keep=always raise=''
	chrt -f 10 true 2>/dev/null && raise='chrt -f 10'
	head "real clock, 100 calls, each paused once${raise:+, $raise}"
	if have tcpdump && [ "$(id -u)" = 0 ]; then
		watch udp
		file=$tmp/lo.pcap
		keep=never
	fi
	# a seed of its own: others on the loopback may have the usual SSRCs
	timed $raise "$prog" run $here/pause.yml --seed $$ \
		--var who=bench$$ --keep $keep --out "$tmp/pause" -q || return
	[ $keep = never ] && watched
	eval "$("$BUILD/bench/bench_pause" "$file" "sip:bench$$@")"
	row "last packet after the step, worst of $pauses" "$pause_max_ms" \
		' ms' 20 'one packet interval'
	plain 'the same, p50 (below 0: before the step)' "$pause_p50_ms ms"
}

# Of one captured call, replayed to a recorder of its own: packets are as far
# from each other as they were. The loopback tells, or what the replay keeps.
spacing()
{
	local file=$tmp/spacing/wire.pcap from=pcaps/call-pcmu.pcap raise=''
	chrt -f 10 true 2>/dev/null && raise='chrt -f 10'
	head "real clock, one captured call replayed${raise:+, $raise}"
	start_srs
	if have tcpdump && [ "$(id -u)" = 0 ]; then
		watch udp
		file=$tmp/lo.pcap
	fi
	timed $raise "$prog" replay $from --out "$tmp/spacing" \
		--to "sip:$srs_at"
	[ "$file" = "$tmp/lo.pcap" ] && watched
	stop_srs
	eval "$("$BUILD/bench/bench_spacing" $from "$file")"
	row "gap error p99, $spacing_gaps gaps" "$spacing_p99_ms" ' ms' 1 ours
	plain 'the same, p50' "$spacing_p50_ms ms"
	plain 'the worst' "$spacing_max_ms ms"
}

# A recorder in a process of its own, for clients that are measured: SIPp's, and
# ours where SIPp has no TLS. Sets recorder, its process id.
sipp_srs()
{
	sipp -sf $here/sipp_srs.xml -i 127.0.0.1 -p "$1" -buff_size 4000000 \
		-nostdin >/dev/null 2>&1 &
	recorder=$!
	sleep 0.5
}

# Sets at, where it listens.
our_srs()
{
	"$prog" srs --listen "$1:127.0.0.1:0" >"$tmp/srs" 2>/dev/null &
	recorder=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -qs '^listening' "$tmp/srs" && break
		sleep 0.2
	done
	at=$(sed -n "s/^listening $1://p" "$tmp/srs")
}

end_srs()
{
	kill -INT $recorder
	wait $recorder 2>/dev/null
}

# sipp_client PORT CALLS RATE: sets cpu, and again, its retransmissions
sipp_client()
{
	timed timeout "${patience:-60}" sipp -sf $here/sipp_uac.xml -i 127.0.0.1 "127.0.0.1:$1" \
		-r "$3" -m "$2" -buff_size 4000000 -nostdin || return
	again=$(grep -aE '(INVITE|BYE) -+>' "$tmp/out" | tail -n 2 |
		awk '{ n += $(NF - 1) } END { print n + 0 }')
}

# our_client AT CALLS RATE [TRANSPORT]: likewise
our_client()
{
	timed timeout "${patience:-60}" "$BUILD/bench/bench_signal" \
		"sip:vault@$1" "$2" "$3" "${4:-udp}" || return
	eval "$(cat "$tmp/out")"
	again=$signal_again
}

# One INVITE of 4 KB, its metadata made for each call, and a BYE. SIPp fills in
# a text; ours opens ports, keeps a trace, and looks at what it is answered. What
# the system alone asks for such a call, of a bare program, is the floor.
client()
{
	local calls=6000 rate=1000 port=15071 ours=0 theirs=0 ask_us ask_missed
	head "the recording client alone over UDP, $rate calls/s"
	sipp_srs $port
	for _ in 1 2; do
		sipp_client $port $calls $rate || break
		theirs=$(calc %.3f "$theirs + $cpu")
		our_client "127.0.0.1:$port" $calls $rate || break
		ours=$(calc %.3f "$ours + $cpu")
	done
	end_srs
	row "CPU a call, INVITE of $signal_invite octets" \
		"$(calc %.0f "$ours * 5e5 / $calls")" ' us' \
		"$(calc %.0f "$theirs * 5e5 / $calls * 0.75")" \
		"0.75 of SIPp uac's $(calc %.0f "$theirs * 5e5 / $calls") us"
	eval "$("$BUILD/bench/bench_ask" $calls $rate $signal_sizes)"
	plain '  of a bare program: four ports, five messages' "$ask_us us"
}

# clean_rate CLIENT...: sets clean, the highest of some rates at which nothing
# was said twice, for a second each
clean_rate()
{
	local rate patience=4
	clean=0
	for rate in 250 500 1000 2000 3000 4000 6000 8000 12000 16000; do
		"$1" "$2" $rate $rate >/dev/null || break
		[ "$again" = 0 ] || break
		[ "$(calc %d "$wall < 2")" = 1 ] || break
		clean=$rate
	done
}

clean_rates()
{
	local port=15072 theirs
	sipp_srs $port
	clean_rate sipp_client $port
	theirs=$clean
	clean_rate our_client "127.0.0.1:$port"
	end_srs
	if [ "$theirs" = 0 ]; then
		plain 'most calls without a retransmission' "$clean/s"
		plain '  SIPp: none without' -
	else
		row 'most calls without a retransmission' "$clean" /s \
			"$theirs" 'SIPp uac'
	fi
}

# One connection for all calls.
client_tls()
{
	local calls=1000 rate=200 by_udp
	our_srs udp
	our_client "$at" $calls $rate udp || return
	by_udp=$cpu
	end_srs
	our_srs tls
	our_client "$at" $calls $rate tls || return
	end_srs
	row "CPU a call over TLS, $calls at $rate/s" \
		"$(calc %.0f "$cpu * 1e6 / $calls")" ' us' \
		"$(calc %.0f "$by_udp * 2e6 / $calls")" \
		"twice UDP's $(calc %.0f "$by_udp * 1e6 / $calls") us"
}

# A recorded call of ours has two dialogs, its own and the recording session,
# and both ends of both.
whole_calls()
{
	local calls=2000
	timed "$prog" run $here/signalling.yml --var calls=$calls \
		--keep never -q || return
	plain 'CPU a dialog, both ends, run and judged' \
		"$(calc %.0f "$cpu * 1e6 / $calls / 2") us"
}

signalling()
{
	if have sipp; then
		client && clean_rates
	else
		plain 'no SIPp here' -
	fi
	client_tls
	whole_calls
}

# The capture of a run, as the program keeps it.
capture()
{
	local file
	head 'streams of a capture'
	timed "$prog" run $here/load.yml --clock virtual --var calls=100 \
		--keep always --out "$tmp/keep" -q || return
	file=$tmp/keep/load/wire.pcap
	eval "$("$BUILD/bench/bench_capture" "$file")"
	if have tshark; then
		timed tshark -q -z rtp,streams -r "$file" || return
		row "CPU, $capture_frames packets, $capture_streams streams" \
			"$capture_s" ' s' "$cpu" 'tshark -z rtp,streams'
	else
		plain "CPU, $capture_frames packets" "$capture_s s"
	fi
	plain 'a packet' "$(calc %.0f \
		"$capture_s * 1e9 / $capture_frames") ns"
	plain 'resident' "$capture_mb MB"
}

# A million packets of a thousand streams, made by make_load.
inspect()
{
	local file=$tmp/load.pcap ours
	head 'inspect, a million packets'
	"$BUILD/tools/make_load" "$file" 500 20 || return
	timed "$prog" inspect "$file" || return
	ours=$cpu
	plain 'a packet' "$(calc %.0f "$ours * 1e3") ns"
	plain 'resident' "$(resident "$prog" inspect "$file") MB"
	if have tshark; then
		timed tshark -q -z rtp,streams -r "$file" || return
		row 'CPU' "$ours" ' s' "$(calc %.3f "$cpu / 60")" \
			'tshark -z rtp,streams / 60'
	fi
	have sngrep && beside_sngrep "$file"
}

# resident COMMAND...: its peak in MB, looked at while it runs
resident()
{
	local pid now peak=0
	"$@" >/dev/null 2>&1 &
	pid=$!
	while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
		/proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
		peak=$now
		sleep 0.005
	done
	wait $pid
	echo $((peak / 1024))
}

# sngrep looks at RTP too, unless a filter keeps it away, and then takes long: a
# tenth of the packets do.
beside_sngrep()
{
	local small=$tmp/small.pcap all=$1 ours
	"$BUILD/tools/make_load" "$small" 50 20 || return
	timed "$prog" inspect "$small" || return
	ours=$cpu
	timed timeout 60 sngrep -N -q -I "$small" -O "$tmp/sngrep" || return
	row 'CPU, a tenth of it' "$ours" ' s' "$(calc %.3f "$cpu / 2")" \
		'sngrep -N / 2'
	timed "$prog" inspect "$all" || return
	ours=$cpu
	timed timeout 60 sngrep -N -q -I "$all" -O "$tmp/sngrep" port 5060 ||
		return
	row 'CPU, RTP and all' "$ours" ' s' "$cpu" \
		"sngrep -N port 5060, which sees SIP alone"
}

# relay_of WHO STREAMS: sets us, share, and what the phones and the recorder say
relay_of()
{
	local raise='' said
	chrt -f 10 true 2>/dev/null && raise='chrt -f 10'
	case $1 in
	ours) said=$($raise "$BUILD/bench/bench_relay" "$2") ;;
	least | queued) said=$($raise "$BUILD/bench/bench_relay" "$2" "$1") ;;
	rtpengine) said=$($raise "$here/rtpengine.py" \
		"$BUILD/bench/bench_phones" "$2") ;;
	esac || return
	eval "$said"
}

# Of what rtpengine in user space takes, 0.40 is what is asked for. Beside it
# stands the bare relay: a system call for everything, and nothing but that; and
# one that sends by the send queue, which is the floor of what ours can take.
relay()
{
	local streams=$1 ours floor least us share sent late_ms load_share
	local phone_lost phone_twice phone_p50_ms phone_p99_ms
	local recorder_lost recorder_twice recorder_p50_ms recorder_p99_ms
	head "$streams live streams of PCMU, relayed and forked"
	relay_of ours "$streams" || return
	ours=$us
	plain '  share of a processor' "$share"
	plain "  lost of $sent, phones and recorder" \
		"$((phone_lost + recorder_lost))"
	row '  delay p99 at the phones' "$phone_p99_ms" ' ms' 20 'a packet'
	row '  delay p99 at the recorder' "$recorder_p99_ms" ' ms' 20 \
		'a packet'
	plain '  the load itself was late, at worst' "$late_ms ms"
	plain '  share of a processor of the load' "$load_share"
	relay_of least "$streams" || return
	least=$us
	row 'CPU a packet in' "$ours" ' us' "$least" 'the bare relay'
	relay_of queued "$streams" || return
	floor=$us
	row 'CPU a packet in' "$ours" ' us' "$floor" \
		'a bare relay that sends by the queue'
	if ! have rtpengine || ! have python3; then
		plain 'no rtpengine here' -
		return
	fi
	relay_of rtpengine "$streams" || return
	row 'CPU a packet in' "$ours" ' us' "$(calc %.2f "$us * 0.40")" \
		"0.40 of rtpengine's $us us"
	row '  of the bare relay with the queue' "$floor" ' us' \
		"$(calc %.2f "$us * 0.40")" 'the same'
	plain '  rtpengine lost' "$((phone_lost + recorder_lost))"
	plain '  rtpengine, delay p99 at the recorder' "$recorder_p99_ms ms"
}

printf 'siprec-src on %s processors, load %s\n' "$(nproc)" \
	"$(cut -d' ' -f1-3 /proc/loadavg)"
library
failover
in_a_row
profile opensips && in_a_row 'profile: opensips'
load
pause
spacing
signalling
relay 200
relay 500
relay 1000
relay 2500
replay 1000 10
replay 5000 5
capture
inspect
echo
"$BUILD/bench/bench_sip"
echo
"$BUILD/bench/bench_media"
echo
"$BUILD/bench/bench_srtp"
