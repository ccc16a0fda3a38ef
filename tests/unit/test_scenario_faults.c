#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "scenario/load.h"

#define HEAD "name: x\nsrs: [{name: vault}, {name: spare}]\n"
#define SCRIPT "name: x\nsrs:\n  name: v\n  script: "
#define EXPECT HEAD "expect:\n  - "

/* What one file is told: each text must be among the faults, in this order,
 * and there are no others. */
static const struct row {
	const char *name, *yaml;
	const char *fault[4];
} rows[] = {
	/* the document */
	{"empty file", "", {"f.yml:1:1: the file is empty"}},
	{"only a comment", "# nothing\n", {"f.yml:1:1: the file is empty"}},
	{"a list", "- a\n", {"f.yml:1:1: a scenario is keys with values"}},
	{"a text", "hello\n", {"f.yml:1:1: a scenario is keys with values"}},
	{"two documents",
	 "name: x\nsrs: {name: v}\n---\nname: y\n",
	 {"f.yml:4:1: a second document"}},
	{"syntax",
	 "name: x\ncall: {answer: 1s\nsrs: 1\n",
	 {"f.yml:3:4: did not find expected ',' or '}' while parsing a flow "
	  "mapping that began at 2:7"}},
	{"tab", "name:\n\tx: 1\n", {"f.yml:2:1: found character"}},
	{"not UTF-8", "name: \"\xff\"\n", {"f.yml:1:1: invalid leading UTF-8"}},
	/* host names */
	{"dns, a list",
	 HEAD "dns: [a]\n",
	 {"f.yml:3:6: 'dns' wants names with records"}},
	{"dns, records",
	 HEAD "dns: {a.b: {A: 1.2.3.4}, c: A 300.1.1.1, d: [SRV 1 2 3, AAAA "
	      "::1]}\n",
	 {"f.yml:3:12: a record of 'dns' is a text such as",
	  "f.yml:3:29: 'A 300.1.1.1' of 'c' is no record",
	  "f.yml:3:46: 'SRV 1 2 3' of 'd' is no record"}},
	{"cycle", "name: &a [*a]\n", {"f.yml:1:7: nested too deeply"}},
	{"NUL",
	 "name: \"a\\0b\"\nsrs: {name: v}\n",
	 {"f.yml:1:7: text with a NUL"}},
	{"key that is a list",
	 "[a]: 1\nname: x\nsrs: {name: v}\n",
	 {"f.yml:1:1: a key must be a word, not a list"}},
	{"repeated key",
	 "name: x\nsrs: {name: v}\nname: y\n",
	 {"f.yml:3:1: key 'name' is repeated (first on line 1)"}},
	{"three faults in three sections",
	 "name: x\ncall: {durtion: 4s, end: 6}\nsrs: {name: v, refuse: 200}\n",
	 {"f.yml:2:8: unknown key 'durtion' in call",
	  "f.yml:2:26: 'end' wants a time such as 4s or 300ms, not '6'",
	  "f.yml:3:24: 'refuse' wants a number 300 to 699, not '200'"}},

	/* top */
	{"no name",
	 "srs: {name: v}\n",
	 {"f.yml:1:1: the scenario needs 'name'"}},
	{"no recorder",
	 "name: x\n",
	 {"f.yml:1:1: nobody records (add 'srs: [{name: vault}]'"}},
	{"near miss",
	 "name: x\nsrs: {name: v}\nexpct: []\n",
	 {"f.yml:3:1: unknown key 'expct' in the scenario (did you mean "
	  "'expect'?)"}},
	{"clock",
	 HEAD "clock: virtul\n",
	 {"f.yml:3:8: 'clock' wants one of auto, virtual, real, not 'virtul' "
	  "(did you mean 'virtual'?)"}},
	{"virtual clock and a real recorder",
	 "name: x\nclock: virtual\nsrs: {name: v, uri: \"sip:v@192.0.2.1\"}\n",
	 {"f.yml:2:8: the virtual clock is for embedded recorders, and 'v'"}},
	{"seed", HEAD "seed: -1\n", {"f.yml:3:7: 'seed' wants a whole number"}},
	{"no value",
	 HEAD "seed:\n",
	 {"'seed' wants a whole number, not nothing"}},
	{"load",
	 HEAD "load: {calls: 0, rate: 50}\n",
	 {"f.yml:3:15: 'calls' wants a number 1 to 1000000, not '0'",
	  "f.yml:3:24: 'rate' wants a rate such as 50/s, not '50'"}},
	{"needs",
	 HEAD "needs: {browser: x}\n",
	 {"f.yml:3:9: unknown key 'browser' in needs"}},

	/* call */
	{"call is a text",
	 HEAD "call: now\n",
	 {"f.yml:3:7: call wants keys with values, not 'now'"}},
	{"not built yet",
	 HEAD "call: {live: x}\n",
	 {"f.yml:3:8: 'live' is not built yet"}},
	{"no capture",
	 HEAD "call: {pcap: a.pcap}\n",
	 {"f.yml:3:14: 'pcap': there is no file 'a.pcap'"}},
	{"beside a capture",
	 HEAD "call: {pcap: Makefile, answer: 2s, codecs: PCMU}\n"
	      "media: {caller: {tone: 440Hz, loss: 5%}}\n",
	 {"f.yml:3:24: 'answer' has no place beside 'pcap'",
	  "f.yml:3:36: 'codecs' has no place beside 'pcap'",
	  "f.yml:4:18: 'tone' has no place beside 'pcap' of 'call'"}},
	{"without a capture",
	 HEAD "call: {pick: {index: 2}, speed: 2x}\n",
	 {"f.yml:3:8: 'pick' needs 'pcap'",
	  "f.yml:3:26: 'speed' needs 'pcap'"}},
	{"call of a capture picked twice",
	 HEAD "call: {pcap: Makefile, pick: {index: 2, call_id: x}}\n",
	 {"f.yml:3:41: 'index' and 'call_id' pick the same thing"}},
	{"all calls of a capture, and one",
	 HEAD "call: {pcap: Makefile, pick: all, caller: sip:a@b.org}\n"
	      "load: {calls: 3}\n",
	 {"f.yml:3:35: 'caller' is of one call, and 'pick: all' plays each",
	  "f.yml:4:7: 'load' has no place beside 'pick: all'"}},
	{"no call 0",
	 HEAD "call: {pcap: Makefile, pick: {index: 0}}\n",
	 {"f.yml:3:38: 'index' wants"}},
	{"speed without x",
	 HEAD "call: {pcap: Makefile, speed: 2}\n",
	 {"f.yml:3:31: 'speed' wants max, or how often as fast, 0.01x to "
	  "1000x"}},
	{"speed 0",
	 HEAD "call: {pcap: Makefile, speed: 0x}\n",
	 {"f.yml:3:31: 'speed' wants max"}},
	{"people beside a capture",
	 HEAD "call: {pcap: Makefile, parties: {carol: sip:c@example.com}}\n",
	 {"f.yml:3:34: 'carol' is no IP address"}},
	{"somebody else's address",
	 HEAD "call: {pcap: Makefile, parties: {10.1.1.1: carol}}\n",
	 {"f.yml:3:44: an address of a capture is the caller's or the "
	  "callee's"}},
	{"rewrite",
	 HEAD "call: {pcap: Makefile, rewrite: all}\n",
	 {"f.yml:3:33: 'rewrite' wants"}},
	{"hold of a captured call",
	 HEAD "call: {pcap: Makefile}\ntimeline: {at: 2s, hold: caller}\n",
	 {"f.yml:4:11: a call out of a capture can be ended"}},
	{"late offer with early media",
	 HEAD "call: {offer: late, early_media: 500ms}\n",
	 {"f.yml:3:34: a 183 has SDP only to answer an offer"}},
	{"nothing to acknowledge",
	 HEAD "call: {reliable: true}\n",
	 {"f.yml:3:18: 'reliable' needs 'ring' or 'early_media'"}},
	{"reliable is no word",
	 HEAD "call: {ring: 200ms, reliable: maybe}\n",
	 {"f.yml:3:31: 'reliable' wants true or false, not 'maybe'"}},
	{"connected to nobody",
	 HEAD "call: {connected: eve}\n",
	 {"f.yml:3:19: a party is 'Alice <sip:alice@example.com>'"}},
	{"a recorder that has nothing to acknowledge",
	 "name: x\nsrs: {name: vault, reliable: true}\n",
	 {"f.yml:2:20: 'reliable' needs 'ring'"}},
	{"an early answer at no time",
	 "name: x\nsrs: {name: vault, early_answer: true}\n",
	 {"f.yml:2:20: 'early_answer' needs 'ring'"}},
	{"late offer with another phone",
	 HEAD "call: {offer: late, forked: 500ms}\n",
	 {"f.yml:3:29: a 183 has SDP only to answer an offer"}},
	{"bare answer after another phone",
	 HEAD "call: {answer_sdp: false, early_media: 200ms, forked: 500ms}\n",
	 {"f.yml:3:20: after another phone's 183 the 200 needs SDP"}},
	{"forked after the answer",
	 HEAD "call: {forked: 2s}\n",
	 {"f.yml:3:16: forked at 2s is not before the answer at 1s"}},
	{"answer without any SDP",
	 HEAD "call: {answer_sdp: false}\n",
	 {"f.yml:3:20: a 200 without SDP needs 'early_media'"}},
	{"party",
	 HEAD "call: {caller: alice}\n",
	 {"f.yml:3:16: a party is 'Alice <sip:alice@example.com>'"}},
	{"party as map",
	 HEAD "call: {caller: {name: A}, callee: {aor: b}}\n",
	 {"f.yml:3:16: a party needs 'aor'",
	  "f.yml:3:41: 'aor' wants a SIP or tel URI, not 'b'"}},
	{"caller among parties",
	 HEAD "call: {parties: {caller: \"sip:a@b\"}}\n",
	 {"f.yml:3:18: 'caller' cannot be the id of a further party"}},
	{"reject",
	 HEAD "call: {reject: 200}\n",
	 {"f.yml:3:16: 'reject' wants a number 300 to 699, not '200'"}},
	{"keys for everybody to read",
	 HEAD "src: {srtp: true}\n",
	 {"f.yml:3:13: 'srtp' tells its keys in SDP, which everybody can read "
	  "over udp (RFC 4568 section 3): say 'transport: tls', or, if that "
	  "may be, 'srtp: {clear_signalling: true}'"}},
	{"keys of one instance for everybody to read",
	 HEAD "src: {instances: {a: {srtp: {clear_signalling: true}}, "
	      "b: {srtp: AEAD_AES_128_GCM}}}\n",
	 {"f.yml:3:66: 'srtp' tells its keys in SDP, which everybody can read "
	  "over udp (RFC 4568 section 3): say 'transport: tls', or, if that "
	  "may be, 'srtp: {clear_signalling: true}'"}},
	{"suites",
	 "name: x\nsrs: {name: a, srtp: [AES_CM_128_HMAC_SHA1_81, "
	 "AEAD_AES_128_GCM, AEAD_AES_128_GCM]}\n",
	 {"f.yml:2:22: 'srtp' has AEAD_AES_128_GCM twice",
	  "f.yml:2:23: 'suites' does not know 'AES_CM_128_HMAC_SHA1_81' (did "
	  "you mean 'AES_CM_128_HMAC_SHA1_80'?)"}},
	{"rekey of a call",
	 HEAD "src: {srtp: {clear_signalling: true}}\n"
	      "timeline: [{at: 2s, reinvite: caller, rekey: true}]\n",
	 {"f.yml:4:39: 'rekey' goes with 'update: recording'"}},
	{"rekey without keys",
	 HEAD "timeline: [{at: 2s, update: recording, rekey: true}]\n",
	 {"f.yml:3:40: 'rekey' needs 'srtp' in src: there is no key"}},
	{"suite of a stream",
	 HEAD "expect: [{rtp: vault/caller, suite: clear}]\n",
	 {"f.yml:3:37: 'suite' wants none or a suite such as "
	  "AES_CM_128_HMAC_SHA1_80, not 'clear'"}},
	{"codec",
	 HEAD "call: {codecs: [PCMU, G729]}\n",
	 {"f.yml:3:23: 'codecs' wants PCMU or PCMA, not 'G729'"}},
	{"header of ours",
	 HEAD "call: {headers: [\"Require: x\"]}\n",
	 {"f.yml:3:18: header 'Require' is written by the SRC itself"}},
	{"no header",
	 HEAD "call: {headers: nonsense}\n",
	 {"f.yml:3:17: a header is 'Name: value', not 'nonsense'"}},
	{"cancel after answer",
	 HEAD "call: {answer: 1s, cancel: 2s}\n",
	 {"f.yml:3:28: cancel at 2s is after the answer at 1s"}},
	{"cancel step after answer",
	 HEAD "call: {answer: 1s}\ntimeline: [{at: 2s, cancel: call}]\n",
	 {"f.yml:4:12: cancel at 2s is after the answer at 1s"}},
	{"ring after answer",
	 HEAD "call: {ring: 1s}\n",
	 {"f.yml:3:14: ring at 1s is not before the answer at 1s"}},
	{"end before answer",
	 HEAD "call: {answer: 2s, end: 1s}\n",
	 {"f.yml:3:25: the call ends at 1s, but is answered only at 2s"}},
	{"answer after the default end",
	 HEAD "call: {answer: 7s}\n",
	 {"f.yml:3:16: the call ends at 5s (the default), but is answered "
	  "only at 7s (say 'end' as well)"}},

	/* media */
	{"media of nobody",
	 HEAD "media: {caler: {tone: 440Hz}}\n",
	 {"f.yml:3:9: there is no party 'caler' (did you mean 'caller'?)"}},
	{"two sources",
	 HEAD "media: {caller: {tone: 440Hz, silence: true}}\n",
	 {"f.yml:3:31: a party sends one thing, not 'tone' and 'silence'"}},
	{"silence false",
	 HEAD "media: {caller: {silence: false}}\n",
	 {"f.yml:3:27: 'silence' wants true, not 'false'"}},
	{"tone without unit",
	 HEAD "media: {caller: {tone: 440}}\n",
	 {"f.yml:3:24: 'tone' wants a frequency such as 440Hz, not '440'"}},
	{"tone out of range",
	 HEAD "media: {caller: {tone: 5kHz}}\n",
	 {"f.yml:3:24: 'tone' wants 20Hz to 3900Hz, not '5kHz'"}},
	{"wav missing",
	 HEAD "media: {caller: {wav: no/such.wav}}\n",
	 {"f.yml:3:23: 'wav': there is no file 'no/such.wav'"}},
	{"wav is a directory",
	 HEAD "media: {caller: {wav: /}}\n",
	 {"f.yml:3:23: 'wav': '/' is not a file"}},
	{"ssrc without pcap",
	 HEAD "media: {caller: {ssrc: 0x12}}\n",
	 {"f.yml:3:18: 'ssrc' needs 'pcap'"}},
	{"no keys",
	 HEAD "media: {caller: {dtmf: \"1x\"}, callee: {dtmf: \"\"}}\n",
	 {"f.yml:3:24: 'dtmf' wants 1 to 64 keys of 0-9, *, #, A-D, not '1x'",
	  "f.yml:3:46: 'dtmf' wants 1 to 64 keys of 0-9, *, #, A-D, not ''"}},
	{"keys of others",
	 HEAD "call: {parties: {carol: sip:carol@a.org}}\n"
	      "media: {caller: {udp: \"127.0.0.1:0\", dtmf: \"1\"}}\n"
	      "timeline:\n"
	      "  - {at: 2s, dtmf: caller, keys: \"1\"}\n"
	      "  - {at: 2s, dtmf: carol, keys: \"1\"}\n"
	      "  - {at: 2s, dtmf: callee}\n",
	 {"f.yml:4:38: keys are pressed by voices made here: 'udp' has its own",
	  "f.yml:6:20: keys are pressed by voices made here: the caller is "
	  "live",
	  "f.yml:7:20: it is the caller or the callee that does this, not "
	  "'carol'",
	  "f.yml:8:5: 'dtmf' needs 'keys'"}},
	{"keys of no dtmf",
	 HEAD "timeline: [{at: 2s, hold: callee, keys: \"1\"}]\n",
	 {"f.yml:3:35: 'keys' goes with 'dtmf'"}},

	{"live socket",
	 HEAD "media: {caller: {udp: here}, callee: {udp: \"0.0.0.0:4000\"}}\n",
	 {"f.yml:3:23: 'udp' wants an IP address and a port such as "
	  "127.0.0.1:40000 or [::1]:40000, not 'here'",
	  "f.yml:3:44: 'udp' wants an IP address and a port such as "
	  "127.0.0.1:40000 or [::1]:40000, not '0.0.0.0:4000'"}},
	{"live and something else",
	 HEAD "media: {caller: {udp: \"127.0.0.1:0\", tone: 440Hz}}\n",
	 {"f.yml:3:18: a party sends one thing, not 'tone' and 'udp'"}},
	{"live, on a way that is made here",
	 HEAD "media: {caller: {udp: \"127.0.0.1:0\", loss: 1%}}\n",
	 {"f.yml:3:38: what a live party sends is relayed as it is: 'loss' is "
	  "for media made here"}},
	{"live peer without a port, and without a socket",
	 HEAD "media: {caller: {udp: \"127.0.0.1:0\", peer: 127.0.0.1},\n"
	      "  callee: {peer: \"127.0.0.1:4000\"}}\n",
	 {"f.yml:3:44: 'peer' wants an IP address and a port such as "
	  "127.0.0.1:40000 or [::1]:40000, not '127.0.0.1'",
	  "f.yml:4:12: 'peer' needs 'udp'"}},
	{"live party of no call",
	 HEAD "call: {parties: {carol: sip:carol@a.org}}\n"
	      "media: {carol: {udp: \"127.0.0.1:0\"}}\n",
	 {"f.yml:4:17: the caller and the callee can be live, nobody else"}},
	{"live on the virtual clock, and in many calls",
	 HEAD "media: {caller: {udp: \"127.0.0.1:0\"}}\n"
	      "clock: virtual\nload: {calls: 2}\n",
	 {"f.yml:4:8: the virtual clock is for parties made here, and 'media' "
	  "has a live one (say 'clock: real', or 'auto')",
	  "f.yml:5:15: a live party is in one call, not in 2"}},
	{"live party that moves, and is replaced",
	 HEAD "call: {parties: {carol: sip:carol@a.org}}\n"
	      "media: {caller: {udp: \"127.0.0.1:0\"}}\n"
	      "timeline:\n"
	      "  - {at: 2s, reinvite: caller, port: new}\n"
	      "  - {at: 3s, transfer: caller, to: carol}\n",
	 {"f.yml:6:32: the caller is live: its socket stays",
	  "f.yml:7:36: the caller is live: nobody can take its place"}},

	/* srs */
	{"srs without name",
	 "name: x\nsrs: [{refuse: 486}]\n",
	 {"f.yml:2:7: a recorder of srs needs 'name'"}},
	{"srs twice",
	 "name: x\nsrs:\n  - name: v\n  - name: v\n",
	 {"f.yml:4:11: recorder 'v' is there already (line 3)"}},
	{"srs called nobody",
	 "name: x\nsrs: {name: nobody}\n",
	 {"f.yml:2:13: a recorder cannot be called 'nobody'"}},
	{"srs name with slash",
	 "name: x\nsrs: {name: a/b}\n",
	 {"f.yml:2:13: the name of a recorder has letters, digits"}},
	{"refuse and bye",
	 "name: x\nsrs: {name: v, refuse: 486, bye_after: 1s}\n",
	 {"f.yml:2:29: 'bye_after' does not go with 'refuse'"}},
	{"never and ring",
	 "name: x\nsrs: {name: v, answer: never, ring: 1s}\n",
	 {"f.yml:2:31: 'ring' does not go with 'answer: never'"}},
	{"scripted real one",
	 "name: x\nsrs: {name: v, uri: \"sip:v@h\", refuse: 486}\n",
	 {"f.yml:2:32: 'refuse' does not go with 'uri'"}},

	{"tls for one recording alone",
	 "name: x\nsrs: {name: v}\n"
	 "src: {instances: {a: {transport: tls}, b: {transport: auto}}}\n",
	 {"f.yml:2:6: recorder 'v' is asked by tls in one recording and not in "
	  "another (say its 'transport', which its URI then tells them all)"}},

	/* script */
	{"no script",
	 "name: x\nsrs: {name: v, script: }\n",
	 {"f.yml:2:24: 'script' wants a list of at most 1000 entries, not "
	  "nothing"}},
	{"script of a real one",
	 "name: x\nsrs: {name: v, uri: \"sip:v@h\", script: []}\n",
	 {"f.yml:2:32: 'script' does not go with 'uri'"}},
	{"script and refuse",
	 "name: x\nsrs: {name: v, refuse: 486, script: []}\n",
	 {"f.yml:2:16: 'refuse' does not go with 'script': the script says"}},
	{"entry that is a text",
	 SCRIPT "BYE\n",
	 {"f.yml:4:11: an entry of script wants keys with values, not 'BYE'"}},
	{"neither request nor moment",
	 SCRIPT "{send: BYE}\n",
	 {"f.yml:4:11: an entry of script has one of 'when' and 'after'"}},
	{"request and moment",
	 SCRIPT "{when: BYE, after: 1s, send: BYE}\n",
	 {"f.yml:4:11: an entry of script has one of 'when' and 'after'"}},
	{"moment without a request",
	 SCRIPT "{after: 1s}\n",
	 {"f.yml:4:11: 'after' needs 'send'"}},
	{"moment with a reply",
	 SCRIPT "{after: 1s, send: BYE, reply: 200, wait: 1s}\n",
	 {"f.yml:4:34: 'reply' goes with 'when'",
	  "f.yml:4:46: 'wait' goes with 'when'"}},
	{"method in small letters",
	 SCRIPT "{when: Re-Invite}\n",
	 {"f.yml:4:18: a request is a word in capitals, not 'Re-Invite'"}},
	{"method misspelt",
	 SCRIPT "{after: 1s, send: bye}\n",
	 {"f.yml:4:29: a request is a word in capitals, not 'bye'"}},
	{"CANCEL scripted",
	 SCRIPT "{when: CANCEL, reply: 481}\n",
	 {"f.yml:4:18: a CANCEL is always answered as it should be"}},
	{"INVITE sent",
	 SCRIPT "{after: 1s, send: INVITE}\n",
	 {"f.yml:4:29: 'send: INVITE' is not for a recorder (a re-INVITE is)"}},
	{"sending before the dialog",
	 SCRIPT "{when: INVITE, send: BYE}\n",
	 {"f.yml:4:26: 'send' comes too early"}},
	{"reply to an ACK",
	 SCRIPT "{when: ACK, send: BYE, reply: 200}\n",
	 {"f.yml:4:34: 'reply' is no use: an ACK has no reply"}},
	{"provisional reply",
	 SCRIPT "{when: BYE, reply: 180}\n",
	 {"f.yml:4:30: 'reply' wants a code 200 to 699, or never, not '180'"}},
	{"direction of a refusal",
	 SCRIPT "{when: INVITE, reply: 486, answer: inactive}\n",
	 {"f.yml:4:38: 'answer' goes with a 2xx"}},
	{"offer in an INFO",
	 SCRIPT "{after: 1s, send: INFO, offer: same}\n",
	 {"f.yml:4:35: 'offer' goes with re-INVITE and UPDATE"}},
	{"offer misspelt",
	 SCRIPT "{after: 1s, send: UPDATE, offer: inactiv}\n",
	 {"f.yml:4:44: 'offer' wants one of none, same, inactive, recvonly, "
	  "fewer, cut, more, moved, not 'inactiv' (did you mean "
	  "'inactive'?)"}},
	{"body of a BYE",
	 SCRIPT "{after: 1s, send: BYE, body: x}\n",
	 {"f.yml:4:34: 'body' does not go with BYE"}},
	{"type without body",
	 SCRIPT "{after: 1s, send: INFO, type: a/b}\n",
	 {"f.yml:4:35: 'type' goes with 'body'"}},
	{"tag of nothing",
	 SCRIPT "{when: BYE, tag: wrong}\n",
	 {"f.yml:4:23: 'tag' goes with 'send'"}},
	{"times",
	 SCRIPT "{when: BYE, times: 0}\n",
	 {"f.yml:4:30: 'times' wants a number 1 to 1000000, not '0'"}},
	{"header of the dialog",
	 SCRIPT "{when: BYE, headers: [\"Via: x\"]}\n",
	 {"f.yml:4:33: header 'Via' is written by"}},
	{"listen",
	 "name: x\nsrs: {name: v, listen: \"127.0.0.1\"}\n",
	 {"f.yml:2:24: 'listen' wants udp:, tcp: or tls:ADDRESS:PORT"}},
	{"header of one value",
	 HEAD "src: {headers: [\"X-A: 1\", \"session-expires: 90\"]}\n",
	 {"f.yml:3:16: header 'session-expires' is written by the SRC itself"}},
	{"lines of one text",
	 HEAD "src: {headers: \"X-A: 1\\r\\nVia: x\\r\\n\"}\n",
	 {"f.yml:3:16: header 'Via' is written by the SRC itself"}},
	{"socket",
	 HEAD "src: {socket: \"udp:127.0.0.1:sip\"}\n",
	 {"f.yml:3:15: 'socket' wants udp:ADDRESS:PORT"}},
	{"socket of an instance",
	 HEAD "src: {instances: {a: {socket: \"127.0.0.1:5060\"}}}\n",
	 {"f.yml:3:31: 'socket' wants udp:ADDRESS:PORT"}},
	{"socket tls",
	 HEAD "src: {socket: \"tls:127.0.0.1:0\"}\n",
	 {"f.yml:3:15: 'socket' wants udp:ADDRESS:PORT"}},
	{"server",
	 HEAD "src: {servers: [vault, spar]}\n",
	 {"f.yml:3:24: 'spar' is neither a recorder of 'srs' nor a SIP URI "
	  "(did you mean 'spare'?)"}},
	{"no servers",
	 HEAD "src: {servers: []}\n",
	 {"f.yml:3:16: 'servers' is empty"}},
	{"edit of an empty list",
	 HEAD "src: {edit: []}\n",
	 {"f.yml:3:13: 'edit' wants 1 to 100 entries"}},
	{"edit of an instance",
	 HEAD "src: {instances: {a: {edit: {drop: true}}}}\n",
	 {"f.yml:3:23: unknown key 'edit' in an instance"}},
	{"edit that does nothing",
	 HEAD "src: {edit: {of: BYE}}\n",
	 {"f.yml:3:13: an entry of 'edit' needs what it changes"}},
	{"edit without replace",
	 HEAD "src: {edit: {with: x, again: 1}}\n",
	 {"f.yml:3:14: 'with' goes with 'replace'"}},
	{"edit of nothing",
	 HEAD "src: {edit: {replace: \"\"}}\n",
	 {"f.yml:3:23: 'replace' wants a text that is not empty"}},
	{"edit that drops and adds",
	 HEAD "src: {edit: {drop: true, again: 1}}\n",
	 {"f.yml:3:26: 'again' does not go with 'drop': nothing is sent"}},
	{"edit of all and a part",
	 HEAD "src: {edit: {text: x, replace: y}}\n",
	 {"f.yml:3:23: 'replace' does not go with 'text'"}},
	{"edit of no method",
	 HEAD "src: {edit: {of: bye, drop: true}}\n",
	 {"f.yml:3:18: a request is a word in capitals, not 'bye'"}},
	{"edit in an unknown way",
	 HEAD "src: {edit: {mangle: compct}}\n",
	 {"f.yml:3:22: 'mangle' does not know 'compct'"}},
	{"edit that is longer and shorter",
	 HEAD "src: {edit: {longer: 1, shorter: 2}}\n",
	 {"f.yml:3:25: 'shorter' does not go with 'longer'"}},
	{"edit with half a header",
	 HEAD "src: {edit: {headers: Subject}}\n",
	 {"f.yml:3:23: 'headers' wants lines such as 'Subject: one'"}},
	{"src login",
	 HEAD "src: {login: {user: a}}\n",
	 {"f.yml:3:14: login needs 'password'"}},
	{"login with quotes",
	 HEAD "src: {login: {user: 'a\"b', password: x}}\n",
	 {"f.yml:3:21: 'user' has no quotes, backslashes or control "
	  "characters: it stands between quotes in the header"}},
	{"login of nobody",
	 HEAD "src: {login: {user: '', password: x}}\n",
	 {"f.yml:3:21: 'user' is empty"}},
	{"a login for a real recorder",
	 "name: x\nsrs: {name: v, uri: \"sip:h\", login: {user: a, password: "
	 "b}}\n",
	 {"f.yml:2:30: 'login' does not go with 'uri': what is said to a real "
	  "recorder is the 'login' of 'src', or of a server"}},
	{"a refresh of no timer",
	 "name: x\nsrs: {name: v, refresh: never}\n",
	 {"f.yml:2:16: 'refresh' needs 'session_expires'"}},
	{"an algorithm of nobody",
	 "name: x\nsrs: {name: v, login: {user: a, password: b, algorithm: "
	 "SHA-2}}\n",
	 {"f.yml:2:57: 'algorithm' does not know 'SHA-2' (did you mean "
	  "'SHA-256'?)"}},
	{"transport sctp",
	 HEAD "src: {transport: sctp}\n",
	 {"f.yml:3:18: 'transport' wants"}},
	{"transport and listen",
	 "name: x\nsrs: {name: v, transport: tls, listen: "
	 "\"tcp:127.0.0.1:0\"}\n",
	 {"f.yml:2:16: 'transport' does not go with 'listen: "
	  "tcp:127.0.0.1:0'"}},
	{"key of nothing",
	 HEAD "src: {tls: {key: /etc/passwd}}\n",
	 {"f.yml:3:12: 'key' without 'cert'"}},
	{"flaw of a file",
	 "name: x\nsrs: {name: v, tls: {cert: /etc/passwd, flaw: expired}}\n",
	 {"f.yml:2:21: 'flaw' is of a certificate that the run makes"}},
	{"own beside a file",
	 HEAD "src: {tls: {cert: /etc/passwd, own: true}}\n",
	 {"f.yml:3:12: 'own' is instead of 'cert'"}},
	{"weight without its selection",
	 HEAD "src: {servers: [{name: vault, weight: 2}]}\n",
	 {"f.yml:3:31: 'weight' goes with 'select: weighted'"}},
	{"weight out of range",
	 HEAD "src: {select: weighted, servers: {name: vault, weight: 101}}\n",
	 {"f.yml:3:56: 'weight' wants a number 0 to 100, not '101'"}},
	{"a weight of nobody",
	 HEAD "src: {select: weighted, servers: [{weight: 1}]}\n",
	 {"f.yml:3:35: a server needs 'name'"}},
	{"gap without a range",
	 HEAD "expect: {gap: caller}\n",
	 {"f.yml:3:9: 'gap' needs 'duration: ..200ms'"}},
	{"gap of nobody",
	 HEAD "expect: {gap: calle, duration: ..1s}\n",
	 {"f.yml:3:15: there is no party 'calle' (did you mean 'caller'?)"}},
	{"calls counted without a load",
	 HEAD "expect: {recorded_by: vault, count: 1}\n",
	 {"f.yml:3:30: 'count' of 'recorded_by' counts calls and needs a "
	  "'load' of several"}},
	{"skip codes",
	 HEAD "src: {skip_failover_codes: \"4(\"}\n",
	 {"f.yml:3:28: 'skip_failover_codes' wants a regular expression, and "
	  "'4(' is none"}},
	{"skip codes that explode",
	 HEAD "src: {skip_failover_codes: \"((4{99}){99}){99}\"}\n",
	 {"it is too large"}},
	{"answer_within",
	 HEAD "src: {answer_within: 0s}\n",
	 {"f.yml:3:22: 'answer_within' wants 1ms to 24h, not '0s'"}},
	{"session_expires and keepalive",
	 HEAD "src: {session_expires: 10s, keepalive: 0s}\n",
	 {"f.yml:3:24: 'session_expires' wants 90s to 24h, not '10s'",
	  "f.yml:3:40: 'keepalive' wants 1s to 24h, not '0s'"}},
	{"media address",
	 HEAD "src: {media: here}\n",
	 {"f.yml:3:14: 'media' wants an IP address, not 'here'"}},
	{"from_uri",
	 HEAD "src: {from_uri: \"tel:123\"}\n",
	 {"f.yml:3:17: 'from_uri' wants a SIP URI"}},
	{"control in a header",
	 HEAD "src: {headers: \"X-A: a\\x01b\"}\n",
	 {"f.yml:3:16: header 'X-A' has a control character"}},
	{"fault in an instance",
	 HEAD "src: {instances: {a: {srvers: vault}}}\n",
	 {"f.yml:3:23: unknown key 'srvers' in an instance (did you mean "
	  "'servers'?)"}},
	{"instance called recording",
	 HEAD "src: {instances: {recording: {}}}\n",
	 {"f.yml:3:19: an instance cannot be called 'recording'"}},
	{"fault of src shared by two instances",
	 HEAD "src: {group: [], instances: {a: , b: }}\n",
	 {"f.yml:3:14: 'group' wants a text, not a list"}},

	/* timeline */
	{"no time",
	 HEAD "timeline: [{pause: recording}]\n",
	 {"f.yml:3:12: a step needs 'at', 'after' or 'when'"}},
	{"two times",
	 HEAD "timeline: [{at: 1s, after: 1s, pause: recording}]\n",
	 {"f.yml:3:12: a step has one of 'at', 'after' and 'when'"}},
	{"no verb",
	 HEAD "timeline: [{at: 1s}]\n",
	 {"f.yml:3:12: a step needs a verb"}},
	{"two verbs",
	 HEAD "timeline: [{at: 1s, pause: recording, stop: x}]\n",
	 {"f.yml:3:12: two verbs in one step"}},
	{"verb not built",
	 HEAD "timeline: [{at: 2s, join: callee}]\n",
	 {"f.yml:3:21: 'join' is not built yet"}},
	{"hold of nobody",
	 HEAD "timeline: [{at: 2s, hold: call}]\n",
	 {"f.yml:3:27: it is the caller or the callee that does this, not "
	  "'call'"}},
	{"reinvite by a recorder",
	 HEAD "timeline: [{at: 2s, reinvite: caller, by: vault}]\n",
	 {"f.yml:3:43: a party changes the call by invite or update, not by "
	  "'vault'"}},
	{"codec of a change",
	 HEAD "timeline: [{at: 2s, reinvite: caller, codec: [PCMA, G729]}]\n",
	 {"f.yml:3:53: 'codec' wants PCMU or PCMA, not 'G729'"}},
	{"video that cannot be made up",
	 HEAD "call: {video: H265}\n",
	 {"f.yml:3:15: 'video' wants VP8 or H264, not 'H265'"}},
	{"video of a change",
	 HEAD "timeline: [{at: 2s, reinvite: caller, video: [VP8, PCMU]}]\n",
	 {"f.yml:3:52: 'video' wants VP8 or H264, not 'PCMU', or none"}},
	{"video of a hold",
	 HEAD "timeline: [{at: 2s, hold: caller, video: VP8}]\n",
	 {"f.yml:3:35: 'video' goes with 'reinvite' of a party"}},
	{"video without offer",
	 HEAD "timeline: [{at: 2s, reinvite: caller, offer: none, video: "
	      "none}]\n",
	 {"f.yml:3:52: 'video' needs an offer in the re-INVITE"}},
	{"codec of a hold",
	 HEAD "timeline: [{at: 2s, hold: caller, codec: PCMA}]\n",
	 {"f.yml:3:35: 'codec' goes with 'reinvite' of a party"}},
	{"port of a pause",
	 HEAD "timeline: [{at: 2s, pause: recording, port: new}]\n",
	 {"f.yml:3:39: 'port' goes with 'reinvite' of a party"}},
	{"old port",
	 HEAD "timeline: [{at: 2s, reinvite: caller, port: 4000}]\n",
	 {"f.yml:3:45: 'port' wants new, not '4000'"}},
	{"UPDATE without offer",
	 HEAD "timeline: [{at: 2s, reinvite: caller, offer: none, by: "
	      "update}]\n",
	 {"f.yml:3:39: an UPDATE without SDP offers nothing"}},
	{"a recorder's offer of a party",
	 HEAD "timeline: [{at: 2s, reinvite: caller, offer: fewer}]\n",
	 {"f.yml:3:39: 'offer' of a party can be none"}},
	{"port of a recorder",
	 HEAD "timeline: [{at: 2s, reinvite: recording, by: vault, port: "
	      "new}]\n",
	 {"f.yml:3:53: 'port' goes with 'reinvite' of a party"}},
	{"codec without offer",
	 HEAD "timeline: [{at: 2s, reinvite: caller, offer: none, codec: "
	      "PCMA}]\n",
	 {"f.yml:3:52: 'codec' needs an offer in the re-INVITE"}},
	{"transfer to nobody",
	 HEAD "timeline: [{at: 2s, transfer: callee}]\n",
	 {"f.yml:3:12: 'transfer' needs 'to', one of 'parties'"}},
	{"transfer to a stranger",
	 HEAD "timeline: [{at: 2s, transfer: callee, to: calee}]\n",
	 {"f.yml:3:43: there is no party 'calee' (did you mean 'callee'?)"}},
	{"transfer to who is there",
	 HEAD "timeline: [{at: 2s, transfer: callee, to: caller}]\n",
	 {"f.yml:3:43: the caller is in the call already: 'to' wants one of "
	  "'parties'"}},
	{"transfer of a third one",
	 HEAD "call: {parties: {eve: \"sip:e@h\"}}\ntimeline: [{at: 2s, "
	      "transfer: eve, to: eve}]\n",
	 {"f.yml:4:31: it is the caller or the callee that does this, not "
	  "'eve'"}},
	{"transfer to a capture",
	 HEAD "call: {parties: {eve: \"sip:e@h\"}}\nmedia: {eve: {pcap: "
	      "x.pcap}}\ntimeline: [{at: 2s, transfer: caller, to: eve}]\n",
	 {"f.yml:4:21: 'pcap': there is no file",
	  "f.yml:5:43: eve plays a capture, and cannot take over so far"}},
	{"identity of nobody",
	 HEAD "timeline: [{at: 2s, identity: callee}]\n",
	 {"f.yml:3:12: 'identity' needs 'to', a name-addr"}},
	{"identity that is none",
	 HEAD "timeline: [{at: 2s, identity: callee, to: eve}]\n",
	 {"f.yml:3:43: a party is 'Alice <sip:alice@example.com>'"}},
	{"to of a pause",
	 HEAD "timeline: [{at: 2s, pause: recording, to: eve}]\n",
	 {"f.yml:3:39: 'to' goes with transfer and identity"}},
	{"identity by a recorder",
	 HEAD
	 "timeline: [{at: 2s, identity: callee, to: \"sip:e@h\", by: vault}]\n",
	 {"f.yml:3:58: a party changes the call by invite or update"}},
	{"unknown instance",
	 HEAD "timeline: [{at: 2s, pause: deflt}]\n",
	 {"f.yml:3:28: there is no instance 'deflt' (did you mean "
	  "'default'?)"}},
	{"unknown event",
	 HEAD "timeline: [{when: strt, pause: recording}]\n",
	 {"f.yml:3:19: there is no event 'strt' (did you mean 'start'?)"}},
	{"unknown recorder",
	 HEAD "timeline: [{at: 2s, kill: valt}]\n",
	 {"f.yml:3:27: there is no recorder 'valt' (did you mean 'vault'?)"}},
	{"bye before answer",
	 HEAD "timeline: [{at: 0.5s, bye: caller}]\n",
	 {"f.yml:3:12: bye at 0.5s, but the call is answered only at 1s"}},
	{"bye of a recording",
	 HEAD "timeline: [{at: 2s, bye: recording}]\n",
	 {"f.yml:3:26: 'bye' wants caller, callee, both or call"}},
	{"re-INVITE of nobody",
	 HEAD "timeline: [{at: 2s, options: recording}]\n",
	 {"f.yml:3:30: it is a recorder that does this: {..., by: NAME}"}},
	{"result of nothing known",
	 HEAD "timeline: [{at: 2s, pause: recording, result: lots}]\n",
	 {"f.yml:3:47: nothing a recording is asked comes to 'lots' (did you "
	  "mean 'lost'?)"}},
	{"refused without a code",
	 HEAD "timeline: [{at: 2s, pause: recording, result: refused}]\n",
	 {"f.yml:3:47: 'result' wants a code with 'refused', as in 'refused "
	  "488', not 'refused'"}},
	{"refused with a 2xx",
	 HEAD "timeline: [{at: 2s, pause: recording, result: refused 200}]\n",
	 {"f.yml:3:47: 'result' wants a code with 'refused'"}},
	{"result of a party's doing",
	 HEAD "timeline: [{at: 2s, hold: caller, result: ok}]\n",
	 {"f.yml:3:35: 'result' goes with what a recording is asked"}},
	{"result of a recorder's doing",
	 HEAD
	 "timeline: [{at: 2s, update: recording, by: vault, result: ok}]\n",
	 {"f.yml:3:51: 'result' goes with what a recording is asked"}},
	{"unknown instance and another result",
	 HEAD "timeline: [{at: 2s, pause: defualt, result: ok}]\n",
	 {"f.yml:3:28: there is no instance 'defualt'"}},
	{"request that has a verb",
	 HEAD "timeline: [{at: 2s, send: BYE}]\n",
	 {"f.yml:3:27: BYE is not sent by a step: the dialog depends on it "
	  "('stop: recording' does)"}},
	{"re-INVITE by send",
	 HEAD "timeline: [{at: 2s, send: re-INVITE}]\n",
	 {"f.yml:3:27: re-INVITE is not sent by a step"}},
	{"request in small letters",
	 HEAD "timeline: [{at: 2s, send: info}]\n",
	 {"f.yml:3:27: a request is a word in capitals, not 'info' (did you "
	  "mean 'INFO'?)"}},
	{"header that injects another",
	 HEAD
	 "timeline: [{at: 2s, send: INFO, headers: [\"A: 1\\rVia: x\"]}]\n",
	 {"f.yml:3:43: header 'A' has a control character in it"}},
	{"header of the SRC's own, sent",
	 HEAD
	 "timeline: [{at: 2s, send: INFO, headers: [\"Content-Type: a/b\"]}]\n",
	 {"f.yml:3:43: header 'Content-Type' is written by the SRC itself"}},
	{"type that injects a header",
	 HEAD "timeline: [{at: 2s, send: INFO, body: x, type: \"a/b\\r\\nVia: "
	      "x\"}]\n",
	 {"f.yml:3:48: 'type' wants a media type such as text/plain"}},
	{"type of no body",
	 HEAD "timeline: [{at: 2s, send: INFO, type: a/b}]\n",
	 {"f.yml:3:33: 'type' goes with 'body'"}},
	{"body of a pause",
	 HEAD "timeline: [{at: 2s, pause: recording, body: x}]\n",
	 {"f.yml:3:39: 'body' goes with 'send'"}},
	{"headers of a hold",
	 HEAD "timeline: [{at: 2s, hold: caller, headers: [\"A: 1\"]}]\n",
	 {"f.yml:3:35: 'headers' goes with 'send'"}},
	{"send in an instance that there is not",
	 HEAD "timeline: [{at: 2s, send: INFO, instance: defualt}]\n",
	 {"f.yml:3:43: there is no instance 'defualt' (did you mean "
	  "'default'?)"}},
	{"offer of our update",
	 HEAD "timeline: [{at: 2s, update: recording, offer: same}]\n",
	 {"f.yml:3:40: 'offer' is for a recorder's UPDATE"}},
	{"question to an instance",
	 HEAD "timeline: [{at: 2s, options: default, by: vault}]\n",
	 {"f.yml:3:30: a recorder asks in a 'recording', not 'default'"}},
	{"offer in a pause",
	 HEAD "timeline: [{at: 2s, pause: recording, offer: same}]\n",
	 {"f.yml:3:39: 'offer' goes with reinvite and update"}},
	{"pause by",
	 HEAD "timeline: [{at: 2s, pause: recording, by: vault}]\n",
	 {"f.yml:3:43: 'by' goes with what a recorder does"}},
	{"revive without kill",
	 HEAD "timeline: [{at: 2s, revive: vault}]\n",
	 {"f.yml:3:12: nothing ever kills recorder 'vault'"}},

	/* expect */
	{"no check",
	 EXPECT "{to: vault}\n",
	 {"f.yml:4:5: an entry of 'expect' needs a check"}},
	{"two checks",
	 EXPECT "{quiet: vault, rtp: vault/caller}\n",
	 {"f.yml:4:20: two checks in one entry, 'quiet' and 'rtp'"}},
	{"misspelt check",
	 EXPECT "{recorded: vault}\n",
	 {"f.yml:4:6: unknown key 'recorded' in an entry of expect"}},
	{"pack misspelt",
	 EXPECT "{rules: rfc7866-srs}\n",
	 {"f.yml:4:13: there is no rule 'rfc7866-srs' (did you mean "
	  "'rfc7866-src'?)"}},
	{"level of a rule",
	 EXPECT "{rules: 7866-6.2-d, level: must}\n",
	 {"f.yml:4:25: 'level' goes with 'rules: rfc7866-src', of which it "
	  "takes a part"}},
	{"level of nothing",
	 EXPECT "{rules: rfc7866-src, level: may}\n",
	 {"f.yml:4:33: 'level'"}},
	{"level of another check",
	 EXPECT "{quiet: vault, between: [1s, 2s], level: must}\n",
	 {"f.yml:4:39: 'level' does not go with 'quiet'"}},
	{"unknown rule",
	 EXPECT "{rules: [7866-6.2-d, 7866-6.2-dd]}\n",
	 {"f.yml:4:26: there is no rule '7866-6.2-dd' (did you mean "
	  "'7866-6.2-d'?)"}},
	{"code of a list",
	 EXPECT "{reply: BYE, code: [200, 17]}\n",
	 {"f.yml:4:30: 'code' is a code 100 to 699, not '17'"}},
	{"no code in the list",
	 EXPECT "{reply: BYE, code: []}\n",
	 {"f.yml:4:5: 'reply' needs 'code', 'within', 'has' or 'not'",
	  "f.yml:4:24: 'code' wants 1 to 8 codes"}},
	{"recorded by whom",
	 EXPECT "{recorded_by: [vault, valt]}\n",
	 {"f.yml:4:27: there is no recorder 'valt' (did you mean 'vault'?)"}},
	{"attempt without result",
	 EXPECT "{attempts: [vault]}\n",
	 {"f.yml:4:17: an attempt is a recorder and a final code"}},
	{"attempt with 180",
	 EXPECT "{attempts: vault 180}\n",
	 {"f.yml:4:16: an attempt is a recorder and a final code"}},
	{"attempt of whom",
	 EXPECT "{attempts: [first timeout]}\n",
	 {"f.yml:4:17: there is no recorder 'first'"}},
	{"event",
	 EXPECT "{events: [strat]}\n",
	 {"f.yml:4:15: there is no event 'strat' (did you mean 'start'?)"}},
	{"event has",
	 EXPECT "{events: {event: start, has: {serverr: x}}}\n",
	 {"f.yml:4:35: an event has no 'serverr' (did you mean 'server'?)"}},
	{"request",
	 EXPECT "{requests: [INVTE], to: nobody}\n",
	 {"f.yml:4:17: there is no request 'INVTE' (did you mean 'INVITE'?)",
	  "f.yml:4:29: there is no recorder 'nobody'"}},
	{"re-INVITE",
	 EXPECT "{never: re-INVITE}\n",
	 {"f.yml:4:13: a re-INVITE counts as INVITE here"}},
	{"reply alone",
	 EXPECT "{reply: INVITE}\n",
	 {"f.yml:4:5: 'reply' needs 'code', 'within', 'has' or 'not'"}},
	{"reply by nobody",
	 EXPECT "{reply: BYE, by: vault, code: 200}\n",
	 {"f.yml:4:22: 'by' wants one of recorder, src, not 'vault'"}},
	{"reply to what nobody sends",
	 EXPECT "{reply: FOO, by: src, code: 405}\n",
	 {"f.yml:4:13: there is no request 'FOO'"}},
	{"reply code",
	 EXPECT "{reply: INVITE, code: 99}\n",
	 {"f.yml:4:27: 'code' is a code 100 to 699, not '99'"}},
	{"stream",
	 EXPECT "{rtp: vault}\n",
	 {"f.yml:4:11: 'rtp' wants a recorder and a party such as "
	  "vault/caller, not 'vault'"}},
	{"stream of whom",
	 EXPECT "{rtp: vault/video}\n",
	 {"f.yml:4:11: there is no party 'video'"}},
	{"sound of video",
	 EXPECT "{audio: vault/caller/video, tone: 440Hz}\n",
	 {"f.yml:4:13: 'audio' is about what a party says, such as "
	  "vault/caller, not its video"}},
	{"sound of a second line",
	 EXPECT "{audio: vault/caller/audio2, silence: true}\n",
	 {"f.yml:4:13: 'audio' is about what a party says, such as "
	  "vault/caller, not its audio2"}},
	{"party of rtp",
	 EXPECT "{rtp: vault/carol}\n",
	 {"f.yml:4:11: there is no party 'carol'"}},
	{"modifier of another",
	 EXPECT "{rtp: vault/caller, tone: 440Hz}\n",
	 {"f.yml:4:25: 'tone' does not go with 'rtp' (it goes with audio, "
	  "files)"}},
	{"packets",
	 EXPECT "{rtp: vault/caller, packets: 10..5}\n",
	 {"f.yml:4:34: 'packets' wants a number or a range"}},
	{"packets as captured",
	 EXPECT "{rtp: vault/caller, packets: as_captured}\n",
	 {"f.yml:4:5: 'as_captured' is for a call out of a capture"}},
	{"audio of what",
	 EXPECT "{audio: vault/caller}\n",
	 {"f.yml:4:5: 'audio' needs 'tone: 440Hz'"}},
	{"quiet when",
	 EXPECT "{quiet: vault}\n",
	 {"f.yml:4:5: 'quiet' needs 'between: [2s, 3s]'"}},
	{"between backwards",
	 EXPECT "{quiet: vault, between: [3s, 2s]}\n",
	 {"f.yml:4:29: 'between' ends before it begins"}},
	{"between one",
	 EXPECT "{quiet: vault, between: 3s}\n",
	 {"f.yml:4:29: 'between' wants two times"}},
	{"metadata_valid",
	 EXPECT "{metadata_valid: yes}\n",
	 {"f.yml:4:22: 'metadata_valid' wants true or false, not 'yes'"}},
	{"sdp",
	 EXPECT "{sdp: ofer, has: x}\n",
	 {"f.yml:4:11: 'sdp' wants offer or answer, not 'ofer'"}},
	{"sdp without lines",
	 EXPECT "{sdp: offer}\n",
	 {"f.yml:4:5: 'sdp' needs 'has' or 'not'"}},
	{"same across one",
	 EXPECT "{same: offer, across: vault}\n",
	 {"f.yml:4:5: 'same' needs 'across' with two recorders"}},
	{"if without matrix",
	 EXPECT "{recorded_by: vault, if: {code: 1}}\n",
	 {"f.yml:4:31: 'if': there is no 'code' in the matrix"}},
	{"instance",
	 EXPECT "{recorded_by: vault, instance: b}\n",
	 {"f.yml:4:36: there is no instance 'b'"}},
	{"at",
	 EXPECT "{metadata: x, at: later}\n",
	 {"f.yml:4:23: 'at' wants a time such as 4s or 300ms, not 'later'"}},

	/* values in place */
	{"unknown name",
	 HEAD "vars: {tone: 440Hz}\nmedia: {caller: {tone: "
	      "\"${tine}\"}}\n",
	 {"f.yml:4:24: ${tine} has no value (did you mean 'tone'?)",
	  "f.yml:4:24: 'tone' wants a frequency"}},
	{"no brace",
	 "name: a ${b\nsrs: {name: v}\n",
	 {"f.yml:1:7: '${' without '}'"}},
	{"environment not asked for",
	 "name: a ${HOME}\nsrs: {name: v}\n",
	 {"f.yml:1:7: ${HOME} has no value"}},
	{"environment missing",
	 HEAD "needs: {env: [SIPREC_NOT_SET]}\n",
	 {"f.yml:3:14: needs the environment variable SIPREC_NOT_SET"}},
	{"matrix of maps",
	 HEAD "matrix: {a: [{b: 1}]}\n",
	 {"f.yml:3:14: a value of 'a' must be a text or a number"}},
	{"empty axis",
	 HEAD "matrix: {a: []}\n",
	 {"f.yml:3:13: 'a' wants a list of values"}},
	{"fault in one run only",
	 HEAD "matrix: {c: [486, 200]}\n"
	      "call: {reject: \"${c}\"}\n",
	 {"f.yml:4:16: 'reject' wants a number 300 to 699, not '200'"}},
};

