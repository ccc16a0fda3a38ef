#!/usr/bin/env python3
"""Stands in for `orkaudio debug` where there is none, so that the test of it can
be tested. It is not Oreka, shares no code with it, and proves nothing about it:
it pairs what it finds in a capture by the rules that Oreka was seen to have.

Reads config.xml of $ORKAUDIO_CONFIG_PATH, writes tapes below AudioOutputPath and
messages.log in $ORKAUDIO_LOGGING_PATH. $STANDIN_FLAW makes it wrong in one way:
swapped (parties), missing (a tape), mono, short.
"""
import array
import os
import re
import signal
import socket
import struct
import sys
import time
import wave
import xml.etree.ElementTree as ET

FLAW = os.environ.get("STANDIN_FLAW", "")
IDLE_S = 10


def ulaw(b):
    b = ~b & 0xFF
    value = (((b & 0x0F) << 3) + 0x84 << ((b & 0x70) >> 4)) - 0x84
    return -value if b & 0x80 else value


ULAW = [ulaw(b) for b in range(256)]


class Tape:
    """A session: of a SIP dialog, or of RTP that belongs to none."""

    def __init__(self, call_id="", local="", remote="", tags=""):
        self.call_id, self.local, self.remote = call_id, local, remote
        self.tags = tags
        self.addresses = set()
        self.chunks = {}  # by SSRC, in the order they came: [(timestamp, pcm)]
        self.last = 0

    def take(self, now, ssrc, timestamp, payload):
        self.last = now
        pcm = array.array("h", (ULAW[b] for b in payload))
        self.chunks.setdefault(ssrc, []).append((now, timestamp, pcm))

    def channels(self):
        """The first one seen on the right, aligned by when they came; packets
        of one SSRC follow each other, whatever their timestamps say."""
        start = min(c[0][0] for c in self.chunks.values())
        sides = []
        for chunk in list(self.chunks.values())[:2]:
            pcm = array.array("h", bytes(2 * int(8000 * (chunk[0][0] - start))))
            for _, _, part in chunk:
                pcm.extend(part)
            sides.append(pcm)
        if len(sides) == 1:
            sides.append(array.array("h", bytes(2 * len(sides[0]))))
        n = max(map(len, sides))
        for side in sides:
            side.extend([0] * (n - len(side)))
        return sides[1], sides[0]


def escape(text):
    return (text.replace("%", "%p").replace(" ", "%s").replace("=", "%e"))


