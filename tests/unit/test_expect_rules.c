#include "expect_fixture.h"

#include "scenario/rules.h"

/* Who says what, as rows: each rule has one that it holds for, one that it does
 * not, and what it is not about. */

#define SDP_HEAD                                                               \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
#define LINE(port, dir, label)                                                 \
	"m=audio " port " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=" dir         \
	"\r\na=label:" label "\r\n"
#define OFFER                                                                  \
	SDP_HEAD "t=0 0\r\n" LINE("4000", "sendonly", "1")                     \
		LINE("4002", "sendonly", "2")
#define ANSWER                                                                 \
	SDP_HEAD "t=0 0\r\n" LINE("5000", "recvonly", "1")                     \
		LINE("5002", "recvonly", "2")
#define ONE SDP_HEAD "t=0 0\r\n" LINE("5000", "recvonly", "1")
#define SNAPSHOT                                                               \
	"<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\"/>"
#define SRS "Contact: <sip:srs@127.0.0.1>;+sip.srs\r\n"
#define ALLOW "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n"
#define SRC "Contact: <sip:src@127.0.0.1>;+sip.src\r\nRequire: siprec\r\n"

/* One message: `who` is 'c' for the client, 's' for the recorder. */
struct line {
	char who;
	int at_ms;
	const char *start;
	const char *cseq;
	const char *headers;
	const char *type, *body;
	const char *to_tag; /* "": none */
	int off;	    /* of Content-Length */
};

#define INVITE(headers, type, body)                                            \
	{                                                                      \
		'c', 100, "INVITE sip:srs@127.0.0.1 SIP/2.0", "1 INVITE",      \
			headers, type, body, "", 0                             \
	}
#define ASK(method, n, headers, type, body)                                    \
	{                                                                      \
		'c', 500, method " sip:srs@127.0.0.1 SIP/2.0", n " " method,   \
			headers, type, body, "2", 0                            \
	}
#define REPLY(at, code, cseq, headers, type, body)                             \
	{                                                                      \
		's', at, "SIP/2.0 " code " Whatever", cseq, headers, type,     \
			body, "2", 0                                           \
	}
#define OK(headers, body)                                                      \
	REPLY(102, "200", "1 INVITE", headers, "application/sdp", body)
#define ACKED                                                                  \
	{                                                                      \
		'c', 103, "ACK sip:srs@127.0.0.1 SIP/2.0", "1 ACK", "", NULL,  \
			"", "2", 0                                             \
	}

enum { LINES = 6 };
static const char sdp_type[] = "application/sdp";

struct row {
	const char *rule;
	enum verdict_status status;
	struct line line[LINES];
};
#define P VERDICT_PASSED
#define F VERDICT_FAILED
#define S VERDICT_SKIPPED
#define PLAIN INVITE(SRC, sdp_type, OFFER)

