#!/usr/bin/env bash
# What is made of the kept files of a run: ladders, read by other programs, and
# the differences of two runs.
. "$(dirname "$0")/lib.sh"
need xmllint
cd "$tmp" || exit 1
ln -s "$root/scenarios" .

# ---- ladders ----
"$prog" run -q scenarios/basic/plain-call.yml --keep always --out kept >/dev/null
"$prog" ladder kept/plain-call >ladder
same 'ladder of a run: its lanes' 'caller callee src vault' \
	"$(head -n 1 ladder | xargs)"
same 'ladder of a run: both dialogs' '2 INVITE, 2 BYE' \
	"$(grep -c '> .*  INVITE\|>|.*  INVITE' ladder) INVITE, $(grep -c '  BYE$' ladder) BYE"
same 'ladder of a run: its capture, by name' "$(cat ladder)" \
	"$("$prog" ladder kept/plain-call/wire.pcap)"
same 'ladder: one call' 'caller callee' \
	"$("$prog" ladder kept/plain-call --call 2 | head -n 1 | xargs)"
"$prog" ladder kept/plain-call --as svg -o ladder.svg
same 'svg: well-formed' 0 "$(xmllint --noout ladder.svg 2>&1 | wc -l)"
same 'svg: a row for each line' "$(($(wc -l <ladder) - 1))" \
	"$(xmllint --xpath 'count(//*[local-name()="g"])' ladder.svg)"
if command -v rsvg-convert >/dev/null; then
	rsvg-convert ladder.svg -o ladder.png 2>answer
	same 'svg: drawn by another' '0 PNG' "$? $(head -c 4 ladder.png | tr -dc A-Z)"
else
	note 'no rsvg-convert: the drawing was not drawn'
fi
"$prog" ladder kept/plain-call --as mermaid >ladder.mmd
same 'mermaid: kind' sequenceDiagram "$(head -n 1 ladder.mmd)"
same 'mermaid: every line is one of its' 0 \
	"$(grep -Evc '^sequenceDiagram$|^    (participant L[0-9]+ as |L[0-9]+(->>|-x|--\))L[0-9]+: |Note over L[0-9]+(,L[0-9]+)?: )' ladder.mmd)"
for wrong in 'ladder' 'ladder a b' 'ladder a --as png'; do
	# shellcheck disable=SC2086 # words
	"$prog" $wrong 2>answer
	same "$wrong: exit code and lines" '2 1' "$? $(wc -l <answer)"
done
"$prog" ladder nothing 2>answer
same 'ladder of nothing' '4 1' "$? $(wc -l <answer)"
printf 'no capture\n' >text
"$prog" ladder text 2>answer
same 'ladder of a text' '4 1' "$? $(wc -l <answer)"

cp kept/plain-call/wire.pcap before.pcap
"$prog" ladder -o kept/plain-call/wire.pcap kept/plain-call 2>answer
same 'ladder over its capture' '2 1' "$? $(wc -l <answer)"
cmp -s kept/plain-call/wire.pcap before.pcap
same 'ladder over its capture: still there' 0 $?

# ---- what a run reads is not taken away by it ----
cat >plain-call.yml <<'YAML'
name: again
srs: {name: vault}
call: {pcap: kept/plain-call/wire.pcap}
YAML
for keep in on-fail always; do
	"$prog" run plain-call.yml --keep $keep --out kept >answer 2>&1
	same "run into its input, --keep $keep: exit code" 2 $?
	same "run into its input, --keep $keep: said" 1 "$(grep -c \
		'kept/plain-call/wire.pcap is read, and .*; name another directory by --out' answer)"
	cmp -s kept/plain-call/wire.pcap before.pcap
	same "run into its input, --keep $keep: still there" 0 $?
done
cp plain-call.yml before.yml
for way in '--report json=' '--events '; do
	for file in plain-call.yml kept/plain-call/wire.pcap; do
		# shellcheck disable=SC2086 # words
		"$prog" run plain-call.yml -q --out other $way$file 2>answer
		same "run $way$file: exit code and lines" '2 1' \
			"$? $(wc -l <answer)"
	done
done
cmp -s plain-call.yml before.yml && cmp -s kept/plain-call/wire.pcap before.pcap
same 'run with a report over its input: still there' 0 $?

# ---- differences ----
# kept NAME OPTION...: the run of a call to bob, kept under that name
cat >call.yml <<'YAML'
name: one
srs: {name: vault}
call: {answer: 200ms, end: 1s, callee: "${callee}"}
vars: {callee: "sip:bob@example.com"}
YAML
kept()
{
	"$prog" run -q call.yml --keep always --out "$1" "${@:2}" >/dev/null
}
kept a
kept b --seed 77
kept c --clock real
kept d --var callee=sip:carol@example.com
[ "$(cmp a/call/wire.pcap b/call/wire.pcap 2>&1 | wc -l)" -eq 1 ]
same 'diff: two seeds give two captures' 0 $?
same 'diff: and yet the same run' '0 0' \
	"$("$prog" diff a/call b/call | wc -l) ${PIPESTATUS[0]}"
"$prog" diff a/call b/call
same 'diff: the same, exit code' 0 $?
"$prog" diff a/call d/call >changes
same 'diff: another run, exit code' 1 $?
same 'diff: begins as others do' "--- a/call
+++ d/call" "$(head -n 2 changes)"
same 'diff: what is gone and new in the metadata' '1 1' \
	"$(grep -c '^-.*aor="sip:bob@example.com"' changes) $(grep -c '^+.*aor="sip:carol@example.com"' changes)"
same 'diff: nothing that two runs never share' 0 \
	"$(grep -Ec '^[-+] .*(branch=z9|[Cc]all-[Ii][Dd]: *[0-9a-f]{8}|T[0-9:.]+Z)' changes)"
same 'diff: where it is' 1 "$(grep -c '^@@ src > vault: INVITE (sdp+metadata)' changes)"
"$prog" diff --ladder a/call d/call
same 'diff: the same messages, without their texts' 0 $?
# another clock has other ports, times of its own, and on a busy machine messages
# that were sent again and packets that came later
"$prog" diff --ladder a/call c/call >changes
same 'diff: the other clock says the same' 0 \
	"$(grep '^[-+]' changes | grep -Evc '^(---|\+\+\+) |RTP|, again')"
if ! grep -q ', again' changes; then
	same 'diff: and in the same words' 0 "$("$prog" diff a/call c/call |
		grep '^[-+]' | grep -Evc '^(---|\+\+\+) |RTP')"
fi
for wrong in 'diff' 'diff a/call' 'diff a b c'; do
	# shellcheck disable=SC2086 # words
	"$prog" $wrong 2>answer
	same "$wrong: exit code and lines" '2 1' "$? $(wc -l <answer)"
done
"$prog" diff a/call nothing 2>answer
same 'diff with nothing' '4 1' "$? $(wc -l <answer)"
finish