class Standin:
    def __init__(self, config):
        self.audio = config.findtext("AudioOutputPath")
        voip = config.find("VoIpPlugin")
        self.pcap = voip.findtext("PcapFile")
        self.wanted = (voip.findtext("SipExtractKeyValues") or "").split(",")
        self.log = os.environ["ORKAUDIO_LOGGING_PATH"]
        self.sip = {}  # by Call-ID
        self.raw = {}  # by source and destination
        self.parts = {}  # of datagrams, by addresses and identification
        self.tapes = 0

    def say(self, name, text):
        with open(os.path.join(self.log, name), "a") as f:
            f.write(text + "\n")

    # ---- what comes ----

    def packet(self, now, src, dst, data):
        self.sweep(now)
        if len(data) > 12 and data[0] == 0x80 and self.is_audio(data[1] & 127):
            self.rtp(now, src, dst, data)
        elif data[:7] == b"INVITE " or data[:12] == b"SIP/2.0 200 ":
            self.invite(data.decode("utf-8", "replace"), now)
        elif data[:4] == b"BYE ":
            self.bye(data.decode("utf-8", "replace"))

    @staticmethod
    def is_audio(payload_type):
        return payload_type == 0

    def invite(self, text, now):
        call_id = re.search(r"\r\n(?:Call-ID|i): *(\S+)", text, re.I)
        port = re.search(r"\r\nm=audio (\d+) ", text)
        address = re.search(r"\r\nc=IN IP4 (\S+)", text)
        if not call_id or not port or not address:
            return
        tape = self.sip.get(call_id.group(1))
        if not tape:
            tape = self.session(call_id.group(1), text)
            if not tape:
                return
            tape.last = now
        tape.addresses.add((address.group(1), int(port.group(1))))

    def session(self, call_id, text):
        user = r": [^\r\n]*sip:([^@>;\r\n]+)@"
        local = re.search(r"\r\nFrom" + user, text)
        remote = re.search(r"\r\nTo" + user, text)
        if not text.startswith("INVITE sip:") or not local or not remote:
            return None
        own = re.search(r"\r\nX-Local-Extension: *(\S+)", text)
        tags = []
        for key in self.wanted:
            said = re.search(re.escape(key) + r"=['\"]([^'\";]+)", text)
            if key and said:
                tags.append(key + ":" + said.group(1))
        self.sip[call_id] = Tape(call_id, (own or local).group(1),
                                 remote.group(1), ",".join(tags))
        return self.sip[call_id]

    def rtp(self, now, src, dst, data):
        ssrc, = struct.unpack_from(">I", data, 8)
        timestamp, = struct.unpack_from(">I", data, 4)
        for tape in self.sip.values():
            if src in tape.addresses or dst in tape.addresses:
                break
        else:
            tape = self.raw.setdefault(
                (src, dst), Tape(local=src[0], remote=dst[0]))
        tape.take(now, ssrc, timestamp, data[12:])

    def bye(self, text):
        call_id = re.search(r"\r\n(?:Call-ID|i): *(\S+)", text, re.I)
        tape = call_id and self.sip.pop(call_id.group(1), None)
        if tape:
            self.write(tape)

    def sweep(self, now):
        for key, tape in list(self.raw.items()):
            if now - tape.last > IDLE_S:
                self.write(self.raw.pop(key))

    def end(self):
        for tape in list(self.sip.values()) + list(self.raw.values()):
            self.write(tape)

    # ---- what it makes of it ----

    def write(self, tape):
        if not tape.chunks or FLAW == "missing":
            return
        self.tapes += 1
        name = time.strftime("%Y/%m/%d/%H/") + f"tape-{self.tapes}.wav"
        path = os.path.join(self.audio, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sides = tape.channels()
        frames = len(sides[0]) * 9 // 10 if FLAW == "short" else len(sides[0])
        with wave.open(path, "w") as w:
            w.setnchannels(1 if FLAW == "mono" else 2)
            w.setsampwidth(2)
            w.setframerate(8000)
            pcm = array.array("h")
            for left, right in zip(sides[0][:frames], sides[1][:frames]):
                if FLAW == "mono":
                    pcm.append((left + right) // 2)
                else:
                    pcm.extend((left, right))
            w.writeframes(pcm.tobytes())
        self.report(tape, name)

    def report(self, tape, name):
        local, remote = tape.local, tape.remote
        if FLAW == "swapped":
            local, remote = remote, local
        line = " ".join(k + "=" + escape(v) for k, v in (
            ("type", "tape"), ("recid", str(self.tapes)), ("stage", "ready"),
            ("filename", name), ("localparty", local),
            ("remoteparty", remote), ("direction", "out"), ("duration", "0"),
            ("nativecallid", tape.call_id), ("tags", tape.tags)))
        self.say("messages.log", "[127.0.0.1,8080] enqueued: " + line)
        self.say("messages.log", "[127.0.0.1,8080] sending: " + line)

    # ---- where it comes from ----

    def frame(self, now, data):
        """Ethernet, IPv4 whole or in fragments that come in order, UDP."""
        if len(data) < 34 or data[12:14] != b"\x08\x00" or data[23] != 17:
            return
        size, part, fragment = struct.unpack_from(">HHH", data, 16)
        ends = socket.inet_ntoa(data[26:30]), socket.inet_ntoa(data[30:34])
        udp = data[14 + 4 * (data[14] & 15):14 + size]
        if fragment & 0x1FFF:
            udp = self.parts.pop((ends, part), b"") + udp
        if fragment & 0x2000:
            self.parts[ends, part] = udp
            return
        if len(udp) > 8:
            sport, dport = struct.unpack_from(">HH", udp)
            self.packet(now, (ends[0], sport), (ends[1], dport), udp[8:])

    def replay(self):
        data, at = open(self.pcap, "rb").read(), 24
        while at < len(data):
            s, us, n = struct.unpack_from("<III", data, at)
            self.frame(s + us / 1e6, data[at + 16:at + 16 + n])
            at += 16 + n
        self.end()
        self.say("orkaudio.log", "Stop Capturing")

    def live(self, device):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        s.bind((device, 0))
        self.say("orkaudio.log", "Start Capturing")
        while True:
            data, where = s.recvfrom(65536)
            if where[2] != socket.PACKET_OUTGOING:
                self.frame(time.time(), data)


def main():
    print("this is not Oreka: a stand-in, to test the test", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = ET.parse(os.path.join(os.environ["ORKAUDIO_CONFIG_PATH"],
                                   "config.xml")).getroot()
    standin = Standin(config)
    device = config.findtext("VoIpPlugin/Devices")
    if device:
        standin.live(device)
    standin.replay()
    signal.pause()


main()
