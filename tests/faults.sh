#!/usr/bin/env bash
# What a user reads when something is wrong: one clear line a fault, with its
# place, and the exit code of the contract.
. "$(dirname "$0")/lib.sh"
need
cd "$tmp" || exit 1

crash='Sanitizer|runtime error|[Ss]egmentation|core dumped|[Aa]ssert|\(null\)|the run crashed'

# fault NAME CODE PATTERN ARGUMENT...: exactly one line on stderr, which the
# extended regular expression PATTERN fits as a whole
fault()
{
	local name=$1 code=$2 pattern=$3 rc lines

	shift 3
	timeout 60 "$prog" "$@" >stdout 2>stderr </dev/null
	rc=$?
	lines=$(wc -l <stderr)
	if [ "$rc" -ne "$code" ]; then
		bad "$name" "exit $code" "exit $rc: $(head -n 5 stderr)"
	elif [ "$lines" -ne 1 ]; then
		bad "$name" "one line on stderr" "$lines: $(cat stderr)"
	elif ! grep -qxE "$pattern" stderr; then
		bad "$name" "a line as $pattern" "$(cat stderr)"
	elif cat stdout stderr | grep -qE "$crash"; then
		bad "$name" "no crash" "$(cat stdout stderr)"
	else
		ok
	fi
}

# trouble NAME CODE PATTERN ARGUMENT...: the same, but found while it runs, so
# that the report tells it
trouble()
{
	local name=$1 code=$2 pattern=$3 rc

	shift 3
	timeout 60 "$prog" "$@" >stdout 2>stderr </dev/null
	rc=$?
	if [ "$rc" -ne "$code" ]; then
		bad "$name" "exit $code" "exit $rc: $(head -n 5 stderr)"
	elif [ "$(grep -cxE "$pattern" stdout)" -ne 1 ]; then
		bad "$name" "a line as $pattern" "$(cat stdout stderr)"
	elif cat stdout stderr | grep -qE "$crash"; then
		bad "$name" "no crash" "$(cat stdout stderr)"
	else
		ok
	fi
}

# scenario FILE LINE...: a name and a recorder, then the lines
scenario()
{
	local file=$1

	shift
	printf '%s\n' 'name: A test' 'srs: [{name: vault}]' "$@" >"$file"
}

# in_file FILE CODE PATTERN: every command that reads it says the same
in_file()
{
	local command

	for command in run check list explain; do
		fault "$command $1" "$2" "$1:$3" $command "$1"
	done
}

scenario good.yml
mkdir empty

# ---- files and directories ----
for c in run check list explain; do
	fault "$c, missing file" 4 'gone\.yml: No such file or directory' \
		$c gone.yml
	fault "$c, directory without scenarios" 5 'empty: no scenario .*' \
		$c empty
done
fault 'one of two is missing' 4 'gone\.yml: No such .*' run good.yml gone.yml
fault 'a directory as a report' 4 'empty: Is a directory' \
	run good.yml --report json=empty
fault 'a report in no directory' 4 'no/dir/r\.json: No such .*' \
	run good.yml --report json=no/dir/r.json

# ---- the text of a scenario ----
printf 'name: x\nsrs:\n  - {name: vault\ncall: {}\n' >syntax.yml
in_file syntax.yml 3 '4:5: did not find expected .*'
printf 'name: x\n\tsrs: vault\n' >tab.yml
in_file tab.yml 3 '2:1: .*'
printf 'name: \377\376\n' >bytes.yml
in_file bytes.yml 3 '.*UTF-8.*'
: >nothing.yml
in_file nothing.yml 3 '1:1: .*'
printf 'a: &a [*a]\n' >cycle.yml
fault 'an alias of itself' 3 'cycle\.yml:1:[0-9]+: .*' run cycle.yml
scenario unknown.yml 'call:' '  anwser: 1s'
in_file unknown.yml 3 \
	"4:3: unknown key 'anwser' in call \(did you mean 'answer'\?\)"
