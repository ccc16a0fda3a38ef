#!/usr/bin/env bash
# Recorders that demand a certificate, of a CA that only --ca names: each command
# that calls gets there with --ca, --cert and --key, and without them says which
# one is missing. SRTP as well, by `conform --srtp`. The files are openssl's.
. "$(dirname "$0")/lib.sh"
need openssl jq
cd "$tmp" || exit 1
unset SSL_CERT_FILE SSL_CERT_DIR

ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

# ca NAME: NAME.pem signs others
ca()
{
	openssl req -x509 "${ec[@]}" -keyout "$1.key" -out "$1.pem" -days 2 \
		-subj "/CN=$1" 2>>openssl.err
}

# signed NAME CA: NAME.pem and NAME.key, and both in NAME.both
signed()
{
	openssl req "${ec[@]}" -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" \
		2>>openssl.err
	echo subjectAltName=IP:127.0.0.1 >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
		-CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem" \
		2>>openssl.err
	cat "$1.pem" "$1.key" >"$1.both"
}

ca lab
ca other
signed recorder lab
signed client lab
signed stranger other
openssl ec -in client.key -aes128 -passout pass:word -out locked.key \
	2>>openssl.err

in_background "$prog" srs --listen tls:127.0.0.1:0 --cert recorder.pem \
	--key recorder.key --ca lab.pem >srs.log 2>&1
srs=$pid
wait_for 10 grep -q '^listening ' srs.log
to=sips:rec@127.0.0.1:$(sed -n 's/^listening tls:.*://p' srs.log)
all=(--ca lab.pem --cert client.pem --key client.key)
short=(--to "$to" --duration 1s)

# says NAME CODE TEXT COMMAND...: that is its last line
says()
{
	timeout 60 "$prog" "${@:4}" >said 2>&1 </dev/null
	same "$1, exit" "$2" $?
	same "$1, says" "$3" "$(tail -n 1 said)"
}

# ---- with all of them it works

timeout 30 "$prog" call "${short[@]}" "${all[@]}" --srtp on >call.log 2>&1
same 'call' 0 $?
same 'call, streams' 2 "$(grep -c 'AES_CM_128_HMAC_SHA1_80, [0-9]* packets' \
	call.log)"
timeout 30 "$prog" call "${short[@]}" --ca lab.pem --cert client.both \
	>both.log 2>&1
same 'call, one file' 0 $?
cat >short.yml <<'END'
name: short
call: {answer: 100ms, end: 1s}
srs: {name: srs}
expect: [{reply: INVITE, code: 200}]
END
says 'run' 0 '1 passed, 0 failed' run short.yml --to "$to" "${all[@]}" \
	--keep never
# what a file says of its own comes before options
sed 's/^srs:/src: {tls: {ca: other.pem}}\n&/' short.yml >own.yml
says 'run, a CA of its own' 4 '0 passed, 1 failed' run own.yml --to "$to" \
	"${all[@]}" --keep never
sed 's/^srs:/src: {tls: {own: true}}\n&/' short.yml >shows.yml
says 'run, a certificate made' 0 '1 passed, 0 failed' run shows.yml --to "$to" \
	"${all[@]}" --keep never
"$prog" run short.yml --clock virtual --keep always --out kept >kept.log 2>&1
timeout 30 "$prog" replay kept/short/wire.pcap --to "$to" "${all[@]}" \
	>replay.log 2>&1
same 'replay' "0 $(grep -c '^recorded' replay.log)" "$? 1"

# conform NAME EXIT OPTION...: leaves NAME.json and NAME.said
conform()
{
	timeout 200 "$prog" conform --keep never --report json="$1.json" -q \
		"${@:3}" >"$1.said" 2>&1
	same "$1, exit" "$2" $?
}

# of NAME STATUS: the checks that ended so
of()
{
	jq -r --arg s "$2" '.scenarios[0].expect[] | select(.status == $s) |
		.check' "$1.json" | sort | tr '\n' ' ' | sed 's/ $//'
}

# every check, with SRTP, but metadata-cut-noticed, which is not for us
# (conform.sh), and those of the ACK, which wait for half a minute for no offer
conform secure 0 --to "$to" "${all[@]}" --srtp on --level may --grade field \
	--only '[!am]*' --only 'a[!c]*' --only 'm[!e]*' --only 'metadata-[!c]*' \
	--only metadata-cut
same 'conform --srtp, failed' '' "$(of secure failed)"
more 'conform --srtp, passed' 120 "$(of secure passed | wc -w)"
same 'conform --srtp, not about SRTP' 'avpf secure-without-keys' \
	"$(jq -r '.scenarios[0].expect[] | select(.skipped ==
		"it is about an offer without SRTP") | .check' secure.json |
		tr '\n' ' ' | sed 's/ $//')"
# and what went over the wire was that, whatever a check asks for
suite=AEAD_AES_256_GCM
"$prog" conform --to "$to" "${all[@]}" --srtp $suite,AES_CM_128_HMAC_SHA1_80 \
	--only answer-two-lines --only unknown-codec --only hold --keep always \
	--out offers >offers.said 2>&1
same 'conform --srtp SUITES' 0 $?
for check in answer-two-lines unknown-codec hold; do
	more "conform --srtp SUITES, $check, profile" 2 "$(grep -ac \
		'^m=audio [0-9]* RTP/SAVP ' "offers/$check/wire.pcap")"
	more "conform --srtp SUITES, $check, keys" 2 "$(grep -ac \
		"^a=crypto:1 $suite inline:" "offers/$check/wire.pcap")"
done

# ---- without one of them it is said which

