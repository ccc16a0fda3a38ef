#!/usr/bin/env python3
"""What rtpengine in user space takes for the job of bench_relay: calls of two
phones, both directions relayed, and both forked to a recorder by 'subscribe'.

usage: rtpengine.py BENCH_PHONES STREAMS

prints us=N, CPU a packet in, and what the phones say
"""
import os
import random
import socket
import subprocess
import sys
import tempfile
import time

WARM, SECONDS = 1.5, 4


def encode(o):
    if isinstance(o, str):
        return b"%d:%s" % (len(o), o.encode())
    if isinstance(o, list):
        return b"l" + b"".join(map(encode, o)) + b"e"
    return b"d" + b"".join(encode(k) + encode(o[k]) for k in sorted(o)) + b"e"


def decode(b, i=0):
    kind = b[i:i + 1]
    if kind == b"i":
        end = b.index(b"e", i)
        return int(b[i + 1:end]), end + 1
    if kind not in (b"d", b"l"):
        colon = b.index(b":", i)
        end = colon + 1 + int(b[i:colon])
        return b[colon + 1:end].decode(), end
    items, i = [], i + 1
    while b[i:i + 1] != b"e":
        item, i = decode(b, i)
        items.append(item)
    if kind == b"d":
        items = dict(zip(items[::2], items[1::2]))
    return items, i + 1


def sdp(ports, direction):
    media = "".join(f"m=audio {p} RTP/AVP 0\r\na={direction}\r\n" for p in ports)
    return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
            "t=0 0\r\n" + media)


def ports_of(text):
    return [int(line.split()[1]) for line in text.splitlines()
            if line.startswith("m=")]


class Engine:
    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(1)
        self.cookie = 0

    def ask(self, **what):
        self.cookie += 1
        message = b"%d " % self.cookie + encode(
            {k.replace("_", "-"): v for k, v in what.items()})
        for _ in range(10):
            try:
                self.socket.send(message)
                answer = decode(self.socket.recv(65536).split(b" ", 1)[1])[0]
                break
            except (socket.timeout, ConnectionRefusedError):
                time.sleep(0.2)
        else:
            sys.exit("rtpengine does not answer")
        if answer["result"] not in ("ok", "pong"):
            sys.exit(f"rtpengine: {answer}")
        return answer

    def call(self, n, caller, callee, sinks):
        """Where the two phones send to."""
        call = f"call-{n}"
        b = ports_of(self.ask(command="offer", call_id=call, from_tag="a",
                              sdp=sdp([caller], "sendrecv"))["sdp"])
        a = ports_of(self.ask(command="answer", call_id=call, from_tag="a",
                              to_tag="b", sdp=sdp([callee], "sendrecv"))["sdp"])
        offer = self.ask(command="subscribe request", call_id=call,
                         flags=["all"])
        lines = len(ports_of(offer["sdp"]))
        self.ask(command="subscribe answer", call_id=call,
                 to_tag=offer["to-tag"], sdp=sdp(sinks[:lines], "recvonly"))
        return a[0], b[0], lines


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(engine, pid, phones):
    ports = list(map(int, phones.stdout.readline().split()))
    streams = len(ports) // 2
    to = []
    for n in range(0, streams, 2):
        a, b, lines = engine.call(n, ports[n], ports[n + 1],
                                  ports[streams + n:streams + n + 2])
        if lines != 2:
            sys.exit(f"rtpengine forks {lines} streams of two")
        to += [a, b]
    phones.stdin.write(" ".join(map(str, to)) + "\n")
    phones.stdin.flush()
    time.sleep(WARM)
    before = cpu_s(pid)
    began = time.monotonic()
    time.sleep(SECONDS)
    took = cpu_s(pid) - before
    return 1e6 * took / (streams * 50 * (time.monotonic() - began))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    port = free_port()
    low = random.randrange(10000, 14000, 2)
    with tempfile.TemporaryFile() as log:
        daemon = subprocess.Popen(
            ["rtpengine", "--config-file=none", "--foreground", "--table=-1",
             "--no-fallback", "--interface=127.0.0.1", "--num-threads=1",
             f"--listen-ng=127.0.0.1:{port}", f"--port-min={low}",
             f"--port-max={low + 18000}", "--log-level=3", "--log-stderr"],
            stdout=log, stderr=log)
        phones = subprocess.Popen([sys.argv[1], sys.argv[2]], text=True,
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        try:
            engine = Engine(port)
            engine.ask(command="ping")
            us = measure(engine, daemon.pid, phones)
            print(f"us={us:.2f}", phones.stdout.read().strip())
        finally:
            phones.kill()
            daemon.kill()


main()