scenario repeated.yml 'call: {}' 'name: again'
in_file repeated.yml 3 "4:1: key 'name' is repeated \(first on line 1\)"
scenario type.yml 'call:' '  end: soon'
in_file type.yml 3 "4:8: 'end' wants a time such as .*, not 'soon'"
scenario list.yml 'call: [a, b]'
in_file list.yml 3 "3:7: .*call.*"
scenario name.yml 'expect:' '  - {recorded_by: valt}'
in_file name.yml 3 \
	"4:19: there is no recorder 'valt' \(did you mean 'vault'\?\)"
scenario server.yml 'src: {servers: [valt]}'
in_file server.yml 3 "3:17: 'valt' is neither .* \(did you mean 'vault'\?\)"
scenario step.yml 'timeline:' '  - {at: 1s, pause: recroding}'
in_file step.yml 3 "4:21: there is no instance 'recroding'.*"
scenario later.yml 'src: {dialect: x}'
in_file later.yml 3 "3:7: 'dialect' is not built yet"
scenario regex.yml 'src: {skip_failover_codes: "4(8"}'
in_file regex.yml 3 "3:28: .*"
scenario xpath.yml 'expect:' '  - {metadata: "//r:[", has: x}'
in_file xpath.yml 3 "4:16: .*"
printf 'name: "${TITLE}"\nsrs: [{name: vault}]\n' >variable.yml
in_file variable.yml 3 '1:7: \$\{TITLE\} has no value.*'

scenario three.yml 'call: {anwser: 1s}' 'src: {servers: [valt]}' \
	'expect: [{recorded_by: valt}]'
"$prog" run three.yml >stdout 2>stderr
same 'three faults: exit code' 3 $?
same 'three faults: their places' '3:8 4:17 5:24' \
	"$(sed -E 's/^three\.yml:([0-9]+:[0-9]+): .*/\1/' stderr | tr '\n' ' ' |
		sed 's/ $//')"

# ---- files that a scenario names ----
echo 'no sound' >text.wav
head -c 10 "$root/pcaps/call-pcmu.pcap" >stub.pcap
cp "$root/pcaps/call-pcmu.pcap" whole.pcap
head -c 20000 "$root/pcaps/call-pcmu.pcap" >cut.pcap
for key in wav pcap; do
	scenario no-$key.yml 'media:' "  caller: {$key: gone.$key}"
	in_file no-$key.yml 4 "4:[0-9]+: '$key': there is no file 'gone.$key'"
	scenario dir-$key.yml 'media:' "  caller: {$key: empty}"
	in_file dir-$key.yml 4 "4:[0-9]+: '$key': 'empty' is not a file"
done
scenario bad-wav.yml 'media:' '  caller: {wav: text.wav}'
in_file bad-wav.yml 4 '4:17: text\.wav: not a sound file: .*'
scenario bad-pcap.yml 'media:' '  caller: {pcap: text.wav}'
in_file bad-pcap.yml 4 '4:18: text\.wav: not a capture file.*'
scenario stub.yml 'media:' '  caller: {pcap: stub.pcap}'
in_file stub.yml 4 '4:18: stub\.pcap: .*'
scenario stream.yml 'media:' '  caller: {pcap: whole.pcap, stream: 99}'
in_file stream.yml 3 '4:18: no stream 99 in whole\.pcap; it has: 1 .*'
scenario ssrc.yml 'media:' '  caller: {pcap: whole.pcap, ssrc: 0x00000001}'
in_file ssrc.yml 3 '4:18: no stream .*0x00000001.*'

# A capture that breaks off plays what is whole, and says so once.
scenario cut.yml 'media:' '  caller: {pcap: cut.pcap, stream: 1}' \
	'expect:' '  - {rtp: vault/caller, packets: 20..60}'
fault 'run, pcap cut in the middle' 0 \
	'warning: cut\.pcap: the file breaks off inside packet [0-9]+' \
	run cut.yml --keep never

# ---- the command line ----
fault 'unknown option' 2 \
	"siprec-src run: unknown option '--nmae' \(did you mean '--name'\?\)" \
	run --nmae x good.yml
fault 'unknown letter' 2 "siprec-src run: unknown option '-Z' .*" \
	run -Z good.yml
