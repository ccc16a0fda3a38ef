#!/bin/sh
# The keys in siprec-src-scenario(5) are those that the program reads, word by
# word. usage: keys.sh [--write] [PROGRAM]
cd "$(dirname "$0")/../.." || exit 2
write=
[ "$1" = --write ] && { write=1; shift; }
program=${1:-build/siprec-src}
page=man/siprec-src-scenario.5
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# From man(7), which the program prints, to the mdoc(7) of the page.
"$program" schema --keys | awk '
/^\.SS / {
	if (open)
		print ".El"
	open = 1
	print ".Ss Keys of " $2
	print ".Bl -tag -width Ds -compact"
	next
}
/^\.TP/ { next }
/^\.BR / {
	name = $2
	sub(/^\.BR [^ ]+ /, "")
	sub(/^" \(/, "\"")
	sub(/\)"$/, "\"")
	print ".It Ic " name " Pq " $0
	next
}
{ print }
END { if (open) print ".El" }
' >"$work/keys"
[ -s "$work/keys" ] || { echo "$program schema --keys prints none" >&2; exit 2; }

awk -v keys="$work/keys" '
/^\.\\" end of keys/ { skip = 0 }
!skip { print }
/^\.\\" keys, written by/ {
	skip = 1
	while ((getline line <keys) > 0)
		print line
}
' "$page" >"$work/page"

if [ "$write" ]; then
	cat "$work/page" >"$page"
elif ! diff "$page" "$work/page" >"$work/diff"; then
	cat "$work/diff"
	echo "$page: keys differ; run tests/lint/keys.sh --write" >&2
	exit 1
fi
