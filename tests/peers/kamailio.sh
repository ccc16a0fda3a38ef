# A part of peers.sh: Kamailio as a proxy with Record-Route between us and our
# recorder, which also checks each request that passes (sanity).

. "$peers/kamailio_start.sh"

# kamailio_before PORT: sets $pid and $port
kamailio_before()
{
	sed "s/127.0.0.1:TO\"/127.0.0.1:$1\"/" "$peers/kamailio.cfg" >before.cfg
	start_kamailio kamailio before.cfg
}

# behind_kamailio NAME [OPTION...]: our recorder, and Kamailio before it; sets
# $srs, $kamailio and $port
behind_kamailio()
{
	start_srs "$1.log" "${@:2}"
	srs=$pid
	kamailio_before "$port"
	kamailio=$pid
}

# kamailio_ends NAME
kamailio_ends()
{
	kill -TERM "$kamailio"
	end_of "$kamailio" 10
	kill -INT "$srs"
	end_of "$srs" 10
	same "$1, srs" 0 "$rc"
}

at_kamailio()
{
	# all that is asked of the lab's recorders, through the proxy
	behind_kamailio lab-kamailio --json
	lab kamailio
	kamailio_ends lab-kamailio
	same 'lab kamailio, as at ours' '' "$(diff ours.said kamailio.said)"

	# a login behind it: the realm is the recorder's
	behind_kamailio kamailio-login --login rec:secret
	timeout 30 "$prog" call --login rec:secret --duration 1s \
		--to "sip:rec@127.0.0.1:$port" --out kamailio-login \
		>kamailio-login.call 2>&1
	same 'login through Kamailio' 0 $?
	same 'login through Kamailio, route of the BYE' 1 "$(tshark \
		-r kamailio-login/wire.pcap -T fields -e sip.Route -Y \
		"sip.Method == BYE && sip.auth && udp.dstport == $port" \
		2>/dev/null | grep -c ";lr")"
	kamailio_ends kamailio-login

	# the recorder's BYE comes back the way we went
	behind_kamailio kamailio-bye --bye-after 500ms
	cat >kamailio-bye.yml <<-END
		name: A BYE through a proxy
		call: {answer: 100ms, end: 2s}
		srs: [{name: far, uri: "sip:rec@127.0.0.1:$port"}]
		expect:
		  - {attempts: [far 200]}
		  - {events: [start, lost, stop]}
		  - {reply: BYE, by: src, code: 200}
	END
	timeout 30 "$prog" run kamailio-bye.yml >kamailio-bye.out 2>&1
	same 'BYE through Kamailio' 0 $?
	kamailio_ends kamailio-bye
	same 'Kamailio finds nothing insane' 0 "$(grep -c insane kamailio.log)"
}

if command -v kamailio >/dev/null; then
	at_kamailio
else
	note 'Kamailio: not installed'
fi