static const struct row rows[] = {
	{"7866-6.2-a", S, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-6.2-a",
	 F,
	 {INVITE("Contact: <sip:a@h>\r\n", sdp_type, OFFER), OK(SRS, ANSWER)}},
	{"7866-6.2-a",
	 P,
	 {INVITE("Contact: <sip:a@h>\r\n", sdp_type, OFFER),
	  OK("Contact: <sip:s@h>\r\n", ANSWER)}},
	{"7866-6.2-d", P, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-6.2-d", F, {PLAIN, OK("Contact: <sip:s@h>\r\n", ANSWER)}},
	{"7866-6.2-d", F, {PLAIN, OK("", ANSWER)}},
	{"7866-6.2-d", S, {PLAIN, REPLY(102, "486", "1 INVITE", "", NULL, "")}},
	{"3840-9-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3840-9-a", F, {PLAIN, OK("Contact: <sip:s@h>;+sip-srs\r\n", ANSWER)}},
	{"3840-9-a",
	 F,
	 {PLAIN, OK("Contact: <sip:s@h>;+sip.srs=\"TRUE\"\r\n", ANSWER)}},
	{"3840-9-a", S, {PLAIN, OK("Contact: <sip:s@h>\r\n", ANSWER)}},
	{"3261-8.1.1.8-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-8.1.1.8-a", F, {PLAIN, OK(SRS SRS, ANSWER)}},
	{"3261-8.1.1.8-a", F, {PLAIN, OK("Contact: <<sip:s@h>>\r\n", ANSWER)}},
	{"3261-8.2.6.2", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-8.2.6.2",
	 F,
	 {PLAIN,
	  {'s', 102, "SIP/2.0 200 OK", "1 INVITE", SRS, sdp_type, ANSWER, "",
	   0}}},
	{"3261-12.1.1",
	 F,
	 {PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 103, "SIP/2.0 200 OK", "1 INVITE", SRS, sdp_type, ANSWER, "3",
	   0}}},
	{"3261-12.1.1", P, {PLAIN, OK(SRS, ANSWER), OK(SRS, ANSWER)}},
	{"3261-20.5-a", P, {PLAIN, OK(SRS ALLOW, ANSWER)}},
	{"3261-20.5-a", F, {PLAIN, OK(SRS, ANSWER)}},
	{"3311-4-a", P, {PLAIN, OK(SRS ALLOW, ANSWER)}},
	{"3311-4-a", F, {PLAIN, OK(SRS "Allow: INVITE, BYE\r\n", ANSWER)}},
	{"3261-20.14-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-20.14-a",
	 F,
	 {PLAIN,
	  {'s', 102, "SIP/2.0 200 OK", "1 INVITE", SRS, sdp_type, ANSWER, "2",
	   -4}}},
	{"3261-8.2.2.3-a",
	 P,
	 {INVITE(SRC "Require: odd\r\n", sdp_type, OFFER),
	  REPLY(102, "420", "1 INVITE", "Unsupported: odd\r\n", NULL, "")}},
	{"3261-8.2.2.3-a",
	 F,
	 {INVITE(SRC "Require: odd\r\n", sdp_type, OFFER),
	  REPLY(102, "420", "1 INVITE", "Unsupported: other\r\n", NULL, "")}},
	{"3261-8.2.2.3-a",
	 F,
	 {INVITE(SRC "Require: odd\r\n", sdp_type, OFFER), OK(SRS, ANSWER)}},
	{"3261-8.2.3-a",
	 P,
	 {PLAIN, REPLY(102, "415", "1 INVITE", "Accept: application/sdp\r\n",
		       NULL, "")}},
	{"3261-8.2.3-a",
	 F,
	 {PLAIN, REPLY(102, "415", "1 INVITE", "", NULL, "")}},
	{"3261-11-a.allow",
	 P,
	 {ASK("OPTIONS", "2", "", NULL, ""),
	  REPLY(502, "200", "2 OPTIONS", ALLOW, NULL, "")}},
	{"3261-11-a.allow",
	 F,
	 {ASK("OPTIONS", "2", "", NULL, ""),
	  REPLY(502, "200", "2 OPTIONS", "Allow: INVITE\r\n", NULL, "")}},
	{"3261-11-a.accept",
	 P,
	 {ASK("OPTIONS", "2", "", NULL, ""),
	  REPLY(502, "200", "2 OPTIONS",
		"Accept: application/sdp, application/rs-metadata+xml;q=1\r\n",
		NULL, "")}},
	{"3261-11-a.accept",
	 F,
	 {ASK("OPTIONS", "2", "", NULL, ""),
	  REPLY(502, "200", "2 OPTIONS", "Accept: application/sdp\r\n", NULL,
		"")}},
	{"3261-15.1.2-a",
	 P,
	 {ASK("BYE", "2", "", NULL, ""),
	  REPLY(502, "200", "2 BYE", "", NULL, "")}},
	{"3261-15.1.2-a",
	 F,
	 {ASK("BYE", "2", "", NULL, ""),
	  REPLY(502, "405", "2 BYE", "", NULL, "")}},
	{"3261-15.1.2-a", F, {ASK("BYE", "2", "", NULL, "")}},
	{"3261-17.2.1", P, {PLAIN, PLAIN, OK(SRS, ANSWER), OK(SRS, ANSWER)}},
	{"3261-17.2.1",
	 F,
	 {PLAIN,
	  PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 104, "SIP/2.0 200 OK", "1 INVITE", SRS, sdp_type, ANSWER, "9",
	   0}}},
	{"3261-17.2.1", S, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-17.2.1.trying", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-17.2.1.trying",
	 F,
	 {PLAIN, REPLY(900, "200", "1 INVITE", SRS, sdp_type, ANSWER)}},
	{"3261-17.2.1.trying", F, {PLAIN}},
	{"D-final", F, {PLAIN, REPLY(102, "100", "1 INVITE", "", NULL, "")}},
	{"D-final",
	 P,
	 {PLAIN, REPLY(102, "100", "1 INVITE", "", NULL, ""), OK(SRS, ANSWER)}},
	{"D-final", S, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-13.2.1-a", P, {INVITE(SRC, NULL, ""), OK(SRS, ANSWER)}},
	{"3261-13.2.1-a",
	 F,
	 {INVITE(SRC, NULL, ""), REPLY(102, "200", "1 INVITE", SRS, NULL, "")}},
	{"3261-8.1.1-a", S, {PLAIN}},
	{"3261-8.1.1-a",
	 P,
	 {{'s', 500, "BYE sip:a@h SIP/2.0", "7 BYE", "Max-Forwards: 70\r\n",
	   NULL, "", "2", 0}}},
	{"3261-8.1.1-a",
	 F,
	 {{'s', 500, "BYE sip:a@h SIP/2.0", "7 BYE", "", NULL, "", "2", 0}}},
	{"3262-3-a",
	 P,
	 {INVITE(SRC "Supported: 100rel\r\n", sdp_type, OFFER),
	  REPLY(102, "183", "1 INVITE", "Require: 100rel\r\nRSeq: 7\r\n", NULL,
		"")}},
	{"3262-3-a",
	 F,
	 {PLAIN, REPLY(102, "183", "1 INVITE", "Require: 100rel\r\nRSeq: 7\r\n",
		       NULL, "")}},
	{"3262-3-a",
	 F,
	 {INVITE(SRC "Supported: 100rel\r\n", sdp_type, OFFER),
	  REPLY(102, "183", "1 INVITE", "Require: 100rel\r\n", NULL, "")}},
	{"3311-5.2-b",
	 P,
	 {ASK("UPDATE", "2", "", NULL, ""),
	  REPLY(502, "200", "2 UPDATE", "", NULL, "")}},
	{"3311-5.2-b",
	 F,
	 {ASK("UPDATE", "2", "", NULL, ""),
	  REPLY(3000, "200", "2 UPDATE", "", NULL, "")}},
	{"3311-5.2-c",
	 F,
	 {ASK("UPDATE", "2", "", NULL, ""),
	  REPLY(502, "200", "2 UPDATE", "", sdp_type, ANSWER)}},
	{"3311-5.2-c",
	 P,
	 {ASK("UPDATE", "2", "", NULL, ""),
	  REPLY(502, "200", "2 UPDATE", "", NULL, "")}},
	{"3261-22.1",
	 P,
	 {PLAIN, REPLY(102, "401", "1 INVITE",
		       "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
		       NULL, "")}},
	{"3261-22.1", F, {PLAIN, REPLY(102, "401", "1 INVITE", "", NULL, "")}},
	{"3261-22.1",
	 F,
	 {PLAIN,
	  REPLY(102, "407", "1 INVITE",
		"Proxy-Authenticate: Digest realm=\"r\"\r\n", NULL, "")}},
	{"3261-22.1", S, {PLAIN, OK(SRS, ANSWER)}},
	{"D-wrong-login",
	 F,
	 {INVITE(SRC "Authorization: Digest x\r\n", sdp_type, OFFER),
	  OK(SRS, ANSWER)}},
	{"D-wrong-login",
	 P,
	 {INVITE(SRC "Authorization: Digest x\r\n", sdp_type, OFFER),
	  REPLY(102, "403", "1 INVITE", "", NULL, "")}},
	{"D-wrong-login", S, {PLAIN, OK(SRS, ANSWER)}},
	{"4028-9-a",
	 P,
	 {PLAIN, REPLY(102, "422", "1 INVITE", "Min-SE: 90\r\n", NULL, "")}},
	{"4028-9-a",
	 F,
	 {PLAIN, REPLY(102, "422", "1 INVITE", "Min-SE: 30\r\n", NULL, "")}},
	{"4028-9-a", F, {PLAIN, REPLY(102, "422", "1 INVITE", "", NULL, "")}},
	{"4028-9-b",
	 P,
	 {INVITE(SRC "Session-Expires: 1800\r\n", sdp_type, OFFER),
	  OK(SRS "Session-Expires: 1800;refresher=uas\r\n", ANSWER)}},
	{"4028-9-b",
	 F,
	 {INVITE(SRC "Session-Expires: 1800\r\n", sdp_type, OFFER),
	  OK(SRS "Session-Expires: 1800\r\n", ANSWER)}},
	{"4028-9-b",
	 F,
	 {INVITE(SRC "Session-Expires: 1800\r\n", sdp_type, OFFER),
	  OK(SRS "Session-Expires: 3600;refresher=uas\r\n", ANSWER)}},
	{"4028-9-b",
	 F,
	 {INVITE(SRC "Session-Expires: 1800\r\n", sdp_type, OFFER),
	  OK(SRS "Session-Expires: 1800;refresher=uac\r\n", ANSWER)}},
	{"4320-4-a",
	 F,
	 {ASK("INFO", "2", "", NULL, ""),
	  REPLY(502, "408", "2 INFO", "", NULL, "")}},
	{"4320-4-a",
	 P,
	 {ASK("INFO", "2", "", NULL, ""),
	  REPLY(502, "405", "2 INFO", "", NULL, "")}},
	{"D-md-200", P, {PLAIN, OK(SRS, ANSWER)}},
	{"D-md-200",
	 F,
	 {PLAIN, REPLY(102, "200", "1 INVITE", SRS,
		       "application/rs-metadata+xml", "<recording/>")}},
	{"7866-9.2-e",
	 P,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE",
	   "Content-Disposition: recording-session\r\n",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7866-9.2-e",
	 F,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7866-9.2-f",
	 F,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "multipart/mixed;boundary=b",
	   "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\n"
	   "Content-Type: application/rs-metadata+xml\r\n\r\n" SNAPSHOT
	   "\r\n--b--\r\n",
	   "2", 0}}},
	{"7866-9.2-f",
	 P,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7866-9.2-g",
	 F,
	 {{'s', 500, "INFO sip:a@h SIP/2.0", "7 INFO", "",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7866-9.2-g",
	 P,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7865-7-a",
	 F,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "application/rs-metadata-request", SNAPSHOT, "2", 0}}},
	{"7865-7-a",
	 P,
	 {{'s', 500, "UPDATE sip:a@h SIP/2.0", "7 UPDATE", "",
	   "application/rs-metadata+xml", SNAPSHOT, "2", 0}}},
	{"7866-9.2-i", F, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-9.2-i", P, {PLAIN, REPLY(102, "400", "1 INVITE", "", NULL, "")}},
	{"7866-9.2-i",
	 P,
	 {PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 500, "BYE sip:a@h SIP/2.0", "7 BYE", "", NULL, "", "2", 0}}},
	{"D-stays", P, {PLAIN, OK(SRS, ANSWER)}},
	{"D-stays",
	 F,
	 {PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 500, "BYE sip:a@h SIP/2.0", "7 BYE", "", NULL, "", "2", 0}}},
	{"3261-13.3.1.4", F, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-13.3.1.4", P, {PLAIN, OK(SRS, ANSWER), OK(SRS, ANSWER)}},
	{"3261-13.3.1.4", S, {PLAIN, OK(SRS, ANSWER), ACKED}},
	{"3261-13.3.1.4-a", F, {PLAIN, OK(SRS, ANSWER)}},
	{"3261-13.3.1.4-a",
	 P,
	 {PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 500, "BYE sip:a@h SIP/2.0", "7 BYE", "", NULL, "", "2", 0}}},

	{"3264-6-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-6-a", F, {PLAIN, OK(SRS, ONE)}},
	{"3264-6-a", F, {PLAIN, REPLY(102, "200", "1 INVITE", SRS, NULL, "")}},
	{"3264-6-a", F, {PLAIN, OK(SRS, "garbage")}},
	{"3264-6-a", S, {PLAIN, REPLY(102, "486", "1 INVITE", "", NULL, "")}},
	{"3264-6-a.proto",
	 F,
	 {INVITE(SRC, sdp_type,
		 SDP_HEAD "t=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n"),
	  OK(SRS, ONE)}},
	{"3264-6-a.proto", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-6-a.time", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-6-a.time",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=1 2\r\n" LINE("5000", "recvonly", "1"))}},
	{"3264-6-a.time",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD LINE("5000", "recvonly", "1"))}},
	{"3264-6-b",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 0 RTP/AVP\r\n")}},
	{"3264-6-b",
	 P,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 0 RTP/AVP 0\r\n")}},
	{"3264-6.1-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-6.1-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "sendrecv", "1"))}},
	{"3264-6.1-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 5000 RTP/AVP 0\r\n")}},
	{"3264-6.1-b",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 5000 RTP/AVP 8\r\n")}},
	{"3264-6.1-b", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-8.2-a",
	 F,
	 {INVITE(SRC, sdp_type, SDP_HEAD "t=0 0\r\nm=audio 0 RTP/AVP 0\r\n"),
	  OK(SRS, ONE)}},
	{"3264-8.2-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-5-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"3264-5-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
			 "m=audio 5000 RTP/AVP 0\r\n")}},
	{"7866-7.2-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-7.2-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 5000 RTP/AVP 0\r\n")}},
	{"7866-8.4-a", F, {PLAIN, OK(SRS, ONE)}},
	{"7866-8.4-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-8.4-a.audio",
	 F,
	 {PLAIN,
	  OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "recvonly",
					    "1") "m=audio 0 RTP/AVP 0\r\n")}},
	{"7866-8.4-a.audio", P, {PLAIN, OK(SRS, ANSWER)}},
	{"4574-5-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "recvonly", "2"))}},
	{"4574-5-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"4574-5-a.echo",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 5000 RTP/AVP 0\r\n")}},
	{"4574-5-a.echo", P, {PLAIN, OK(SRS, ANSWER)}},
	{"4574-6-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\na=label:1\r\nm=audio 5000 RTP/AVP "
				  "0\r\n")}},
	{"4574-6-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"5761-5.1.1-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"
				  "a=rtcp-mux\r\n")}},
	{"5761-5.1.1-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"8866-9-a",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "recvonly", "1")
				 LINE("5000", "recvonly", "2"))}},
	{"8866-9-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"8866-5-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"8866-5-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\n")}},
	{"8866-5-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\ns=-\r\no=- 1 1 IN IP4 1.2.3.4\r\nt=0 0\r\n")}},
	{"8866-5-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=\r\nt=0 0\r\n")}},
	{"8866-5-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\n")}},
	{"8866-5-a",
	 P,
	 {PLAIN, OK(SRS, "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n"
			 "r=1\r\nt=1 2\r\na=x\r\nm=audio 1 RTP/AVP 0\r\n"
			 "i=x\r\nc=IN IP4 1.2.3.4\r\nb=AS:1\r\na=y\r\n")}},
	{"8866-5.2-a", P, {PLAIN, OK(SRS, ANSWER)}},
	{"8866-5.2-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\no=- x 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n")}},
	{"8866-5.2-a",
	 F,
	 {PLAIN, OK(SRS, "v=0\r\no=- 1 1 IN IP4 ::1\r\ns=-\r\nt=0 0\r\n")}},
	{"3264-8-a",
	 F,
	 {PLAIN, OK(SRS, ANSWER),
	  REPLY(600, "200", "2 INVITE", SRS, sdp_type,
		"v=0\r\no=- 1 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")}},
	{"3264-8-a",
	 F,
	 {PLAIN, OK(SRS, ANSWER),
	  REPLY(600, "200", "2 INVITE", SRS, sdp_type,
		"v=0\r\no=- 9 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")}},
	{"3264-8-a",
	 P,
	 {PLAIN, OK(SRS, ANSWER),
	  REPLY(600, "200", "2 INVITE", SRS, sdp_type,
		"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")}},
	{"3264-8-b",
	 F,
	 {PLAIN, OK(SRS, ANSWER),
	  REPLY(600, "200", "2 INVITE", SRS, sdp_type, ONE)}},
	{"3264-8-b",
	 P,
	 {PLAIN, OK(SRS, ANSWER),
	  REPLY(600, "200", "2 INVITE", SRS, sdp_type, ANSWER)}},
	{"7866-7.2-c",
	 F,
	 {PLAIN, OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "inactive", "1"))}},
	{"7866-7.2-c",
	 P,
	 {PLAIN,
	  OK(SRS, SDP_HEAD "t=0 0\r\n" LINE("5000", "inactive", "1")),
	  {'s', 500, "INVITE sip:a@h SIP/2.0", "7 INVITE", "", sdp_type, ONE,
	   "2", 0}}},
	{"7866-7.2-c", S, {PLAIN, OK(SRS, ANSWER)}},
	{"7866-7.2-e",
	 F,
	 {PLAIN,
	  OK(SRS, ONE),
	  {'s', 500, "INVITE sip:a@h SIP/2.0", "7 INVITE", "", sdp_type, ANSWER,
	   "2", 0}}},
	{"7866-7.2-e",
	 P,
	 {PLAIN,
	  OK(SRS, ANSWER),
	  {'s', 500, "INVITE sip:a@h SIP/2.0", "7 INVITE", "", sdp_type, ANSWER,
	   "2", 0}}},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void say(struct stage *st, const struct line *l)
{
	char *tag = l->to_tag[0] ? xasprintf(";tag=%s", l->to_tag)
				 : xstrdup("");
	char *type = l->type ? xasprintf("Content-Type: %s\r\n", l->type)
			     : xstrdup("");
	char *text = xasprintf(
		"%s\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%.*s\r\n"
		"From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>%s\r\n"
		"Call-ID: rs\r\nCSeq: %s\r\n%s%s"
		"Content-Length: %d\r\n\r\n%s",
		l->start, (int)strcspn(l->cseq, " "), l->cseq, tag, l->cseq,
		l->headers, type, (int)strlen(l->body) + l->off, l->body);

	trace_bind_call_id(st->t, span_of("rs"), 0);
	stage_send_bytes(st, l->at_ms, l->who == 'c' ? "src" : "vault",
			 l->who == 'c' ? "vault" : "src", text, false);
	free(tag);
	free(type);
	free(text);
}