fault 'unknown command' 2 \
	"siprec-src: unknown command 'rnu' \(did you mean 'run'\?\)" \
	rnu good.yml
fault 'unknown option, no command' 2 "siprec-src: unknown option '--runn'.*" \
	--runn
fault 'no file' 2 'siprec-src run: .*' run
fault 'option without a value' 2 'siprec-src run: .*--seed.* needs a value.*' \
	run good.yml --seed
for shard in x 0/2 3/2 1/0 1 1/2/3 -1/2; do
	fault "shard $shard" 2 "siprec-src run: --shard wants .*'$shard'" \
		run good.yml --shard=$shard
done
for report in json json= xml=f =f; do
	fault "report $report" 2 "siprec-src run: --report wants .*" \
		run good.yml --report $report
done
fault 'jobs 0' 2 "siprec-src run: --jobs wants .*'0'" run good.yml -j 0
fault 'seed x' 2 "siprec-src run: --seed wants .*'x'" run good.yml --seed x
fault 'clock' 2 "siprec-src run: --clock wants .*'sundial'" \
	run good.yml --clock sundial
fault 'keep' 2 "siprec-src run: --keep wants .*'some'" run good.yml --keep some
fault 'var' 2 "siprec-src run: --var wants .*'X'" run good.yml --var X
fault 'name matches nothing' 5 'nothing matched the selection.*' \
	run good.yml -n 'nope*'
fault 'tag matches nothing' 5 'nothing matched the selection.*' \
	run good.yml -t nope
fault 'call without --to' 2 'siprec-src call: .*--to.*' call
fault 'call to nonsense' 2 'siprec-src call: .*' call --to 'not a uri'
fault 'call with a bad time' 2 "siprec-src call: --duration wants .*" \
	call --to sip:a@127.0.0.1 --duration soon
fault 'call with no sound' 4 '.*gone\.wav.*' \
	call --to sip:a@127.0.0.1 --wav gone.wav
fault 'relay to nonsense' 2 "siprec-src call: --relay wants ADDR:PORT,ADDR:PORT.*" \
	call --to sip:a@127.0.0.1 --relay here,127.0.0.1:0
fault 'relay of three' 2 'siprec-src call: --relay wants ADDR:PORT,ADDR:PORT.*' \
	call --to sip:a@127.0.0.1 --relay 127.0.0.1:0,127.0.0.1:0,127.0.0.1:0
fault 'relay and a tone' 2 'siprec-src call: --relay brings the voices.*' \
	call --to sip:a@127.0.0.1 --relay 127.0.0.1:0 --tone 440
fault 'peer of no relay' 2 'siprec-src call: --peer goes with --relay.*' \
	call --to sip:a@127.0.0.1 --peer 127.0.0.1:4000
fault 'keys that all can read' 2 'siprec-src call: --srtp tells its keys.*' \
	call --to 'sip:a@127.0.0.1;transport=tcp' --srtp on
fault 'keys of nothing' 2 'siprec-src call: --clear-keys goes with --srtp' \
	call --to sip:a@127.0.0.1 --clear-keys
fault 'an unknown suite' 2 "siprec-src call: --srtp does not know 'AES'.*" \
	call --to sips:a@127.0.0.1 --srtp AEAD_AES_128_GCM,AES
fault 'a suite twice' 2 'siprec-src replay: --srtp has AEAD_AES_256_GCM twice' \
	replay "$root/pcaps/baresip-tcp4.pcap" \
	--srtp AEAD_AES_256_GCM,AEAD_AES_256_GCM
fault 'call to no host' 4 '.*no-such-host\.invalid.*' \
	call --to sip:a@no-such-host.invalid --duration 1s
fault 'srs on nonsense' 2 'siprec-src srs: .*' srs --listen nonsense
fault 'srs to nowhere' 2 "siprec-src srs: --redirect wants a SIP URI.*'junk'.*" \
	srs --redirect junk
fault 'srs to no port' 2 "siprec-src srs: --redirect wants a SIP URI.*" \
	srs --redirect sip:a@h:99999
fault 'level of no judge' 2 'siprec-src srs: --level goes with --judge.*' \
	srs --level must
