#!/usr/bin/env bash
# Where a real DNS server says that recorders are: dnsmasq, in a network and with
# a resolv.conf of its own. What a scenario says with `dns`, NAPTR, SRV and
# addresses say here (RFC 3263), and tcpdump's packets show who was asked.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1

if [ "${1:-}" != inside ]; then
	need tshark dnsmasq unshare
	unshare=(unshare -rnm)
	"${unshare[@]}" true 2>/dev/null || unshare=(unshare -nm)
	if ! "${unshare[@]}" ip link set lo up 2>/dev/null; then
		echo 'skipped: no network namespace can be made here'
		ok
		finish
	fi
	exec "${unshare[@]}" "$0" inside
fi

ip link set lo up
echo 'nameserver 127.0.0.1' >"$tmp/resolv.conf"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
cat >"$tmp/dnsmasq.conf" <<END
no-resolv
no-hosts
no-daemon
user=root
pid-file=$tmp/pid
listen-address=127.0.0.1
bind-interfaces
local=/test/
log-queries
naptr-record=pool.test,20,10,s,SIP+D2U,,_sip._udp.pool.test
naptr-record=pool.test,10,10,s,SIP+D2T,,_sip._tcp.pool.test
srv-host=_sip._tcp.pool.test,one.test,5070,10,0
srv-host=_sip._tcp.pool.test,two.test,5070,20,0
srv-host=_sip._udp.pool.test,two.test,5071,10,0
srv-host=_sip._udp.plain.test,two.test,5071,10,0
host-record=one.test,127.0.68.1
host-record=two.test,127.0.68.2
host-record=many.test,127.0.68.1
host-record=many.test,127.0.68.2
cname=alias.test,two.test
END
in_background dnsmasq -C "$tmp/dnsmasq.conf" 2>"$tmp/queries"
wait_for 10 grep -q started "$tmp/queries"
in_background "$prog" srs --listen udp:127.0.68.2:5071 \
	--listen tcp:127.0.68.2:5070 --listen udp:127.0.68.2:5060 \
	--out "$tmp/srs" >"$tmp/srs.log"
wait_for 10 grep -q 'tcp:' "$tmp/srs.log"

# asked NAME URI RESULT WHERE: one call recorded there; WHERE its INVITEs went,
# in this order, as tshark reads the packets
asked()
{
	cat >"$tmp/$1.yml" <<-END
		name: $1
		clock: real
		call: {answer: 50ms, end: 300ms}
		srs: {name: pool, uri: "$2"}
		src: {transport: auto}
		expect:
		  - {attempts: ["pool $3"]}
	END
	if "$prog" run "$tmp/$1.yml" --color never --keep always \
		--out "$tmp/out" >"$tmp/$1.log" 2>&1; then
		ok
	else
		bad "$1" "pool $3" "$(cat "$tmp/$1.log")"
	fi
	same "$1, where" "$4" "$(tshark -r "$tmp/out/$1/wire.pcap" \
		-Y 'sip.Method == INVITE && ip.dst == 127.0.68.0/24' -T fields \
		-e ip.dst -e tcp.dstport -e udp.dstport 2>/dev/null |
		uniq | tr -s '\t\n' ': ' | sed 's/[: ]*$//')"
}

# NAPTR prefers TCP, where nobody is at the first server
asked naptr sip:pool.test 200 '127.0.68.2:5070'
same 'NAPTR is asked' 1 "$(grep -c 'query\[NAPTR\] pool.test' "$tmp/queries")"
asked srv 'sip:plain.test;transport=udp' 200 '127.0.68.2:5071'
asked addresses 'sip:many.test:5060;transport=udp' 200 \
	'127.0.68.1:5060 127.0.68.2:5060'
asked alias 'sip:alias.test:5070;transport=tcp' 200 '127.0.68.2:5070'

# a name that there is not: the hunt goes on
cat >"$tmp/hunt.yml" <<END
name: hunt
clock: real
call: {answer: 50ms, end: 300ms}
srs: [{name: gone, uri: "sip:nobody.test"}, {name: vault}]
expect: {attempts: ["gone unreachable leads nowhere: no such name", vault 200]}
END
"$prog" run "$tmp/hunt.yml" --color never --keep never >"$tmp/hunt.log" 2>&1 ||
	bad 'past a dead name' 'vault 200' "$(cat "$tmp/hunt.log")"

# and no server to ask: nothing can be tried, and it is said why
fails()
{
	"$prog" call --to "$2" --duration 200ms >"$tmp/$1.log" 2>&1
	same "$1, exit code" 4 $?
	grep -q "$3" "$tmp/$1.log" || bad "$1" "$3" "$(cat "$tmp/$1.log")"
}

fails unknown sip:nobody.test "'sip:nobody.test' leads nowhere: no such name"
kill "${started[0]}"
wait_for 10 gone "${started[0]}"
fails no-server sip:pool.test \
	"'sip:pool.test' leads nowhere: DNS does not answer: "
finish
