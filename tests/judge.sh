#!/usr/bin/env bash
# Clients judged by `srs --judge`: SIPp as a client that does all as it should,
# then with one fault each that the OpenSIPS module has; our own SRC with and
# without the module's habits. Each fault is found by its rule, and nothing
# else is.
. "$(dirname "$0")/lib.sh"
need sipp jq python3
cd "$tmp" || exit 1
peers=$root/tests/peers
head -c 8000 /dev/zero | tr '\0' '\052' >voice.ul

# Two clients as they should be: one that pauses and hangs up, one that is asked
# and hung up on. SIPp as it is run here speaks UDP, whatever the size.
sed 's/^\( *\)Require: siprec$/&\n\1Allow: INVITE, ACK, BYE, CANCEL, UPDATE, OPTIONS/' \
	"$peers/client.xml" >pauses.xml
sed '/<nop>/,$d' pauses.xml >asked.xml
cat "$peers/asked.part" >>asked.xml
large=3261-18.1.1-a

# judged NAME FILE: runs SIPp; sets $broken to the rules that it broke
judged()
{
	local options=()

	grep -q 'recv request="BYE"' "$2" &&
		options=(--ask snapshot --ask offer --bye-after 3s)
	start_srs "$1.log" --judge --json --level should "${options[@]}"
	local srs=$pid
	free_media
	timeout 40 sipp -sf "$2" "127.0.0.1:$port" -i 127.0.0.1 -mi 127.0.0.1 \
		-mp "$media" -m 1 -nostdin -timeout 30s -trace_err \
		-error_file "$1.err" >"$1.out" 2>&1
	local code=$?
	# those with a fault may find the recorder's answer to it wrong
	if [ "$1" = pauses ] || [ "$1" = asked ]; then
		same "$1: SIPp" 0 $code
		[ -s "$1.err" ] && tail -n 3 "$1.err"
	fi
	sleep 1
	kill -INT "$srs"
	end_of "$srs" 20
	broken=$(grep '"kind":"verdict"' "$1.log" |
		jq -r '.findings[] | select(.status == "failed") | .rule' |
		sort | xargs)
}

# Sets $media to an even port that was free a moment ago.
free_media()
{
	local sip=$port srs=$pid

	start_srs free.log
	kill -INT "$pid"
	end_of "$pid" 10
	media=$((port / 2 * 2))
	port=$sip
	pid=$srs
}

for client in pauses asked; do
	judged $client $client.xml
	same "$client: nothing but its size" "$large" "$broken"
	same "$client: most rules had an occasion" 1 "$(
		grep '"kind":"verdict"' $client.log | jq '([.findings[] |
		select(.status == "passed")] | length) > 35 | if . then 1 else 0 end')"
done
same 'the message is shown' 1 "$(grep '"kind":"verdict"' pauses.log |
	jq -r '.findings[] | select(.status == "failed") | .message' |
	grep -c '^INVITE sip:rec@')"

# fault NAME CLIENT RULES SED...: the client with that change breaks these rules
# beside the one about its size
fault()
{
	local name=$1 client=$2 rules=$3

	shift 3
	sed "$@" "$client.xml" >"$name.xml"
	if cmp -s "$client.xml" "$name.xml"; then
		bad "$name" 'another client' 'the same'
		return
	fi
	judged "$name" "$name.xml"
	same "$name" "$(printf '%s\n' $rules $large | sort -u | xargs)" "$broken"
}

# OPENSIPS.md calls them A1, A2, ... B1, ... C1, ...
fault A1-times-without-colon pauses '7865-6.9-a 7865-9-a' \
	's/T00:00:00Z</T00:00:00+0000</'
fault A2-group-of-free-text pauses '7865-6.10-b 7865-9-a' \
	's|<datamode>complete</datamode>|&<group group_id="support-team"></group>|'
fault A3-aor-unescaped pauses '7865-5.1-a' \
	's/sip:carol@example.com/sip:carol\&co@example.com/'
fault A6-call-id-as-session-id pauses '7865-6.3.1-c' \
	's|<start-time>|<sipSessionID>[call_id]</sipSessionID>&|'
fault A13-label-of-no-line pauses '7866-9.1-h' \
	's|<label>97</label>|<label>98</label>|'
fault A15-aor-with-parameters pauses '7865-6.5.1-a' \
	's/sip:carol@example.com/&:5060;user=phone/'