fault 'ladder of any directory' 4 \
	'\.: no wire\.pcap is in it \(wanted is the directory that a run has kept,.*' \
	ladder .
fault 'diff of any directory' 4 '\.: no wire\.pcap is in it.*' diff . .
fault 'srs in no directory' 4 '.*good\.yml.*' \
	srs --listen udp:127.0.0.1:0 --out good.yml/x

# ---- the environment ----
start_srs occupant.log
scenario busy.yml
sed -i "s/name: vault/name: vault, listen: \"udp:127.0.0.1:$port\"/" busy.yml
trouble 'run, port busy' 4 ".*127\.0\.0\.1:$port: Address already in use" \
	run busy.yml --clock real
scenario busy-live.yml "media: {caller: {udp: \"127.0.0.1:$port\"}}"
trouble 'run, port of a live party busy' 4 \
	".*caller: 127\.0\.0\.1:$port: Address already in use" \
	run busy-live.yml
trouble 'run, live on the virtual clock' 3 \
	'.*a party is live: that needs the real clock' \
	run busy-live.yml --clock virtual
fault 'call, port of the relay busy' 4 \
	"siprec-src call: caller: 127\.0\.0\.1:$port: Address already in use" \
	call --to sip:127.0.0.1:9 --relay 127.0.0.1:"$port",127.0.0.1:0
scenario busy-src.yml "src: {socket: \"udp:127.0.0.1:$port\"}"
trouble 'run, socket of the SRC busy' 4 \
	".*socket of the SRC: 127\.0\.0\.1:$port: Address already in use" \
	run busy-src.yml --clock real
scenario twice.yml 'src: {socket: "udp:127.0.0.1:5079"}'
sed -i 's/name: vault/name: vault, listen: "udp:127.0.0.1:5079"/' twice.yml
trouble 'run, socket of the SRC taken on the simulated wire' 4 \
	".*127\.0\.0\.1:5079: address already in use" run twice.yml
fault 'srs, port busy' 4 ".*127\.0\.0\.1:$port: Address already in use" \
	srs --listen udp:127.0.0.1:"$port"
kill -INT "$pid"
end_of "$pid" 10
same 'the occupant ends' 0 "$rc"

printf '%s\n' 'name: x' \
	'srs: [{name: v, uri: "sip:v@no-such-host.invalid"}]' >host.yml
trouble 'run, unknown host' 4 '.*no-such-host\.invalid.*' run host.yml

pcaps=$root/pcaps
: >empty.pcap
printf '\x28\xb5\x2f\xfd' >packed.pcap
echo 'no capture at all' >text.pcap
head -c 10 "$pcaps/g722.pcap" >stump.pcap
# link type 105 is wireless
{ head -c 20 "$pcaps/g722.pcap"; printf '\x69\0\0\0'; } >wireless.pcap
fault 'inspect: which' 2 \
	'siprec-src inspect: which capture\? \(see --help\)' inspect
fault 'inspect: two' 2 'siprec-src inspect: one capture at a time' \
	inspect a b
fault 'inspect: no file' 4 \
	'x\.pcap: cannot be opened: No such file or directory' inspect x.pcap
fault 'inspect: empty' 4 'empty\.pcap: not a capture file: it is empty' \
	inspect empty.pcap
fault 'inspect: compressed' 4 'packed\.pcap: is compressed: unzstd it first' \
	inspect packed.pcap
fault 'inspect: text' 4 'text\.pcap: not a capture file: unknown file format' \
	inspect text.pcap
fault 'inspect: stump' 4 'stump\.pcap: not a capture file: its header is cut' \
	inspect stump.pcap
fault 'inspect: link type' 4 \
	'wireless\.pcap: link type IEEE802_11 is not supported' \
	inspect wireless.pcap
fault 'inspect: no such call' 5 ".*: no call '7' in it; it has 1 call" \
	inspect --call 7 "$pcaps/call-pcmu.pcap"
fault 'inspect: extract what' 5 ".*: no call 'x@y' in it; it has 1 call" \
	inspect --extract x@y out.pcap "$pcaps/call-pcmu.pcap"
