#!/usr/bin/env bash
# make.sh [DIR]: makes the captures of other programs that pcaps/ holds anew:
# SIPp, and baresip calling baresip, with tcpdump beside them. Each case has a
# network namespace of its own, so it needs to be root.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../../pcaps}" && pwd)
modules=$(dirname "$(find /usr/lib /usr/local/lib -name g711.so \
	-path '*baresip*' -print -quit)")

if [ "${IN_NAMESPACE:-}" = '' ]; then
	for case in sipp_echo sipp_tcp sipp_any sipp_fragments talk_udp4 talk_tcp4 talk_udp6 talk_tcp6 \
		early cancel busy; do
		IN_NAMESPACE=1 unshare -n "$0" "$out" $case || echo "$case failed"
	done
	exit
fi

case=$2
work=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
cd "$work" || exit 1
ip link set lo up
# Where there is IPv4, baresip takes it for media.
case $case in
*6)
	ip address del 127.0.0.1/8 dev lo
	ip address add 2001:db8::1/128 dev lo nodad
	ip address add 2001:db8::2/128 dev lo nodad
	control=::1
	;;
*)
	ip address add 192.0.2.1/32 dev lo
	ip address add 192.0.2.2/32 dev lo
	control=127.0.0.1
	;;
esac

begin()
{
	"$@" >>log 2>&1 &
	started+=($!)
}

# Ten seconds of something that is not silence.
sound()
{
	printf 'RIFF\xa4\x71\x02\0WAVEfmt \x10\0\0\0\1\0\1\0'
	printf '\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\x71\x02\0'
	yes 'a tone of some kind' | head -c 160000
}
sound >tone.wav

# capture NAME [INTERFACE]: until the script ends
capture()
{
	begin tcpdump -i "${2:-lo}" -U -s 0 -Z root -w "$out/$1.pcap" 'not icmp and not icmp6'
	sleep 1
}

# ua NAME ADDRESS CONTROL-PORT ANSWERMODE TRANSPORT
ua()
{
	mkdir "$1"
	cat >"$1/config" <<-END
		sip_listen	$2:5060
		net_interface	lo
		module_path	$modules
		module		g711.so
		module		aubridge.so
		module		aufile.so
		module_app	account.so
		module_app	contact.so
		module_app	menu.so
		module_app	ctrl_tcp.so
		ctrl_tcp_listen	${control/::1/[::1]}:$3
		audio_source	aufile,$work/tone.wav
		audio_player	aubridge,$1
		audio_alert	aubridge,none
		rtp_stats	no
	END
	echo "\"$1\" <sip:$1@${2/2001*/[$2]};transport=$5>;regint=0;answermode=$4;audio_codecs=PCMU,PCMA" |
		sed -E 's/\[\[/[/; s/\]\]/]/' >"$1/accounts"
	: >"$1/contacts"
	begin baresip -f "$1"
	for _ in $(seq 50); do
		grep -q 'baresip is ready' log && break
		sleep 0.1
	done
	sleep 1
}

# tell CONTROL-PORT COMMAND [ARGUMENT]
tell()
{
	local text="{\"command\":\"$2\",\"params\":\"${3:-}\"}"

	exec 3<>"/dev/tcp/$control/$1"
	printf '%d:%s,' ${#text} "$text" >&3
	sleep 0.3
	exec 3>&-
}

# talk TRANSPORT A B: a call with a hold
talk()
{
	ua alice "$2" 4441 manual "$1"
	ua bob "$3" 4442 auto "$1"
	capture "baresip-$4"
	tell 4441 dial "sip:bob@$3;transport=$1"
	sleep 0.5
	tell 4441 hold
	sleep 0.3
	tell 4441 resume
	sleep 0.3
	tell 4441 hangup
	sleep 1
}

case $case in
sipp_echo)
	ln -s /usr/share/sip-tester pcap
	begin sipp -sn uas -i 192.0.2.2 -mi 192.0.2.2 -rtp_echo -m 1 -nostdin
	capture sipp-echo
	timeout 30 sipp -sn uac_pcap -i 192.0.2.1 -mi 192.0.2.1 -m 1 -nostdin \
		192.0.2.2 >>log 2>&1
	sleep 1
	;;
sipp_tcp)
	begin sipp -sn uas -t t1 -i 192.0.2.2 -m 4 -nostdin
	capture sipp-tcp
	timeout 30 sipp -sn uac -t t1 -i 192.0.2.1 -m 4 -r 4 -d 300 -nostdin \
		192.0.2.2 >>log 2>&1
	sleep 1
	;;
sipp_any)
	begin sipp -sn uas -i 192.0.2.2 -m 2 -nostdin
	capture sipp-any any
	timeout 30 sipp -sn uac -i 192.0.2.1 -m 2 -r 4 -d 300 -nostdin \
		192.0.2.2 >>log 2>&1
	sleep 1
	;;
sipp_fragments)
	ip link set lo mtu 400
	begin sipp -sn uas -i 192.0.2.2 -m 2 -nostdin
	capture sipp-fragments
	timeout 30 sipp -sn uac -i 192.0.2.1 -m 2 -r 4 -d 300 -nostdin \
		192.0.2.2 >>log 2>&1
	sleep 1
	;;
talk_udp4) talk udp 192.0.2.1 192.0.2.2 udp4 ;;
talk_tcp4) talk tcp 192.0.2.1 192.0.2.2 tcp4 ;;
talk_udp6) talk udp '[2001:db8::1]' '[2001:db8::2]' udp6 ;;
talk_tcp6) talk tcp '[2001:db8::1]' '[2001:db8::2]' tcp6 ;;
early)
	ua alice 192.0.2.1 4441 manual udp
	ua bob 192.0.2.2 4442 early udp
	capture baresip-early
	tell 4441 dial 'sip:bob@192.0.2.2;transport=udp'
	sleep 0.5
	tell 4442 accept
	sleep 0.5
	tell 4442 hangup
	sleep 1
	;;
cancel)
	ua alice 192.0.2.1 4441 manual udp
	ua bob 192.0.2.2 4442 manual udp
	capture baresip-cancel
	tell 4441 dial 'sip:bob@192.0.2.2;transport=udp'
	sleep 1
	tell 4441 hangup
	sleep 1
	;;
busy)
	ua alice 192.0.2.1 4441 manual udp
	ua bob 192.0.2.2 4442 manual udp
	capture baresip-busy
	tell 4441 dial 'sip:bob@192.0.2.2;transport=udp'
	sleep 1
	tell 4442 hangup
	sleep 1
	;;
esac
[ "${VERBOSE:-}" ] && cat log
exit 0
