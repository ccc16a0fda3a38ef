# A part of tests/oreka.sh: what orkaudio, or what stands in for it, makes of our
# sessions. By captures, or with --live of what passes by.
# shellcheck shell=bash

# library NAME: the folder of that plug-in of Oreka's
library()
{
	find ${OREKA_LIB:+"$OREKA_LIB"} "$(dirname "$(command -v orkaudio)")/.." \
		/usr/lib /usr/local/lib /opt -name "$1" -printf '%h\n' \
		-quit 2>/dev/null
}

# configure DIR SOURCE: what orkaudio reads; SOURCE is a line of VoIpPlugin
configure()
{
	mkdir -p "$1/audio"
	cat >"$1/config.xml" <<-END
		<config>
		 <AudioOutputPath>$1/audio</AudioOutputPath>
		 <CapturePlugin>libvoip.so</CapturePlugin>
		 <CapturePluginPath>$voip</CapturePluginPath>
		 <PluginsDirectory>$mixer/</PluginsDirectory>
		 <StorageAudioFormat>pcmwav</StorageAudioFormat>
		 <StereoRecording>true</StereoRecording>
		 <TapeNumChannels>2</TapeNumChannels>
		 <DeleteNativeFile>yes</DeleteNativeFile>
		 <TapeDurationMinimumSec>0</TapeDurationMinimumSec>
		 <TrackerHostname>127.0.0.1</TrackerHostname>
		 <CapturePortFilters></CapturePortFilters>
		 <TapeProcessors>BatchProcessing, TapeFileNaming, Reporting</TapeProcessors>
		 <TapeFileNaming>[nativecallid],_,[trackingid]</TapeFileNaming>
		 <AudioFileOwner>$(id -un)</AudioFileOwner>
		 <AudioFileGroup>$(id -gn)</AudioFileGroup>
		 <VoIpPlugin>
		  $2
		  <IpFragmentsReassemble>true</IpFragmentsReassemble>
		  <RtpMinAmountOfPacketsBeforeStart>1</RtpMinAmountOfPacketsBeforeStart>
		  <SipExtractKeyValues>session_id,sipSessionID,nameID</SipExtractKeyValues>
		 </VoIpPlugin>
		</config>
	END
	{
		echo 'log4j.rootLogger=INFO, orkaudio'
		echo 'log4j.logger.reporting=INFO, messages'
		for name in orkaudio messages; do
			cat <<-END
				log4j.appender.$name=org.apache.log4j.FileAppender
				log4j.appender.$name.File=$1/$name.log
				log4j.appender.$name.layout=org.apache.log4j.PatternLayout
				log4j.appender.$name.layout.ConversionPattern=%m%n
			END
		done
	} >"$1/logging.properties"
}

# It listens for commands on all addresses, so it has a namespace of its own
# where there is one to be had.
alone=(unshare -rn)
"${alone[@]}" true 2>/dev/null || alone=(unshare -n)
"${alone[@]}" true 2>/dev/null || alone=()

ready()
{
	grep -c 'enqueued:.*stage=ready' "$1/messages.log" 2>/dev/null
}

# orkaudio does not leave by itself, and takes a moment to mix a tape.
# tapes_of DIR: until no tape was added for a second
tapes_of()
{
	local before=-1 now

	while now=$(ready "$1"); [ "$now" != "$before" ]; do
		before=$now
		sleep "$quiet"
	done
}

# replay NAME: NAME.pcap to it; leaves its tapes in $tmp/NAME.tapes
replay()
{
	local dir=$tmp/$1.tapes

	rm -rf "$dir"
	configure "$dir" "<PcapFile>$tmp/$1.pcap</PcapFile>"
	in_background env ORKAUDIO_CONFIG_PATH="$dir" \
		ORKAUDIO_LOGGING_PATH="$dir" "${alone[@]}" orkaudio debug \
		>"$dir/out" 2>&1
	wait_for 20 grep -qs 'Stop Capturing' "$dir/orkaudio.log"
	tapes_of "$dir"
	kill -TERM "$pid"
	end_of "$pid" 10
}

# session NAME [DIR]: alone, from DIR/NAME/wire.pcap into NAME.pcap; for the judge
# what was said there as NAME.facts, and as NAME.order which m-line was heard first
session()
{
	local from=${2:-kept}/$1 call ports answered

	tshark -r "$from/wire.pcap" -Y sip -T fields -e sip.Method \
		-e sip.Call-ID -e sip.from.user -e sip.to.user \
		-e sdp.media.port -e sip.msg_hdr 2>/dev/null >"$1.sip"
	cat "$from/"*.xml | sed -n \
		's/.*<session session_id="\([^"]*\)".*/session=\1/p' >"$1.facts"
	awk -F '\t' -v facts="$1.facts" '
	$1 == "INVITE" && /[+]sip[.]src/ && !call {
		call = $2
		if (match($6, /X-Local-Extension: [^\\]*/))
			$3 = substr($6, RSTART + 19, RLENGTH - 19)
		printf "call_id=%s\nlocal=%s\nremote=%s\n", $2, $3, $4 >>facts
	}
	$1 == "INVITE" && $2 != call && !other {
		other = $2
		print "ignore=" $2 >>facts
	}
	$2 == call && $5 {
		ports = ports "," $5
		answered = $5 # the last that has SDP
	}
	END { print call, substr(ports, 2), answered }' "$1.sip" >"$1.call"
	read -r call ports answered <"$1.call"
	tshark -r "$from/wire.pcap" -Y "sip.Call-ID == \"$call\" || $(
		)ip.flags.mf == 1 || (rtp && udp.port in {$ports})" \
		-F pcap -w "$1.pcap" 2>/dev/null
	tshark -r "$1.pcap" -Y rtp -T fields -e rtp.ssrc -e udp.dstport \
		2>/dev/null | awk -v answered="$answered" -v name="$1" '
	NR == 1 { print answered ~ "^" $2 "," ? 1 : 2 >(name ".order") }
	++count[$1] > most { most = count[$1] }
	END { printf "seconds=%.2f\n", most / 50 >>(name ".facts") }'
}