static void test_rows(void **state)
{
	const struct verdict *v;
	struct stage st;
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		stage_init(&st, SCN_CHECK_RULES, "rules");
		st.check.list = LIST((char *)(uintptr_t)r->rule);
		for (k = 0; k < LINES && r->line[k].who; k++)
			say(&st, &r->line[k]);
		v = stage_judge(&st);
		if (v->status != r->status)
			fail_msg("row %zu, %s: status %d, not %d: %s", i,
				 r->rule, (int)v->status, (int)r->status,
				 v->got);
		if (r->status == F && !v->why)
			fail_msg("row %zu, %s: no reason", i, r->rule);
		stage_fini(&st);
	}
}

/* The message that speaks against it is there to be shown. */
static void test_proof(void **state)
{
	static const struct line invite = PLAIN, ok = OK(SRS, ONE);
	const struct verdict *v;
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RULES, "rules");
	st.check.list = LIST((char *)"3264-6-a");
	say(&st, &invite);
	say(&st, &ok);
	v = stage_judge(&st);
	assert_string_equal(v->got, "1 m-lines for the 2 of the offer");
	assert_string_equal(v->why, "rule 3264-6-a");
	assert_non_null(v->message);
	assert_memory_equal(v->message, "SIP/2.0 200 Whatever", 20);
	stage_fini(&st);
}

