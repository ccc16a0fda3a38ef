# A part of conform.sh: recorders that share no code with us, all at a time.
# shellcheck shell=bash
golden=$root/tests/peers/conform
. "$root/tests/sipp.sh"
. "$root/tests/peers/kamailio_start.sh"

# What differs from run to run is taken out: ports, times, tags, and which is
# first, the CANCEL or the 200 that SIPp sends right after its 180.
findings()
{
	jq -r '.scenarios[0].expect[] | select(.status == "failed") |
		select(.check != "cancel-ends") |
		"\(.level) \(.check) \(.rfc | join(", "))\n  got: \(.got)\n" +
		"  message: \((.message // "none") | split("\n")[0])"' "$1" |
		sed -E 's/(127\.0\.0\.1|192\.0\.2\.1):[0-9]+/HOST/g
			s/after [0-9.]+ (ms|s)\b/after a while/g
			s/call [0-9]+ of/call N of/g; s/ \([0-9]+ packets\)//g
			s/(about) caller(; .* about) callee/\1 callee\2 caller/
			s/(m=audio) [0-9]+/\1 PORT/g; s/at [0-9.]+ s/at a time/g'
}

# held NAME [GOLDEN]: against the golden file; every finding has its proof, but
# where the recorder kept silent
held()
{
	local file=$golden/${2:-$1}.golden

	findings "$1.json" >"$1.found"
	[ "$write" ] && cp "$1.found" "$file"
	same "$1, findings" '' "$(diff "$file" "$1.found")"
	same "$1, without proof" "$(grep -cE 'got: no (final )?answer' \
		"$1.found")" \
		"$(grep -c 'message: none' "$1.found")"
}

# begin_NAME: sets $pid and $port, or says why not. All of them begin before the
# first is examined, so that nobody else takes the port meanwhile.
begin_sipp()
{
	local try

	for try in 1 2 3 4 5; do
		free_port
		free_media
		in_background sipp -sn uas -i 127.0.0.1 -mi 127.0.0.1 \
			-p "$port" -mp "$media" -nostdin >sipp.out 2>&1
		wait_for 3 listens "$port" && return
		kill -KILL "$pid" 2>/dev/null
		echo "ports of SIPp were taken, try $try"
	done
	return 1
}

begin_sofia()
{
	pkg-config --exists sofia-sip-ua || {
		note 'Sofia-SIP: no libsofia-sip-ua-dev'
		return 1
	}
	make -s -C "$root" BUILD="$BUILD" peers >make.log 2>&1
	in_background "$BUILD/peers/sofia_srs" >sofia.log 2>sofia.err
	wait_for 10 grep -q '^listening ' sofia.log
	port=$(sed -n 's/^listening udp:.*://p' sofia.log)
}

begin_kamailio()
{
	command -v kamailio >/dev/null || {
		note 'Kamailio: not installed'
		return 1
	}
	start_kamailio gate "$root/tests/peers/gate.cfg"
}

begin_baresip()
{
	command -v baresip >/dev/null || {
		note 'baresip: not installed'
		return 1
	}
	unshare=(unshare -rn)
	"${unshare[@]}" true 2>/dev/null || unshare=(unshare -n)
	"${unshare[@]}" ip link set lo up 2>/dev/null || {
		note 'baresip: no network namespace to be had, or no ip'
		return 1
	}
}

for name in sipp sofia kamailio baresip; do
	if "begin_$name"; then
		declare "${name}_pid=$pid" "${name}_port=$port"
	fi
done
for name in sipp sofia kamailio; do
	at=${name}_port
	[ "${!at:-}" ] && beside "$name" 1 "sip:rec@127.0.0.1:${!at}"
done
# over TCP Sofia-SIP does what it does over UDP
[ "${sofia_port:-}" ] &&
	beside sofia-tcp 1 "sip:rec@127.0.0.1:$sofia_port;transport=tcp"
if [ "${baresip_port:-}" ]; then
	"${unshare[@]}" "$root/tests/peers/baresip.sh" "$prog" conform \
		>baresip.log 2>&1 &
	asked+=("$! 1 baresip")
fi
all_said
for name in sipp sofia kamailio baresip; do
	at=${name}_port
	[ "${!at:-}" ] && held "$name"
done

kill -USR1 "$sipp_pid"
end_of "$sipp_pid" 10
if [ "${sofia_port:-}" ]; then
	held sofia-tcp sofia
	more 'sofia-tcp, passed' 100 "$(count sofia-tcp passed)"
	kill -INT "$sofia_pid"
	end_of "$sofia_pid" 10
	same 'sofia, calls left' 'left 0' "$(tail -n 1 sofia.log)"
fi
if [ "${kamailio_port:-}" ]; then
	kill -TERM "$kamailio_pid"
	end_of "$kamailio_pid" 10
	# what it could not read it says itself
	for said in 'content length header missing' \
		'invalid header name for \[And this is after' \
		'boundary not found after content'; do
		same "kamailio says '$said'" 1 "$(grep -c "$said" gate.log)"
	done
fi
