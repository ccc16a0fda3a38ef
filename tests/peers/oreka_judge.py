#!/usr/bin/env python3
"""What open-source Oreka made of a recording session, judged.

usage: oreka_judge.py DIR one|two|none KEY=VALUE ...

DIR has messages.log and audio/, as orkaudio writes them. `one`: both streams in
one stereo tape; `two`: a tape of each, the second one without Call-ID; `none`:
nothing was recorded. Keys: call_id, local, remote, session (RFC 7865), seconds,
first and second (Hz, of the m-lines), ignore (Call-ID of a call beside it).
Prints a line for each fault and ends with 1 if there is any. The mixer puts the
SSRC that it saw first on the right.
"""
import array
import math
import os
import re
import sys
import wave

FAR_DB = 30  # how far the other tone has to be down
SLACK_S = 0.04


def unescape(text):
    """A value of a line of key=value pairs."""
    signs = {"s": " ", "p": "%", "e": "="}
    return re.sub("%([spe])", lambda m: signs[m.group(1)], text)


def tapes(folder, ignore):
    """Those that are ready, each once: it is said when a message is queued and
    again when it is sent."""
    found = {}
    try:
        lines = open(os.path.join(folder, "messages.log")).read().splitlines()
    except OSError:
        lines = []
    for line in lines:
        said = {k: unescape(v) for k, v in re.findall(r"(\w+)=(\S*)", line)}
        if said.get("stage") == "ready" and said.get("filename"):
            if not ignore or said.get("nativecallid") != ignore:
                found[said["filename"]] = said
    return list(found.values())


def level(samples, rate, hz):
    """Of one tone, in dB, by Goertzel's algorithm."""
    k = 2 * math.cos(2 * math.pi * hz / rate)
    a = b = 0.0
    for s in samples:
        a, b = s + k * a - b, a
    power = a * a + b * b - k * a * b
    return 10 * math.log10(power / max(1, len(samples)) ** 2 + 1e-9)


class Sound:
    def __init__(self, path):
        with wave.open(path) as w:
            self.channels = w.getnchannels()
            self.rate = w.getframerate()
            self.seconds = w.getnframes() / self.rate
            pcm = array.array("h", w.readframes(w.getnframes()))
        self.side = [pcm[i::self.channels] for i in range(self.channels)]

    def has(self, channel, wanted, other):
        """Whether that tone is heard there, and the other one is not."""
        side = self.side[channel]
        is_heard = level(side, self.rate, wanted)
        return is_heard > 20 and (
            is_heard - level(side, self.rate, other) >= FAR_DB)


class Judge:
    def __init__(self, folder, want):
        self.folder, self.want, self.faults = folder, want, 0
        self.tapes = tapes(folder, want.get("ignore"))

    def fault(self, what, wanted, got):
        self.faults += 1
        print(f"{what}: wanted {wanted}, got {got}")

    def same(self, what, wanted, got):
        if wanted != got:
            self.fault(what, wanted, got)

    def count(self, wanted):
        self.same("tapes", wanted, len(self.tapes))
        return len(self.tapes) == wanted

    def sound(self, tape, channels):
        """Its file, with a length and a form that are right; or None."""
        path = os.path.join(self.folder, "audio", tape["filename"])
        try:
            s = Sound(path)
        except (OSError, EOFError, wave.Error) as e:
            self.fault("sound", "a WAV file", f"{tape['filename']}: {e}")
            return None
        seconds = float(self.want["seconds"])
        if abs(s.seconds - seconds) > SLACK_S:
            self.fault("length", f"{seconds:.2f} s", f"{s.seconds:.2f} s")
        self.same("sample rate", 8000, s.rate)
        if channels:
            self.same("channels", channels, s.channels)
        return s

    def names(self, tape):
        for key, name in (("local", "localparty"), ("remote", "remoteparty"),
                          ("call_id", "nativecallid")):
            self.same(name, self.want[key], tape.get(name, ""))
        session = self.want["session"].rstrip("=")
        if session not in tape.get("tags", ""):
            self.fault("tags", f"session_id {session}", tape.get("tags", ""))

    def one(self):
        if not self.count(1):
            return
        first, second = float(self.want["first"]), float(self.want["second"])
        self.names(self.tapes[0])
        s = self.sound(self.tapes[0], 2)
        if not s or s.channels != 2:
            return
        if not s.has(1, first, second):
            self.fault("right channel", f"{first:g} Hz alone", "something else")
        if not s.has(0, second, first):
            self.fault("left channel", f"{second:g} Hz alone", "something else")

    def two(self):
        if not self.count(2):
            return
        call_id = self.want["call_id"]
        self.tapes.sort(key=lambda t: t.get("nativecallid", "") != call_id)
        self.names(self.tapes[0])
        self.same("nativecallid of the second", "",
                  self.tapes[1].get("nativecallid", ""))
        tones = [float(self.want["first"]), float(self.want["second"])]
        for i, tape in enumerate(self.tapes):
            s = self.sound(tape, 0)
            if s and not any(s.has(c, tones[i], tones[1 - i])
                             for c in range(s.channels)):
                self.fault(f"tape {i + 1}", f"{tones[i]:g} Hz alone",
                           "something else")

    def none(self):
        self.count(0)


def main():
    judge = Judge(sys.argv[1], dict(a.split("=", 1) for a in sys.argv[3:]))
    {"one": judge.one, "two": judge.two, "none": judge.none}[sys.argv[2]]()
    sys.exit(judge.faults > 0)


main()