call()
{
	says "$1" 1 "not recorded: recorder: unreachable (TLS: $2)" call \
		"${short[@]}" "${@:3}"
}
no_ca='; --ca FILE names the CAs to trust'
no_cert='; --cert FILE gives the certificate that was asked for'
call 'no CA' "self-signed certificate in certificate chain$no_ca"
call 'no certificate' "alert certificate required$no_cert" --ca lab.pem
call 'CA of others' "self-signed certificate in certificate chain$no_ca" --ca \
	other.pem --cert client.both
call 'certificate of others' 'alert unknown ca' --ca lab.pem \
	--cert stranger.both
reach="recorder $to cannot be reached: TLS:"
says 'conform, no CA' 4 "$reach self-signed certificate in certificate $(
	)chain$no_ca" conform --to "$to"
says 'conform, no certificate' 4 "$reach alert certificate required$no_cert" \
	conform --to "$to" --ca lab.pem
# a scenario that names its recorder has keys for it
sed "s|name: srs|name: srs, uri: '$to'|; /expect/d" short.yml >named.yml
"$prog" run named.yml --keep never >named.said 2>&1
same 'run, no CA' 1 "$(grep -c "reached: .*; 'tls: {ca: FILE}' names the CAs" \
	named.said)"
sed "s/^srs:/src: {tls: {ca: lab.pem}}\n&/" named.yml >half.yml
"$prog" run half.yml --keep never >half.said 2>&1
same 'run, no certificate' 1 "$(grep -c \
	"reached: .*; 'tls: {cert: FILE}' gives the certificate" half.said)"
says 'run --to, no certificate' 4 '0 passed, 1 failed' run short.yml --to "$to" \
	--ca lab.pem --keep never
same 'run --to, again' 1 "$(grep -c -- " --to $to --ca lab.pem$" said)"

kill -INT "$srs"
end_of "$srs" 10
same 'srs' 0 "$rc"

# one that shows its certificate alone
in_background "$prog" srs --listen tls:127.0.0.1:0 --cert recorder.both \
	>alone.log 2>&1
wait_for 10 grep -q '^listening ' alone.log
short[1]=sips:rec@127.0.0.1:$(sed -n 's/^listening tls:.*://p' alone.log)
call 'alone, no CA' "unable to get local issuer certificate$no_ca"
timeout 30 "$prog" call "${short[@]}" --ca lab.pem >alone.said 2>&1
same 'alone' 0 $?
kill -INT "$pid"
end_of "$pid" 10

# ---- over UDP, keys only if they may be read

start_srs udp.log
conform clear 0 --to "sip:rec@127.0.0.1:$port" --srtp on --clear-keys \
	--only 'answer-*' --only late-offer --only avpf --only pause
same 'conform --clear-keys, passed' "answer-four-lines answer-one-line $(
	)answer-three-lines answer-two-lines late-offer pause" \
	"$(of clear passed)"
kill -INT "$pid"
end_of "$pid" 10

# ---- wrong files, and what does not go together: nothing is sent

for command in call conform; do
	c="siprec-src $command:"
	w=("$command" --to "$to")
	says "$command, no such file" 4 "$c --ca: none: No such file or $(
		)directory" "${w[@]}" --ca none
	says "$command, no CA in it" 4 "$c --ca: lab.key: no certificate in $(
		)PEM: no certificate or crl found" "${w[@]}" --ca lab.key
	says "$command, no certificate in it" 4 "$c --cert: client.key: no $(
		)certificate in PEM" "${w[@]}" --cert client.key
	says "$command, no key in it" 4 "$c --cert without --key: client.pem: $(
		)no private key in PEM" "${w[@]}" --cert client.pem
	says "$command, key of another" 4 "$c --key: stranger.key: it is not $(
		)the key of the certificate" "${w[@]}" --cert client.pem \
		--key stranger.key
	says "$command, a passphrase" 4 "$c --key: locked.key: it has a $(
		)passphrase, which nobody is asked for" "${w[@]}" \
		--cert client.pem --key locked.key
	says "$command, key alone" 2 "$c --key goes with --cert: which $(
		)certificate is it of?" "${w[@]}" --key client.key
	says "$command, no name" 2 "$c --ca wants a file" "${w[@]}" --ca ''
	says "$command, no TLS" 2 "$c --ca is of TLS: say sips: or $(
		);transport=tls in --to" "$command" --to sip:rec@127.0.0.1 \
		--ca lab.pem
	says "$command, TCP" 2 "$c --cert is of TLS: say sips: or $(
		);transport=tls in --to" "$command" \
		--to 'sip:rec@lab.invalid;transport=tcp' --cert client.both
	says "$command, keys for all to read" 2 "$c --srtp tells its keys in $(
		)SDP, which everybody can read over UDP and TCP (RFC 4568 $(
		)section 3): say sips: in --to, or, if that may be, $(
		)--clear-keys" "$command" --to sip:rec@127.0.0.1 --srtp on
	says "$command, no suite" 2 "$c --srtp does not know 'x'" "${w[@]}" \
		--srtp x
	says "$command, no SRTP" 2 "$c --clear-keys goes with --srtp" \
		"${w[@]}" --clear-keys
done
says 'replay, nobody to show it to' 2 'siprec-src replay: --cert goes with --to' \
	replay kept/short/wire.pcap --cert client.both
says 'run, nobody to show it to' 2 "siprec-src run: --ca goes with --to: $(
	)scenarios have 'tls: {ca: FILE}' in src" run short.yml --ca lab.pem
says 'run, no such file' 4 'siprec-src run: --ca: none: No such file or directory' \
	run short.yml --to "$to" --ca none
finish