fault B1-version-stays pauses '3264-8-b.src' 's/^\( *o=src 7\) 2 /\1 1 /'
fault B2-lines-move pauses '3264-8-c' -e '/CSeq: 2 INVITE/,/CSeq: 2 ACK/{' \
	-e 's/label:96/label:x/;s/label:97/label:96/;s/label:x/label:97/' -e '}'
fault B4-key-in-clear pauses '4568-3-a' \
	's|^\( *\)a=label:96$|&\n\1a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|'
fault B5-wrong-address-type pauses '8866-5.2-a.src' \
	's/^\( *o=src 7 [12] IN IP\)\[local_ip_type\]/\16/'
fault C1-from-is-the-recorder pauses '7866-6.1.1-c' \
	's/From: "A client" <sip:src@\[local_ip\]:\[local_port\]>/From: "A client" <sip:rec@[remote_ip]:[remote_port]>/'
fault C2-no-accept pauses '3261-20.1-a' '/^ *Accept: /d'
fault C3-snapshot-refused asked '7866-9.1-k' \
	-e 's/200 A snapshot follows/488 Not Acceptable Here/' \
	-e '/<!-- snapshot -->/,/<!-- end of the snapshot -->/d'
fault C4-bye-refused asked '3261-15.1.2-a.src' \
	's|200 Good night|405 Method Not Allowed\n      Allow: INVITE, ACK|'
fault C5-no-offer asked '3261-14.2-b 3261-8.2.1-a' \
	-e '/200 An offer/,/<\/send>/{/^ *[vosctma]=/d;/Content-Type/d;/Contact/d}' \
	-e 's/200 An offer/405 Method Not Allowed/'
fault C6-two-brackets asked '3261-8.1.1.8-a.src 3840-9-a.src 7866-6.1.1-d' \
	'/200 An offer/,/a=label:97/s/Contact: \(<[^>]*>;+sip.src\)/Contact: <\1>/'
fault no-tag-and-no-option pauses '7866-6.1.1-d 7866-6.1.1-g' \
	's/;+sip.src$//;/^ *Require: siprec/d'
fault no-disposition pauses '3261-20.11-a' '/Content-Disposition/d'
fault labels-missing pauses '7866-7.1.1-b 7866-9.1-h' '/^ *a=label:/d'

# ---- our own SRC, with the module's habits and without ----
cat >mine.yml <<'YAML'
name: mine
matrix: {profile: [rfc, opensips]}
src: {profile: "${profile}"}
srs: {name: lab, uri: "sip:lab@127.0.0.1:${PORT}"}
call: {end: 5s}
YAML
for profile in rfc opensips; do
	start_srs $profile.log --judge --json --level should --ask snapshot \
		--ask offer --bye-after 3s
	timeout 60 "$prog" run mine.yml -q --keep never --var PORT="$port" \
		-n "*$profile*" >/dev/null 2>&1
	sleep 1
	kill -INT "$pid"
	end_of "$pid" 20
	grep '"kind":"verdict"' $profile.log |
		jq -r '.findings[] | select(.status == "failed") | .rule' |
		sort | xargs >$profile.broken
done
same 'ours: nothing but its size' "$large" "$(cat rfc.broken)"
for rule in 7866-6.1.1-c 3261-20.1-a 3311-4-a.src 3261-15.1.2-a.src 3261-14.2-b \
	3261-8.2.1-a 7866-9.1-k 7865-9-a 7865-6.9-a 7865-6.3.1-c; do
	same "the module's habits: $rule" 1 "$(grep -cw -- "$rule" opensips.broken)"
done

# ---- words and codes ----
start_srs text.log --judge
timeout 40 sipp -sf pauses.xml "127.0.0.1:$port" -i 127.0.0.1 -m 1 -nostdin \
	-timeout 30s >/dev/null 2>&1
kill -INT "$pid"
end_of "$pid" 20
same 'text: exit code' 1 "$rc"
same 'text: the sum' '0 passed, 1 failed' "$(tail -n 1 text.log)"
same 'text: rule, wanted, got, by' '1 1 1 1' \
	"$(grep -c "must   $large" text.log) $(grep -c '  wanted: ' text.log) $(grep -c '  got: ' text.log) $(grep -c '  by: ' text.log)"