static void report(struct stage *st, const char *party, bool cname, bool astray,
		   int32_t lost)
{
	struct addr src = stage_addr("src", 20000);
	struct addr dst = stage_addr("vault", 30000);
	struct trace_rtcp seen = {.cname = cname, .astray = astray};
	struct trace_rtp *r = trace_rtp_find(st->t, &src, &dst, 0x42);

	(void)party;
	assert_non_null(r);
	trace_rtp_rtcp(r, &seen);
	trace_rtp_reported(r, lost, 0, -1);
}

static void media_rule(const char *rule, bool told, bool cname, bool astray,
		       int32_t lost, enum verdict_status status)
{
	struct scn_party party[2] = {{.id = (char *)"caller"},
				     {.id = (char *)"callee"}};
	struct scn_media media[2] = {{.loss = 0.1}, {.loss = 0}};
	const struct verdict *v;
	struct stage st;

	stage_init(&st, SCN_CHECK_RULES, "rules");
	st.s.call.party = party;
	st.s.call.n_parties = 2;
	st.s.media = media;
	st.check.list = LIST((char *)(uintptr_t)rule);
	stage_rtp(&st, 0, "vault", "caller", 500, 0);
	if (told)
		report(&st, "caller", cname, astray, lost);
	v = stage_judge(&st);
	if (v->status != status)
		fail_msg("%s: status %d, not %d: %s", rule, (int)v->status,
			 (int)status, v->got);
	stage_fini(&st);
}