# judged NAME KIND FIRST SECOND: what the judge says of its tapes. The channels
# of one tape go by who was heard first.
judged()
{
	local facts tones=("first=$3" "second=$4")

	if [ "$2" = one ] && [ "$(cat "$1.order")" = 2 ]; then
		tones=("first=$4" "second=$3")
	fi
	mapfile -t facts <"$1.facts"
	python3 "$root/tests/peers/oreka_judge.py" "$1.tapes" "$2" \
		"${facts[@]}" "${tones[@]}" 2>&1
}

# What Oreka would make garbage of: the SSRC of the first in both streams.
one_ssrc()
{
	python3 - one-recording.pcap "$1.pcap" <<-'END'
		import struct, sys
		data, at, first = bytearray(open(sys.argv[1], "rb").read()), 24, None
		while at < len(data):
		    n, = struct.unpack_from("<I", data, at + 8)
		    rtp = at + 16 + 42
		    if n == 14 + 20 + 8 + 12 + 160 and data[rtp] == 0x80:
		        first = first or bytes(data[rtp + 8:rtp + 12])
		        data[rtp + 8:rtp + 12] = first
		    at += 16 + n
		open(sys.argv[2], "wb").write(data)
	END
	cp one-recording.facts "$1.facts"
	cp one-recording.order "$1.order"
}

by_captures()
{
	session one-recording
	session two-recordings
	replay one-recording
	same "$oreka, shared port: one stereo tape" '' \
		"$(judged one-recording one 440 880)"
	replay two-recordings
	same "$oreka, port for each: two tapes" '' \
		"$(judged two-recordings two 440 660)"

	# negative controls: these captures must be found out
	one_ssrc same-ssrc
	replay same-ssrc
	more "$oreka, one SSRC is found out" 1 \
		"$(judged same-ssrc one 440 880 | wc -l)"
	sed 's/^src:/src:\n  from_uri: "sips:a@example.com"\n  to_uri: "sips:b@example.com"/' \
		"$root/scenarios/oreka/one-recording.yml" >sips.yml
	"$prog" run sips.yml -q --keep always --out kept >/dev/null
	same "$oreka, scenario of sips:" 0 $?
	session sips
	replay sips
	same "$oreka, nothing has the Call-ID of sips: URIs" '' \
		"$(grep -os "nativecallid=$(sed -n 's/^call_id=//p' sips.facts)" \
			sips.tapes/messages.log | sort -u)"
	more "$oreka, sips: is found out" 1 "$(judged sips one 440 880 | wc -l)"
}

# The same of what passes by, in a namespace that we and Oreka share.
live()
{
	local dir=$tmp/live.tapes

	configure "$dir" '<Devices>lo</Devices>'
	"${alone[@]}" bash -s "$prog" "$dir" "$root" >live.out 2>&1 <<-'END'
		ip link set lo up || exit 1
		export ORKAUDIO_CONFIG_PATH=$2 ORKAUDIO_LOGGING_PATH=$2
		orkaudio debug >"$2/out" 2>&1 &
		oreka=$!
		for _ in $(seq 100); do
			grep -qs 'Start Capturing' "$2/orkaudio.log" && break
			sleep 0.1
		done
		"$1" run "$3/scenarios/oreka/one-recording.yml" --clock real \
			-q --keep always --out passed-by
		rc=$?
		# its sweep runs when some packet comes
		for _ in $(seq 16); do
			echo >/dev/udp/127.0.0.1/9
			sleep 1
		done
		kill -TERM $oreka
		for _ in $(seq 50); do
			kill -0 $oreka 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL $oreka 2>/dev/null
		exit $rc
	END
	same "$oreka, live call" 0 $?
	session one-recording passed-by
	cp one-recording.facts live.facts
	cp one-recording.order live.order
	same "$oreka, live: one stereo tape" '' "$(judged live one 440 880)"
}

# The test itself, with what stands in for orkaudio: right it has to pass, and
# each flaw has to be found out, in these words.
by_standin()
{
	local flaw oreka='stand-in for Oreka' quiet=0.1 voip=none mixer=none
	local found=([0]='swapped localparty' [1]='missing tapes'
		[2]='mono channels' [3]='short length')

	note 'orkaudio is a stand-in here: what is tested is the test of it'
	mkdir -p standin
	ln -s "$root/tests/peers/orkaudio_standin.py" standin/orkaudio
	PATH=$tmp/standin:$PATH
	by_captures
	for flaw in "${found[@]}"; do
		STANDIN_FLAW=${flaw% *} replay one-recording
		more "$oreka, ${flaw% *}: found out" 1 \
			"$(judged one-recording one 440 880 | grep -c "^${flaw#* }: ")"
	done
}

oreka=Oreka quiet=1
if command -v orkaudio >/dev/null; then
	voip=$(library libvoip.so)
	mixer=$(library librtpmixer.so)
	by_captures
	[ "${1:-}" = --live ] && live
else
	note 'Oreka: no orkaudio on PATH'
fi
by_standin