start_srs none.log --judge
kill -INT "$pid"
end_of "$pid" 20
same 'nobody came: exit code' 5 "$rc"
same 'nobody came: says' 'nobody called: no client was judged' \
	"$(cat none.log.err)"

# Requests that are refused before they begin a session: they are judged by
# their Call-ID, and told apart from what is no session.
cat >refused.py <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
s.settimeout(5)
port = s.getsockname()[1]
def ask(method, call_id, headers, body='', length=None, tag=''):
    if length is None:
        length = len(body)
    s.sendto((f'{method} sip:rec@127.0.0.1 SIP/2.0\r\n'
              f'Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call_id}\r\n'
              f'Max-Forwards: 70\r\nFrom: <sip:src@example.com>;tag=1\r\n'
              f'To: <sip:rec@127.0.0.1>{tag}\r\nCall-ID: {call_id}\r\n'
              f'CSeq: 1 {method}\r\n{headers}Content-Length: {length}\r\n'
              f'\r\n{body}').encode(), ('127.0.0.1', int(sys.argv[1])))
    print(s.recv(65535).split()[1].decode())
    s.sendto((f'ACK sip:rec@127.0.0.1 SIP/2.0\r\n'
              f'Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call_id}\r\n'
              f'Max-Forwards: 70\r\nFrom: <sip:src@example.com>;tag=1\r\n'
              f'To: <sip:rec@127.0.0.1>;tag=2\r\nCall-ID: {call_id}\r\n'
              f'CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n').encode(),
             ('127.0.0.1', int(sys.argv[1]))) if method == 'INVITE' else 0
contact = f'Contact: <sip:src@127.0.0.1:{port}>'
ask('OPTIONS', 'question', '')
ask('INVITE', 'extension', contact + '\r\nRequire: siprec, foo\r\n')
ask('INVITE', 'length', contact + ';+sip.src\r\nRequire: siprec\r\n', 'v=0', 999)
ask('BYE', 'stray', '', tag=';tag=9')
s.sendto(b'HELLO\r\n\r\n', ('127.0.0.1', int(sys.argv[1])))
PYTHON
# said CALL-ID: the rules that must be kept and were broken
said()
{
	awk -v call="$1" '/^(ok|FAIL) / { on = $NF == call }
		on && $1 == "must" { print $2 }' refused.log | sort | xargs
}
start_srs refused.log --judge
same 'refused: codes' '200 420 400 481' \
	"$(timeout 20 python3 refused.py "$port" 2>&1 | xargs)"
sleep 0.3
kill -INT "$pid"
end_of "$pid" 20
same 'refused: exit code' 1 "$rc"
same 'refused: sessions' 'FAIL refused 420 session extension
FAIL refused 400 session length
FAIL refused 481 session stray' "$(grep ' session ' refused.log)"
same 'refused: an extension' '7866-6.1.1-d 7866-9.1-a' "$(said extension)"
same 'refused: a length' '1' "$(said length | grep -cw 3261-20.14-a.src)"
same 'refused: a BYE' '3261-15-a' "$(said stray)"
same 'refused: what was no SIP' 1 \
	"$(grep -c '^warning: .*: what came is not SIP$' refused.log)"
same 'refused: the sum' '0 passed, 3 failed' "$(tail -n 1 refused.log)"

# More parts than are read is no fault of the client's.
for n in 17 16; do
	awk -v n="$n" '/--boundary--|--[a-z]+--$/ && !done {
		b = $0; sub(/^ */, "", b); sub(/--$/, "", b)
		for (i = 3; i <= n; i++)
			printf "      %s\n      Content-Type: text/plain\n\n      x\n", b
		done = 1 } { print }' pauses.xml >parts.xml
	judged "parts-$n" parts.xml
	same "$n parts: no rule" 0 "$(tr ' ' '\n' <<<"$broken" | grep -c 2046)"
	same "$n parts: a limit" $((n - 16)) "$(grep '"kind":"verdict"' \
		"parts-$n.log" | jq -r '.findings[] | select(.rule ==
		"2046-5.1.1-a" and (.why // "" | contains("most that is read")) and
		.got != "nothing") | .got' | grep -c '^more than 16 parts')"
done
"$prog" srs --judge --level may 2>answer
same 'level' '2 1' "$? $(wc -l <answer)"
"$prog" srs --ask nicely 2>answer
same 'ask' '2 1' "$? $(wc -l <answer)"
finish