static size_t print_wrong(const char *name, const char *wanted, const char *got)
{
	print_error("%s: wanted '%s', got '%s'\n", name, wanted, got);
	return 1;
}

/* How many things are not as the row says. */
static size_t check_row(const struct row *r)
{
	struct scn_set set;
	struct causes c;
	size_t i = 0, wrong = 0;

	causes_init(&c);
	if (scn_load_text(&set, "f.yml", r->yaml, strlen(r->yaml), NULL, 0,
			  &c) != -1)
		fail_msg("%s: no fault", r->name);
	assert_int_equal(set.n, 0);
	for (; i < 4 && r->fault[i]; i++) {
		if (i >= c.n || !strstr(c.at[i].text, r->fault[i]))
			wrong += print_wrong(r->name, r->fault[i],
					     i < c.n ? c.at[i].text : "none");
	}
	for (; i < c.n; i++)
		wrong += print_wrong(r->name, "none", c.at[i].text);
	causes_fini(&c);
	return wrong;
}

static void test_fault_rows(void **state)
{
	size_t i, wrong = 0;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		wrong += check_row(&rows[i]);
	assert_int_equal(wrong, 0);
}

static enum err_kind load_kind(const char *text, size_t n)
{
	struct scn_set set;
	struct causes c;
	enum err_kind kind;

