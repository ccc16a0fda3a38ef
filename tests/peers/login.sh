# A part of peers.sh: SIPp asks us for a login and checks what we say, and
# answers our recorder, which asks. This SIPp has MD5 alone.

start_sipp asks "$peers/asks.xml"
SIPREC_SRC_PASSWORD=zanzibar timeout 30 "$prog" call --login siprec \
	--to "sip:rec@127.0.0.1:$port" --duration 1s --out login \
	>login.log 2>&1
same 'login at SIPp' 0 $?
peer_ends asks
same 'login at SIPp, not shown' 0 "$(cat login.log login/* |
	LC_ALL=C grep -ac zanzibar)"

start_sipp asks-wrong "$peers/asks.xml"
timeout 30 "$prog" call --login siprec:casablanca \
	--to "sip:rec@127.0.0.1:$port" --duration 1s >login-wrong.log 2>&1
same 'wrong login at SIPp' 1 $?
more 'wrong login at SIPp, said' 1 "$(grep -c '403 Forbidden' login-wrong.log)"
peer_ends asks-wrong

# answers NAME PASSWORD: SIPp at a recorder that wants that password; sets $sipp
answers()
{
	start_srs "$1.log" --login "siprec:$2" --digest MD5 \
		--json
	srs=$pid
	server=$port
	free_media
	timeout 30 sipp -sf "$peers/answers.xml" "127.0.0.1:$server" \
		-i 127.0.0.1 -mi 127.0.0.1 -mp $media -m 1 -nostdin \
		-timeout 4s -timeout_error >"$1.out" 2>&1
	sipp=$?
	kill -INT "$srs"
	end_of "$srs" 10
	same "$1, srs" 0 "$rc"
	grep -v '^listening' "$1.log" | jq -r .kind | sort -u | tr '\n' ' ' |
		sed 's/ $//' >"$1.kinds"
}
answers sipp-logs-in zanzibar
same 'SIPp logs in' 0 "$sipp"
same 'SIPp logs in, events' 'answered bye ended invite login warning' \
	"$(cat sipp-logs-in.kinds)"
answers sipp-is-wrong casablanca
more 'SIPp with a wrong password' 1 "$sipp"
same 'SIPp with a wrong password, events' login "$(cat sipp-is-wrong.kinds)"
