#!/usr/bin/env bash
# The HTML report: complete by itself, true to the run, and working in a
# browser.
. "$(dirname "$0")/lib.sh"
need jq xmllint
cd "$tmp" || exit 1
ln -s "$root/scenarios" "$root/tests" .

"$prog" run -q scenarios/basic/pause-resume.yml scenarios/media/loss.yml \
	tests/failing/recorded_by.yml --keep always --out kept \
	--report html=page.html --report json=page.json >/dev/null
same 'exit code' 1 $?

# shown XPATH: of the page, as another parser reads it
shown()
{
	xmllint --html --xpath "$1" page.html 2>/dev/null
}
same 'one file: nothing is fetched' 0 \
	"$(grep -Eoc '(src|href)="?(https?:|/|[a-z]+\.)|url\(|@import' page.html)"
same 'a section a run' 3 "$(shown 'count(//section)')"
same 'the sum' 'siprec-src: 2 passed, 1 failed' "$(shown 'string(//title)')"
same 'verdicts' "$(jq '[.scenarios[].expect[]] | length' page.json)" \
	"$(shown 'count(//h3[.="Checks"]/following-sibling::div[1]//tr) - 3')"
same 'wanted' "$(jq -r '.scenarios[2].expect[0].wanted' page.json)" \
	"$(shown 'string(//section[3]//tr[2]/td[4])')"
same 'why it failed' "$(jq -r '.scenarios[2].expect[0].why' page.json)" \
	"$(shown 'string(//section[3]//tr[2]/td[6])')"
same 'how to run it again' 1 \
	"$(shown 'string(//section[3])' | grep -c 'again: .*recorded_by.yml --seed 1 --clock virtual')"
messages=$("$prog" ladder kept/pause-resume | grep -Ec '(INVITE|ACK|BYE)')
same 'a message behind each arrow' "$messages" \
	"$(shown 'count(//section[1]//details[@id])')"
same 'every arrow leads to one' "$messages" \
	"$(shown '//section[1]//a/@href' | grep -o '#r0-m[0-9]*' | sort -u |
		while read -r to; do grep -c "<details id=\"${to#\#}\"" page.html; done |
		awk '{ n += $1 } END { print n }')"
for party in caller callee; do
	shown "string(//section[1]//figure[figcaption='$party at vault']/audio/@src)" |
		sed 's/^data:audio\/wav;base64,//' | base64 -d >$party.wav
	cmp -s $party.wav kept/pause-resume/vault-$party.wav
	same "the sound of the $party, byte by byte" 0 $?
done
same 'a figure for each stream' 2 \
	"$(shown 'count(//section[2]//figure/*[@class="fig"][.//*[@class="jit"]])')"
more 'loss is drawn where it was' 3 \
	"$(shown 'count(//section[2]//figure[contains(figcaption, "caller")]//*[@class="loss"])')"
same 'and nowhere else' 0 \
	"$(shown 'count(//section[1]//*[@class="loss"])')"
same 'documents' "$(grep -c '<recording' <<<"$(cat kept/pause-resume/*.xml)")" \
	"$(shown 'count(//section[1]//h3[.="Metadata as it was sent"]/following-sibling::details)')"

cat >change.yml <<'YAML'
name: 'A <b>name</b> & "its" quotes'
srs: {name: vault}
call: {answer: 200ms, end: 2s, caller: "Eve <script> <sip:eve@example.com>"}
YAML
"$prog" run -q scenarios/call/transfer.yml --report html=page.html \
	--keep never >/dev/null
more 'metadata: the party that came is marked' 1 \
	"$(shown 'count(//ins[contains(., "carol")])')"
same 'metadata: the first document has no marks' 0 \
	"$(shown 'count(//h3[.="Metadata as it was sent"]/following-sibling::details[1]//ins)')"
"$prog" run -q change.yml --report html=page.html --keep never >/dev/null
same 'what peers and users say is text' '1 0' \
	"$(shown 'count(//script)') $(shown 'count(//section//b[.="name"])')"
"$prog" run -q scenarios/basic/plain-call.yml --repeat 101 \
	--report html=many.html --keep never >/dev/null
more 'many runs that passed: a small page' 1 \
	"$(($(wc -c <many.html) < 2000000))"
"$prog" run scenarios/basic/plain-call.yml --report html=/dev/full -q >/dev/null 2>fault
same 'a full disk' '4 1' "$? $(wc -l <fault)"
[ ! -e out ]
same 'nothing is kept that was not asked for' 0 $?

# ---- in a browser ----
if ! command -v chromium >/dev/null; then
	note 'no chromium: the page was not opened'
	finish
fi
"$prog" run -q scenarios/basic/pause-resume.yml --report html=page.html \
	--keep never >/dev/null

# browse OPTION...: a page of this directory, with a profile of its own
browse()
{
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$tmp/profile" "$@" 2>/dev/null
}
target=$(shown 'string(//section[1]//a/@href)')
browse --dump-dom "file://$tmp/page.html$target" >dom
same 'an arrow opens its message' 1 \
	"$(grep -c "<details id=\"${target#\#}\" open" dom)"
same 'and no other' 1 "$(grep -o '<details[^>]* open' dom | wc -l)"
# a phone: nothing but ladder and tables, which scroll by themselves, is wide
cat >phone.html <<'HTML'
<iframe id=f src=page.html style="width:360px;height:640px"></iframe>
<script>f.onload=function(){var d=f.contentDocument.documentElement
document.title=d.scrollWidth<=360?'fits':'wide '+d.scrollWidth}</script>
HTML
browse --allow-file-access-from-files --virtual-time-budget=5000 --dump-dom \
	"file://$tmp/phone.html" >dom
same 'on a phone' '<title>fits</title>' "$(grep -o '<title>.*</title>' dom)"
browse --no-pdf-header-footer --print-to-pdf="$tmp/page.pdf" \
	"file://$tmp/page.html"
same 'on paper' '%PDF' "$(head -c 4 page.pdf)"
"$prog" run -q scenarios/srtp/wrong-key.yml --keep never \
	--report html=srtp.html >/dev/null
more 'SRTP of a stream, and what was forged' 2 \
	"$(grep -c '<td>AES_CM_128_HMAC_SHA1_80, rtcp_forged [1-9]' srtp.html)"
finish