	causes_init(&c);
	assert_int_equal(scn_load_text(&set, "f.yml", text, n, NULL, 0, &c),
			 -1);
	kind = c.at[0].kind;
	causes_fini(&c);
	return kind;
}

static void test_fault_kinds(void **state)
{
	static const char env[] = HEAD "needs: {env: [SIPREC_NOT_SET]}\n";
	static const char wav[] = HEAD "media: {caller: {wav: no.wav}}\n";
	struct scn_set set;
	struct causes c;

	(void)state;
	assert_int_equal(load_kind("a: 1\n", 5), ERR_SCENARIO);
	assert_int_equal(load_kind(env, strlen(env)), ERR_ENV);
	assert_int_equal(load_kind(wav, strlen(wav)), ERR_ENV);
	causes_init(&c);
	assert_int_equal(scn_load(&set, "no/such.yml", NULL, 0, &c), -1);
	assert_int_equal(c.at[0].kind, ERR_ENV);
	causes_fini(&c);
}

static void test_fault_document_too_large(void **state)
{
	size_t n = 1024 * 1024 + 1;
	char *text = malloc(n);

	(void)state;
	memset(text, '#', n);
	assert_int_equal(load_kind(text, n), ERR_SCENARIO);
	free(text);
}

static void add_level(struct buf *b, int level)
{
	int i;

	buf_addf(b, "l%d: &l%d [", level, level);
	for (i = 0; i < 9; i++)
		buf_addf(b, "*l%d, ", level - 1);
	buf_add_str(b, "x]\n");
}