static void test_media(void **state)
{
	(void)state;
	media_rule("7866-8.1.1-a", true, true, false, 5, P);
	media_rule("7866-8.1.1-a", false, true, false, 5, F);
	media_rule("3550-6.1-a", true, true, false, 5, P);
	media_rule("3550-6.1-a", true, false, false, 5, F);
	media_rule("3550-6.1-a", false, true, false, 5, S);
	media_rule("3550-6.4.2", true, true, false, 5, P);
	media_rule("3550-6.4.2", true, true, false, 0, F);
	media_rule("7866-8.1.8-b", true, true, false, 5, P);
	media_rule("7866-8.1.8-b", true, true, true, 5, F);
}

/* An inactive stream, that is heard from `from_ms` on; a change comes at
 * `change_ms`, by the client or by the recorder. */
static void silence(int from_ms, int change_ms, char by,
		    enum verdict_status status)
{
	static const char *const rule = "7866-7.1.1.1-c";
	static const struct line invite = INVITE(
		SRC, sdp_type,
		SDP_HEAD "t=0 0\r\n" LINE("4000", "inactive", "1"));
	static const struct line ok = OK(
		SRS, SDP_HEAD "t=0 0\r\n" LINE("30004", "inactive", "1"));
	struct line change = {by,	  change_ms, "INVITE sip:x@h SIP/2.0",
			      "2 INVITE", SRC,	     NULL,
			      "",	  "2",	     0};
	const struct verdict *v;
	struct stage st;