fault 'inspect: extract where' 2 \
	'siprec-src inspect: --extract 1 to which file\?' \
	inspect "$pcaps/call-pcmu.pcap" --extract 1
fault 'inspect: extract fails' 4 '/nowhere/x: cannot be written: .*' \
	inspect --extract 1 /nowhere/x "$pcaps/call-pcmu.pcap"
fault 'inspect: broken off' 0 \
	'.*/cut\.pcap: the file breaks off inside packet 153' \
	inspect "$pcaps/cut.pcap"
mkfifo pipe.pcap
cat "$pcaps/call-pcmu.pcap" >pipe.pcap &
fault 'inspect: ladder of a pipe' 2 \
	'siprec-src inspect: pipe\.pcap is a pipe: --call reads it twice' \
	inspect --call 1 pipe.pcap
same 'inspect: pipe' 'pipe.pcap: 309 packets (EN10MB), 1 call, 2 streams, 0 without a call' \
	"$("$prog" inspect pipe.pcap | tail -n 1)"

mkfifo again.pcap
fault 'replay: a pipe' 2 \
	'siprec-src replay: again\.pcap is a pipe: it is read twice' \
	replay again.pcap
fault 'replay: which' 2 'siprec-src replay: which capture\? \(see --help\)' \
	replay
fault 'replay: two' 2 'siprec-src replay: one capture at a time' replay a b
fault 'replay: no file' 4 \
	'x\.pcap: cannot be opened: No such file or directory' replay x.pcap
fault 'replay: text' 4 'text\.pcap: not a capture file: unknown file format' \
	replay text.pcap
fault 'replay: no such call' 5 ".*: no call '7' in it; it has 1 call" \
	replay "$pcaps/call-pcmu.pcap" --call 7
fault 'replay: nothing to record' 5 '.*: no call in it has media' \
	replay "$pcaps/baresip-busy.pcap"
trouble 'replay: a call without RTP' 1 \
	'not recorded: there is no RTP of it in the capture' \
	replay "$pcaps/baresip-cancel.pcap" --call 1
fault 'replay: speed' 2 \
	"siprec-src replay: --speed wants max, or how often .*, not 'fast'" \
	replay "$pcaps/call-pcmu.pcap" --speed fast
fault 'replay: too late' 2 \
	'siprec-src replay: the captured call is over at 4\.02s' \
	replay "$pcaps/call-pcmu.pcap" --start-at 5s
fault 'replay: rewrite' 2 "siprec-src replay: --rewrite wants .*, not 'all'" \
	replay "$pcaps/call-pcmu.pcap" --rewrite all
fault 'replay: nobody there' 2 \
	'siprec-src replay: .*: nothing of the call comes from or goes to 10\.9\.9\.9' \
	replay "$pcaps/call-pcmu.pcap" --caller 10.9.9.9
fault 'replay: no stream of theirs' 5 \
	'.*: no call in it has media, and no stream without SIP comes from or goes to who was named' \
	replay "$pcaps/g722.pcap" --caller 10.9.9.9:4000
fault 'replay: a URI' 2 "siprec-src replay: --to wants .*, not 'vault'" \
	replay "$pcaps/call-pcmu.pcap" --to vault
fault 'from-pcap: no such call' 5 ".*: no call '7' in it; it has 1 call" \
	from-pcap "$pcaps/call-pcmu.pcap" --call 7
cp "$pcaps/call-pcmu.pcap" captured.pcap
"$prog" from-pcap captured.pcap >captured.yml
"$prog" run captured.yml >stdout 2>stderr
same 'from-pcap: what it writes passes' '0 1 passed, 0 failed' \
	"$? $(tail -n 1 stdout)"
scenario picked.yml 'call: {pcap: captured.pcap, pick: {index: 3}}'
in_file picked.yml 3 '3:14: captured\.pcap: no call 3 in it: it has 1 call'
scenario hold.yml 'call: {pcap: captured.pcap}' 'timeline: {at: 2s, hold: caller}'
in_file hold.yml 3 '4:11: a call out of a capture can be ended, but not changed'

finish
