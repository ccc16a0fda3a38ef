#!/usr/bin/env bash
# On the virtual clock a seed says all: the same bytes in every file, however
# many run at a time. And its time is not ours.
. "$(dirname "$0")/lib.sh"
need diff

# run_as NAME ARGUMENT...: in a directory of its own, files under the same
# names in each
run_as()
{
	mkdir "$tmp/$1"
	(cd "$tmp/$1" && timeout 300 "$prog" run "${@:2}" --clock virtual \
		--keep always --out out --report json=report.json) \
		>"$tmp/$1.log" 2>&1
	sed -i '/^ *"wall_ms":/d' "$tmp/$1/report.json"
}

run_as once "$root/tests/runs" --seed 7 -j 2
run_as again "$root/tests/runs" --seed 7 -j 1
run_as other "$root/tests/runs" --seed 8 -j 2
same 'the report' '' "$(diff "$tmp/once/report.json" "$tmp/again/report.json" 2>&1 |
	head -n 20)"
for dir in "$tmp"/once/out/*; do
	name=${dir##*/}
	same "$name, same seed" '' \
		"$(diff -rq "$dir" "$tmp/again/out/$name" 2>&1)"
	more "$name, files" 2 "$(find "$dir" -type f -size +43c | wc -l)"
	if cmp -s "$dir/wire.pcap" "$tmp/other/out/$name/wire.pcap"; then
		bad "$name, another seed" 'another wire.pcap' 'the same'
	else
		ok
	fi
done
more 'scenarios' 5 "$(find "$tmp/once/out" -name wire.pcap | wc -l)"

# The whole library, by what its report tells.
for name in library-1 library-2; do
	mkdir "$tmp/$name"
	(cd "$tmp/$name" && timeout 300 "$prog" run "$root/scenarios" \
		--clock virtual --keep never -q --out out \
		--report json=report.json) >"$tmp/$name.log" 2>&1
	sed -i '/^ *"wall_ms":/d' "$tmp/$name/report.json"
done
same 'the library' '' "$(diff "$tmp/library-1/report.json" \
	"$tmp/library-2/report.json" 2>&1 | head -n 20)"

# Nobody answers: timer B takes 32 s of their time (RFC 3261 17.1.1.2).
cat >"$tmp/silent.yml" <<'END'
name: A recorder that never answers
call: {end: 40s}
srs: [{name: vault, answer: never}]
expect: [{attempts: [vault timeout]}]
END
start=$(date +%s%N)
(cd "$tmp" && "$prog" run silent.yml --keep never) >"$tmp/silent.log" 2>&1
same 'silence of 32 s' 0 $?
took=$((($(date +%s%N) - start) / 1000000))
if [ $took -lt 1000 ]; then ok; else
	bad 'silence of 32 s' 'less than 1000 ms' "$took ms"
fi
finish
