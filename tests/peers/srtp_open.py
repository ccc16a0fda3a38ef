#!/usr/bin/env python3
"""Prints the RTP and RTCP of a recording in clear, a line for each packet.

usage: srtp_open.py WIRE.PCAP

Takes the keys out of the SDP in the capture and decrypts with AES and HMAC of
another library: RFC 3711, RFC 6188, RFC 7714, written anew from the texts and
sharing nothing with the program. What is in clear is printed as it is. Ends
with 1 when a packet does not authenticate by any key that was said.
"""
import base64
import hashlib
import hmac
import re
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# name: octets of key, salt, tag of RTP, tag of RTCP
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": (16, 14, 10, 10),
    "AES_CM_128_HMAC_SHA1_32": (16, 14, 4, 10),
    "AES_256_CM_HMAC_SHA1_80": (32, 14, 10, 10),
    "AES_256_CM_HMAC_SHA1_32": (32, 14, 4, 10),
    "AEAD_AES_128_GCM": (16, 12, 16, 16),
    "AEAD_AES_256_GCM": (32, 12, 16, 16),
}


def counter_mode(key, iv, data):
    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(data)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Key:
    """Of one direction: RFC 3711 section 4.3, a derivation rate of 0."""

    def __init__(self, suite, text):
        n_key, n_salt, self.tag, self.rtcp_tag = SUITES[suite]
        both = base64.b64decode(text)
        assert len(both) == n_key + n_salt, "key of %d octets" % len(both)
        self.gcm = "GCM" in suite
        self.master, self.salt = both[:n_key], both[n_key:].ljust(14, b"\0")
        self.rtp = self.session(0, n_key, n_salt)
        self.rtcp = self.session(3, n_key, n_salt)
        self.top = {}  # highest index of each source

    def derive(self, label, n):
        iv = xor(self.salt, bytes(7) + bytes([label]) + bytes(6)) + bytes(2)
        return counter_mode(self.master, iv, bytes(n))

    def session(self, label, n_key, n_salt):
        return (self.derive(label, n_key), self.derive(label + 1, 20),
                self.derive(label + 2, n_salt))

    def index(self, ssrc, seq):
        """RFC 3711 section 3.3.1."""
        top = self.top.get(ssrc, seq)
        roc = top >> 16
        if seq - (top & 0xffff) > 0x8000:
            roc -= 1
        elif (top & 0xffff) - seq > 0x8000:
            roc += 1
        return max(roc, 0) << 16 | seq

    def cm_iv(self, salt, ssrc, index):
        return (int.from_bytes(salt, "big") << 16 ^ ssrc << 64 ^
                index << 16).to_bytes(16, "big")

    def open_rtp(self, packet):
        seq, _, ssrc = struct.unpack_from(">HII", packet, 2)
        n = 12 + 4 * (packet[0] & 15)
        if packet[0] & 16:
            n += 4 + 4 * struct.unpack_from(">H", packet, n + 2)[0]
        index = self.index(ssrc, seq)
        key, auth, salt = self.rtp
        if self.gcm:
            iv = xor(bytes(2) + struct.pack(">I", ssrc) +
                     index.to_bytes(6, "big"), salt)
            try:
                clear = AESGCM(key).decrypt(iv, packet[n:], packet[:n])
            except InvalidTag:
                return None
        else:
            body, tag = packet[:-self.tag], packet[-self.tag:]
            right = hmac.new(auth, body + struct.pack(">I", index >> 16),
                             hashlib.sha1).digest()[:self.tag]
            if right != tag:
                return None
            clear = counter_mode(key, self.cm_iv(salt, ssrc, index), body[n:])
        self.top[ssrc] = max(index, self.top.get(ssrc, 0))
        return packet[:n] + clear

    def open_rtcp(self, packet):
        ssrc, = struct.unpack_from(">I", packet, 4)
        key, auth, salt = self.rtcp
        if self.gcm:
            word = packet[-4:]
            index = struct.unpack(">I", word)[0] & 0x7fffffff
            iv = xor(bytes(2) + struct.pack(">I", ssrc) + bytes(2) +
                     struct.pack(">I", index), salt)
            try:
                return packet[:8] + AESGCM(key).decrypt(
                    iv, packet[8:-4], packet[:8] + word)
            except InvalidTag:
                return None
        body, tag = packet[:-self.rtcp_tag], packet[-self.rtcp_tag:]
        right = hmac.new(auth, body, hashlib.sha1).digest()[:self.rtcp_tag]
        if right != tag:
            return None
        index = struct.unpack(">I", body[-4:])[0]
        if not index >> 31:
            return body[:-4]
        iv = self.cm_iv(salt, ssrc, index & 0x7fffffff)
        return body[:8] + counter_mode(key, iv, body[8:-4])


def datagrams(path):
    """Source port, destination port, payload: UDP over IPv4 over Ethernet."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at < len(data):
        n, = struct.unpack_from(order + "I", data, at + 8)
        frame = data[at + 16:at + 16 + n]
        at += 16 + n
        ip = frame[14:]
        udp = ip[4 * (ip[0] & 15):]
        src, dst, length = struct.unpack_from(">HHH", udp)
        yield src, dst, udp[8:length]


def sections(text):
    """Port and keys by tag of each m-line."""
    for part in re.split(r"(?m)^m=", text)[1:]:
        port = int(part.split()[1])
        keys = {int(tag): (suite, key.split("|")[0]) for tag, suite, key in
                re.findall(r"(?m)^a=crypto:(\d+) (\S+) inline:(\S+)", part)}
        yield port, keys


def main():
    keys = {}  # by source port, the newest first
    media = set()
    for src, dst, payload in datagrams(sys.argv[1]):
        if payload.find(b"m=audio") >= 0:
            for port, said in sections(payload.decode("latin-1")):
                media.update((port, port + 1))
                for suite, text in said.values():
                    known = keys.setdefault(port, {})
                    known.setdefault((suite, text), Key(suite, text))
            continue
        if src not in media or dst not in media:
            continue
        rtcp = 192 <= payload[1] <= 223
        known = keys.get(src - src % 2)
        if known:
            for key in reversed(known.values()):
                clear = (key.open_rtcp if rtcp else key.open_rtp)(payload)
                if clear is not None:
                    break
            if clear is None:
                print("nothing opens a packet from port %d" % src)
                sys.exit(1)
            payload = clear
        print("rtcp" if rtcp else "rtp", src, dst, payload.hex())


main()
