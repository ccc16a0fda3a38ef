#!/usr/bin/env bash
# baresip.sh PROGRAM [conform]: baresip as a recorder that never heard of siprec,
# in a network namespace of its own. RFC 3261 section 8.2.2.3: it has to answer
# 420, and names what it does not know. Leaves baresip.json and out/ here. With
# `conform` it is examined.
set -u
address=192.0.2.1
ip link set lo up && ip address add $address/32 dev lo || exit 1
modules=$(dirname "$(find /usr/lib /usr/local/lib -name g711.so \
	-path '*baresip*' -print -quit)")
mkdir -p baresip
cat >baresip/config <<END
sip_listen	$address:5060
net_interface	lo
module_path	$modules
module		g711.so
module_app	account.so
END
echo "<sip:rec@$address>;regint=0;answermode=auto" >baresip/accounts
cat >baresip.yml <<END
name: Refused for what it asks for
call: {answer: 100ms, end: 1s}
srs: [{name: plain, uri: "sip:rec@$address:5060"}]
expect:
  - {attempts: [plain 420]}
  - {recorded_by: nobody}
END
baresip -f baresip >baresip.out 2>&1 &
peer=$!
trap 'kill -KILL $peer 2>/dev/null' EXIT
for _ in $(seq 100); do
	grep -q 'baresip is ready' baresip.out && break
	sleep 0.1
done
if [ "${2:-}" = conform ]; then
	timeout 200 "$1" conform --to "sip:rec@$address" --keep never -q \
		--report json=baresip.json
	exit
fi
timeout 30 "$1" run baresip.yml --report json=baresip.json --keep always \
	--out out
rc=$?
[ $rc -eq 0 ] || cat baresip.out
exit $rc
