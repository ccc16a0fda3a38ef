#!/usr/bin/env bash
# A run or a recorder that is interrupted, at any point, says so by its exit
# code and leaves a report and wav files that are whole.
. "$(dirname "$0")/lib.sh"
need jq od
cd "$tmp" || exit 1

cat >long.yml <<'END'
name: A call that takes its time
call: {answer: 100ms, end: 20s}
srs: [{name: vault}]
END
cat >waiting.yml <<'END'
name: A hunt that takes its time
call: {answer: 100ms, end: 20s}
srs: [{name: first, answer: never}, {name: second}]
END
cat >many.yml <<'END'
name: Many calls
call: {answer: 100ms, end: 20s}
load: {calls: 50000, concurrent: 500, rate: 100/s}
srs: [{name: vault}]
END

# sounds NAME DIR LEAST: this many wav files; whole and not empty, as far as
# looked at
sounds()
{
	local f

	more "$1, wav files" "$3" "$(find "$2" -name '*.wav' | wc -l)"
	while IFS= read -r f; do
		wav "$1, ${f##*/}" "$f"
		[ "$3" -eq 0 ] ||
			more "$1, ${f##*/}" 1000 "$(number "$f" 40 4)"
	done < <(find "$2" -name '*.wav' | sort | head -n 8)
}

# report NAME FILE SCENARIOS: JSON, and it tells of so many
report()
{
	same "$1, report" "$3" \
		"$(jq -r '.scenarios | length' "$2" 2>&1 | head -n 1)"
	same "$1, sum" "$3" "$(jq -r '.summary | add' "$2" 2>&1 |
		head -n 1)"
}

# interrupt SIGNAL CODE SECONDS WAVS CLOCK FILE...: so long after it began, as
# `kill` does; with $whole to its workers too, as a terminal does
interrupt()
{
	local name="$5${whole:+, whole group}, SIG$1 at $3 s" began
	local dir=$1-$3-$5$whole

	mkdir "$dir"
	in_background setsid "$prog" run "${@:6}" --clock "$5" -j 2 \
		--keep always --out "$dir/out" \
		--report json="$dir/report.json" >"$dir/stdout" 2>"$dir/stderr"
	sleep "$3"
	began=$SECONDS
	kill "-$1" -- "${whole:+-}$pid"
	end_of "$pid" 20
	same "$name" "$2" "$rc"
	more "$name, seconds left of 10" 1 $((10 - (SECONDS - began)))
	report "$name" "$dir/report.json" $(($# - 5))
	same "$name, a crash" 0 "$(cat "$dir"/std* | grep -cE \
		'Sanitizer|runtime error|crashed|[Aa]ssert')"
	sounds "$name" "$dir" "$4"
}

whole=
interrupt INT 130 0.2 0 real long.yml
interrupt INT 130 1.5 2 real long.yml
interrupt INT 130 3 2 real long.yml waiting.yml
interrupt TERM 143 0.2 0 real long.yml waiting.yml
interrupt TERM 143 1.5 2 real long.yml
interrupt INT 130 0.5 0 virtual many.yml
interrupt TERM 143 0.5 0 virtual many.yml
whole=-whole
interrupt INT 130 1.2 2 real long.yml waiting.yml
interrupt INT 130 0.5 0 virtual many.yml

# mid_call SIGNAL: our recorder, in the middle of a call that it records
mid_call()
{
	local srs call dir=srs-$1

	start_srs "$dir.log" --out "$dir"
	srs=$pid
	in_background "$prog" call --to "sip:rec@127.0.0.1:$port" \
		--duration 20s >"$dir.call" 2>&1
	call=$pid
	wait_for 10 grep -q 'first packet' "$dir.log"
	sleep 2.2
	kill "-$1" "$srs"
	end_of "$srs" 10
	srs_rc=$rc
	kill -INT "$call"
	end_of "$call" 10
	same "call interrupted (its recorder: SIG$1)" 130 "$rc"
}

for signal in INT TERM; do
	mid_call $signal
	same "srs, SIG$signal" 0 "$srs_rc"
	sounds "srs, SIG$signal" srs-$signal 2
	same "srs, SIG$signal, streams told" 2 \
		"$(grep -c 'stream ended' srs-$signal.log)"
done

# Not even the chance to end well: what was written a second ago is there.
mid_call KILL
same 'srs, SIGKILL, wav files' 2 "$(find srs-KILL -name '*.wav' | wc -l)"
for f in srs-KILL/*.wav; do
	more "srs, SIGKILL, ${f##*/}, data" 8000 "$(number "$f" 40 4)"
	more "srs, SIGKILL, ${f##*/}, file" \
		$(($(number "$f" 4 4) + 8)) "$(stat -c %s "$f")"
done
finish
