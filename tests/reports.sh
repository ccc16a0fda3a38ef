#!/usr/bin/env bash
# The table of reports tells the truth: reports 1 to 100 are there once each, in
# their order; every scenario beside it is named, and what is named exists; a
# scenario names the reports that it stands for; and none of them leaves
# anything behind.
. "$(dirname "$0")/lib.sh"
need sed
folder=$root/scenarios/reports
table=$folder/README.md

rows=$(sed -n 's/^| \([0-9][0-9]*\) |.*/\1/p' "$table")
same "reports of the table" "$(seq 1 100)" "$rows"

# row NUMBER REPORTS SHOWN: one line of the table
row()
{
	local n=$1 ids=$2 shown=$3 file id files=()

	for file in $(grep -o '`[^`]*\.yml`' <<<"$shown" | tr -d '`'); do
		if [ -f "$folder/$file" ]; then ok; else
			bad "report $n" "a scenario" "no file $file"
		fi
		case $file in
		*/*) ;;
		*) files+=("$folder/$file") ;;
		esac
	done
	if [ ${#files[@]} -eq 0 ]; then
		case $shown in
		none:\ ?*) ok ;;
		*) bad "report $n" "a scenario or 'none: why'" "$shown" ;;
		esac
		return
	fi
	for id in $(grep -oE '#[0-9]+|[0-9a-f]{10}' <<<"$ids"); do
		if grep -h '^#' "${files[@]}" | grep -q -- "$id\>"; then
			ok
		else
			bad "report $n" "$id in the comment" "${files[*]##*/}"
		fi
	done
}

while IFS='|' read -r _ n ids _ shown _; do
	row "$n" "$ids" "${shown# }"
done < <(grep '^| [0-9]' "$table" | sed 's/ | /|/g; s/^| /|/; s/ |$/|/')

for file in "$folder"/*.yml; do
	name=${file##*/}
	if grep -q "\`$name\`" "$table"; then ok; else
		bad "$name" "in the table" "not there"
	fi
done

if "$prog" run "$folder" -q -j 2 --leaks --keep never >"$tmp/log" 2>&1; then
	ok
else
	bad "run with --leaks" "exit 0" "$(tail -n 40 "$tmp/log")"
fi
finish
