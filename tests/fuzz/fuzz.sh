#!/usr/bin/env bash
# Runs each fuzz target of $BUILD for FUZZ_SECONDS (20) from its seed corpus.
# What a target finds is kept in $BUILD/fuzz-found.
. "$(dirname "$0")/../lib.sh"
need clang
found=$BUILD/fuzz-found
mkdir -p "$found"

for source in "$root"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	seeds=$root/tests/fuzz/corpus/${name#fuzz_}
	if [ ! -x "$BUILD/fuzz/$name" ]; then
		bad "$name" "$BUILD/fuzz/$name" "none (see 'make fuzz')"
		continue
	fi
	[ -d "$seeds" ] || bad "$name" 'a seed corpus' "no $seeds"
	mkdir "$tmp/$name"
	# New inputs go to the first directory; the seeds are only read.
	if (cd "$root" && timeout $((${FUZZ_SECONDS:-20} * 3 + 60)) \
		"$BUILD/fuzz/$name" -max_total_time="${FUZZ_SECONDS:-20}" \
		-timeout=5 -rss_limit_mb=2048 -artifact_prefix="$found/$name-" \
		"$tmp/$name" "$seeds") >"$tmp/log" 2>&1; then
		ok
		sed -nE "s/^#([0-9]+).*DONE.*/$name: \1 runs/p" "$tmp/log"
	else
		bad "$name" 'no crash' "$(grep -vE '^#' "$tmp/log" |
			tail -n 40)"
	fi
done
finish
