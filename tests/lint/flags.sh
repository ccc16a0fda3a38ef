#!/bin/sh
# Every option that --help names is in the man page, and the other way round.
# usage: flags.sh [PROGRAM]
cd "$(dirname "$0")/../.." || exit 2
program=${1:-build/siprec-src}
page=man/siprec-src.1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# "  -j, --jobs N   runs at a time": the words before the help text.
options_of() {
	"$program" "$@" --help | awk '
	/^  (-|    --)/ {
		for (i = 1; i <= 2 && i <= NF; i++) {
			sub(/,$/, "", $i)
			if ($i ~ /^-/)
				print $i
		}
	}'
}

commands=$("$program" --help | awk '/^  [a-z]/ { print $1 }')
[ -n "$commands" ] || { echo "$program --help names no command" >&2; exit 2; }
for command in $commands
do
	options_of "$command"
done | sort -u >"$work/help"

# Every .Fl of the page: "Fl j", "Fl -jobs", "Fl q | v".
awk '
/^\./ {
	for (i = 1; i <= NF; i++) {
		if ($i != "Fl" && $i != ".Fl")
			continue
		word = $(i + 1)
		gsub(/\\-/, "-", word)
		print "-" word
	}
}' "$page" | sort -u >"$work/page"

rc=0
for flag in $(comm -23 "$work/help" "$work/page")
do
	echo "$page: $flag is in --help, not here"
	rc=1
done
for flag in $(comm -13 "$work/help" "$work/page")
do
	echo "$page: $flag is in no --help"
	rc=1
done
for command in $commands
do
	grep -q "^\.[SI][sth] .*$command" "$page" || {
		echo "$page: no section on the command $command"
		rc=1
	}
done
exit $rc