static void test_fault_billion_laughs(void **state)
{
	struct scn_set set;
	struct causes c;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 65536);
	buf_add_str(&b, "l0: &l0 [x, x]\n");
	for (i = 1; i < 10; i++)
		add_level(&b, i);
	causes_init(&c);
	assert_int_equal(scn_load_text(&set, "f.yml", b.p, b.n, NULL, 0, &c),
			 -1);
	assert_int_equal(c.n, 1);
	assert_non_null(strstr(c.at[0].text, "too many values"));
	causes_fini(&c);
	buf_fini(&b);
}

/* Cut at every byte, a good file never does worse than give faults. */
static void test_fault_cut_anywhere(void **state)
{
	static const char text[] =
		"name: \"a ${b} c\"\nvars: {b: 1}\nmatrix: {c: [1, 2]}\n"
		"srs: [{name: v, refuse: 486}]\nsrc: {servers: v}\n"
		"expect:\n  - {attempts: [v 486], if: {c: 1}}\n";
	struct scn_set set;
	struct causes c;
	size_t n;

	(void)state;
	for (n = 0; n <= strlen(text); n++) {
		int rc;

		causes_init(&c);
		rc = scn_load_text(&set, "f.yml", text, n, NULL, 0, &c);
		assert_true(rc == 0 ? set.n == 2 || set.n == 1 : c.n > 0);
		scn_set_fini(&set);
		causes_fini(&c);
	}
}