	stage_init(&st, SCN_CHECK_RULES, "rules");
	trace_log_arrivals(st.t, true);
	st.check.list = LIST((char *)(uintptr_t)rule);
	say(&st, &invite);
	say(&st, &ok);
	if (change_ms)
		say(&st, &change);
	stage_rtp(&st, from_ms, "vault", "caller", 100, 0);
	v = stage_judge(&st);
	if (v->status != status)
		fail_msg("RTP at %d, change at %d by %c: status %d, not %d: %s",
			 from_ms, change_ms, by, (int)v->status, (int)status,
			 v->got);
	stage_fini(&st);
}

static void test_silence(void **state)
{
	(void)state;
	silence(500, 0, 'c', F);
	silence(1500, 0, 'c', F);
	silence(2200, 0, 'c', P);
	/* resumed within the second that is looked at, or before it */
	silence(1600, 1500, 'c', P);
	silence(1300, 1500, 'c', F);
	silence(1600, 1500, 's', P);
	silence(1000, 900, 'c', S);
}

/* A CANCEL has the branch of its INVITE, so these are told by hand. */
static void cancel(const char *rule, int code, int invite_code, int at_ms,
		   enum verdict_status status)
{
	static const struct line invite = PLAIN;
	struct line cancel = {
		'c',	    200, "CANCEL sip:srs@127.0.0.1 SIP/2.0",
		"1 CANCEL", "",	 NULL,
		"",	    "",	 0};
	struct line reply = {'s', 210, NULL, "1 CANCEL", "", NULL, "", "2", 0};
	struct line final = {'s',  at_ms, NULL, "1 INVITE", "",
			     NULL, "",	  "2",	0};
	char *start = xasprintf("SIP/2.0 %d Whatever", code);
	char *end = xasprintf("SIP/2.0 %d Whatever", invite_code);
	const struct verdict *v;
	struct stage st;

