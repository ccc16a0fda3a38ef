#!/usr/bin/env python3
"""Sends one SRTP stream of a capture to a local port, at its pace.

usage: srtp_send.py WIRE.PCAP SDP PORT

Writes first a description of the stream, with the key that the offer said of
it, for a receiver that listens at PORT and PORT + 1; then waits for a line on
standard input.
"""
import re
import socket
import struct
import sys
import time


def frames(path):
    with open(path, "rb") as f:
        data = f.read()
    parts = 1e9 if data[:4] == b"\x4d\x3c\xb2\xa1" else 1e6
    at = 24
    while at < len(data):
        s, part, n = struct.unpack_from("<III", data, at)
        udp = data[at + 16 + 14 + 20:at + 16 + n]
        at += 16 + n
        yield s + part / parts, struct.unpack_from(">HH", udp), udp[8:]


def main():
    path, sdp, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    source, packets = None, []
    for at, (src, _), payload in frames(path):
        if source is None and b"m=audio" in payload and b"RTP/SAVP" in payload:
            text = payload.decode("latin-1")
            source = int(re.search(r"m=audio (\d+) ", text).group(1))
            key = re.search(r"a=crypto:1 [^\r\n]*", text).group(0)
            with open(sdp, "w") as f:
                f.write("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                        "m=audio %d RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
                        "%s\r\n" % (port, key))
        if src == source and not 192 <= payload[1] <= 223:
            packets.append((at, payload))
    sys.stdin.readline()  # the receiver is there
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    start = time.monotonic() - packets[0][0]
    for at, payload in packets:
        time.sleep(max(0, start + at - time.monotonic()))
        out.sendto(payload, ("127.0.0.1", port))


main()