static int refuse_xpath(const char *xpath, struct err *e)
{
	return err_set(e, ERR_SCENARIO, "bad path %s", xpath);
}

static int refuse_xml(struct span xml, bool own_ns, struct err *e)
{
	return err_set(e, ERR_SCENARIO, "bad %s %.*s", own_ns ? "own" : "any",
		       SPAN_ARG(xml));
}

static int refuse_media(const struct scn_media *m, struct err *e)
{
	return err_set(e, ERR_INPUT, "no stream %d in %s", m->stream, m->path);
}

static void test_fault_from_checkers(void **state)
{
	static const char media[] = HEAD
		"media: {caller: {pcap: pcaps/cut.pcap}}\n";
	static const struct scn_checkers strict = {.xpath = refuse_xpath,
						   .fragment = refuse_xml,
						   .media = refuse_media};
	static const struct row row = {
		"checkers",
		HEAD "src: {caller: <a>, session_custom_extension: <b>}\n"
		     "expect: {metadata: \"//x\"}\n"
		     "media: {caller: {stream: 7, pcap: pcaps/cut.pcap}}\n",
		{"f.yml:3:15: 'caller': bad any <a>",
		 "f.yml:3:46: 'session_custom_extension': bad own <b>",
		 "f.yml:4:20: bad path //x",
		 "f.yml:5:35: no stream 7 in pcaps/cut.pcap"}};

	(void)state;
	scn_set_checkers(&strict);
	assert_int_equal(check_row(&row), 0);
	assert_int_equal(load_kind(media, strlen(media)), ERR_ENV);
	scn_set_checkers(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_rows),
		cmocka_unit_test(test_fault_kinds),
		cmocka_unit_test(test_fault_document_too_large),
		cmocka_unit_test(test_fault_billion_laughs),
		cmocka_unit_test(test_fault_cut_anywhere),
		cmocka_unit_test(test_fault_from_checkers),
	};

	return cmocka_run_group_tests_name("scenario_faults", tests, NULL,
					   NULL);
}