	reply.start = start;
	final.start = end;
	stage_init(&st, SCN_CHECK_RULES, "rules");
	st.check.list = LIST((char *)(uintptr_t)rule);
	say(&st, &invite);
	if (invite_code && at_ms < 200)
		say(&st, &final);
	say(&st, &cancel);
	say(&st, &reply);
	if (invite_code && at_ms > 200)
		say(&st, &final);
	v = stage_judge(&st);
	if (v->status != status)
		fail_msg("%s %d %d: status %d, not %d: %s", rule, code,
			 invite_code, (int)v->status, (int)status, v->got);
	stage_fini(&st);
	free(start);
	free(end);
}

static void test_cancel(void **state)
{
	(void)state;
	cancel("3261-9.2-a", 200, 487, 220, P);
	cancel("3261-9.2-a", 481, 487, 220, F);
	cancel("3261-9.2-a", 481, 200, 120, S); /* RFC 3261 allows it then */
	cancel("3261-9.2-b", 200, 487, 220, P);
	cancel("3261-9.2-b", 200, 200, 220, F);
	cancel("3261-9.2-b", 200, 0, 220, F);
	cancel("3261-9.2-b", 200, 200, 120, S);
}

/* No rule without a judge, and none that nobody has tried to break here. */
static void test_all_judged(void **state)
{
	static const char *const by_hand[] = {
		"7866-8.1.1-a", "3550-6.1-a", "3550-6.4.2", "7866-8.1.8-b",
		"3261-9.2-a",	"3261-9.2-b", NULL};
	size_t i, k;

	(void)state;
	for (i = 0; i < scn_n_rules; i++) {
		const char *id = scn_rules[i].id;
		bool broken = false;

		if (!expect_knows_rule(id))
			fail_msg("%s has no judge", id);
		for (k = 0; k < ROWS; k++)
			broken |= rows[k].status == F &&
				  strcmp(rows[k].rule, id) == 0;
		for (k = 0; by_hand[k]; k++)
			broken |= strcmp(by_hand[k], id) == 0;
		if (!broken)
			fail_msg("%s is never broken here", id);
	}
	assert_false(expect_knows_rule("1234-5-a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_all_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
