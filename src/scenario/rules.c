#include "scenario/rules.h"

#include <string.h>

const struct scn_rule scn_rules[] = {
	{"7866-6.2-a", "an INVITE that lacks +sip.src or siprec begins no "
		       "recording session"},
	{"7866-6.2-d", "the Contact of every 2xx to an INVITE has +sip.srs"},
	{"3840-9-a", "the feature tag is written '+sip.srs', without a value"},
	{"3261-8.1.1.8-a", "a 2xx to an INVITE has one Contact with one SIP "
			   "URI"},
	{"3261-8.2.6.2", "a response repeats From, Call-ID, CSeq, Via and To, "
			 "and has a To tag"},
	{"3261-12.1.1", "all responses to an INVITE but 100 have the same To "
			"tag"},
	{"3261-20.5-a", "a 2xx to an INVITE has Allow"},
	{"3311-4-a", "Allow of a 2xx to an INVITE lists UPDATE"},
	{"3261-20.14-a", "Content-Length is the length of the body"},
	{"3261-8.2.2.3-a", "an option that is not known gets 420, with it "
			   "in Unsupported and nothing that was not asked "
			   "for"},
	{"3261-8.2.3-a", "a 415 says in Accept what is taken"},
	{"3261-9.2-a", "a CANCEL of an INVITE gets 200"},
	{"3261-9.2-b", "an INVITE that was cancelled in time gets 487"},
	{"3261-11-a.accept", "a 200 to OPTIONS lists application/sdp and the "
			     "metadata type in Accept"},
	{"3261-11-a.allow", "a 200 to OPTIONS lists INVITE, ACK, BYE and "
			    "CANCEL in Allow"},
	{"3261-15.1.2-a", "a BYE in the dialog gets a 2xx"},
	{"3261-17.2.1", "an INVITE that comes again gets the same answer, and "
			"makes no second session"},
	{"3261-17.2.1.trying", "an INVITE gets its first response within 200 "
			       "ms; 300 ms more are for the way"},
	{"D-final", "an INVITE that got a provisional response gets a final "
		    "one"},
	{"3261-13.2.1-a", "a 2xx to an INVITE without SDP has an offer"},
	{"3261-8.1.1-a", "a request has To, From with a tag, CSeq, Call-ID, "
			 "Max-Forwards and a Via with branch"},
	{"3262-3-a", "a provisional response is reliable only when 100rel was "
		     "offered, and has RSeq then"},
	{"3311-5.2-b", "an UPDATE gets its final response within 2 s"},
	{"3311-5.2-c", "a 2xx to an UPDATE without SDP has none"},
	{"3261-22.1", "a 401 has WWW-Authenticate, a 407 Proxy-Authenticate, "
		      "with realm and nonce"},
	{"D-wrong-login", "who comes with a wrong login is not let in"},
	{"4028-9-a", "a 422 has Min-SE of at least 90"},
	{"4028-9-b", "Session-Expires of a 2xx names the refresher, and is not "
		     "longer than asked for"},
	{"4320-4-a", "a request other than INVITE gets no 408"},
	{"D-md-200", "a response has no metadata"},
	{"7866-9.2-e", "a request for a snapshot has the disposition "
		       "recording-session"},
	{"7866-9.2-f", "a request for a snapshot has no SDP"},
	{"7866-9.2-g", "a request for a snapshot is in an UPDATE of its own"},
	{"7865-7-a", "a request for a snapshot is application/rs-metadata+xml "
		     "with the root requestsnapshot"},
	{"7866-9.2-i", "metadata with a fault is noticed: refused, asked for "
		       "again, or the session is ended"},
	{"D-stays", "a recorder that accepted does not hang up by itself"},
	{"3261-13.3.1.4", "a 2xx is sent again until its ACK comes"},
	{"3261-13.3.1.4-a", "without an ACK for 32 s the session is ended by "
			    "BYE"},
	{"3264-6-a", "an answer has as many m-lines as the offer, in the same "
		     "order, of the same media"},
	{"3264-6-a.proto", "an answer keeps the transport of each m-line"},
	{"3264-6-a.time", "an answer has the same t= as the offer"},
	{"3264-6-b", "a refused m-line still lists a format"},
	{"3264-6.1-a", "sendonly is answered by recvonly or inactive, and "
		       "inactive by inactive"},
	{"3264-6.1-b", "an answer lists formats that were offered, one at "
		       "least for a stream that is taken"},
	{"3264-8.2-a", "an m-line with port 0 gets port 0"},
	{"3264-5-a", "an m-line that is taken has an address, and an rtpmap "
		     "for each dynamic type"},
	{"3264-8-a", "a changed description keeps its o= line, but for a "
		     "version that is one more"},
	{"3264-8-b", "a description with the version of the one before is the "
		     "same"},
	{"7866-7.2-a", "an answer says a=recvonly, or a=inactive, for each "
		       "m-line that is taken"},
	{"7866-7.2-c", "who answered inactive offers recvonly when it is "
		       "ready"},
	{"7866-7.2-e", "an offer of the recorder adds no m-line"},
	{"7866-8.4-a", "every m-line of audio and video that is offered is "
		       "taken"},
	{"7866-8.4-a.audio", "every m-line of audio that is offered is taken"},
	{"4574-5-a", "a label in an answer is the one that was offered for "
		     "this m-line"},
	{"4574-5-a.echo", "an answer repeats the labels that were offered"},
	{"4574-6-a", "no label stands outside the m-sections"},
	{"5761-5.1.1-a", "rtcp-mux is answered only when it was offered"},
	{"8866-5-a", "a description has its lines in order, CRLF at their "
		     "ends, v=0 and a name"},
	{"8866-5.2-a", "o= has a user, two numbers, IN, IP4 or IP6, and an "
		       "address that fits"},
	{"8866-9-a", "each m-line that is taken has a port of its own"},
	{"7866-8.1.1-a", "each stream is reported on by RTCP"},
	{"3550-6.1-a", "RTCP begins with SR or RR and has a CNAME"},
	{"3550-6.4.2", "a report tells what was lost"},
	{"7866-8.1.8-b", "RTCP comes from the port where RTCP is taken"},
};
const size_t scn_n_rules = sizeof(scn_rules) / sizeof(scn_rules[0]);

const struct scn_client_rule scn_client_rules[] = {
	/* expect/rules_client.c */
	{{"7866-6.1.1-c", "From names the client, not the recorder"}, "should"},
	{{"7866-6.1.1-d", "the Contact of every INVITE, UPDATE and 2xx to one "
			  "has +sip.src"},
	 "must"},
	{{"7866-6.1.1-g", "the INVITE has Require: siprec"}, "must"},
	{{"3840-9-a.src", "the feature tag is written '+sip.src', after the "
			  "URI, without a value"},
	 "must"},
	{{"3261-8.1.1.8-a.src", "Contact is one SIP URI"}, "must"},
	{{"3261-8.1.1-a.src", "a request has To, From with a tag, CSeq, "
			      "Call-ID, Max-Forwards and a Via with branch"},
	 "must"},
	{{"3261-20.14-a.src", "Content-Length is the length of the body"},
	 "must"},
	{{"3261-20.1-a", "Accept of the INVITE names the metadata type, in "
			 "which snapshots are asked for"},
	 "should"},
	{{"3311-4-a.src", "Allow of the INVITE lists UPDATE"}, "should"},
	{{"3261-18.1.1-a", "a request of more than 1300 octets goes by TCP or "
			   "TLS"},
	 "must"},
	{{"3261-8.2.2.3-b", "a CANCEL has no Require"}, "must"},
	{{"7989-5-a", "a Session-ID is 32 lower-case hex digits"}, "must"},
	{{"3261-13.2.2.4-a", "every 2xx to an INVITE gets its ACK"}, "must"},
	{{"3261-9.1-a", "a CANCEL waits for a provisional response"}, "must"},
	{{"3261-15-a", "a BYE is sent inside a dialog"}, "must"},
	{{"3261-12.2.1.1-a", "CSeq rises from request to request"}, "must"},
	{{"3261-15.1.2-a.src", "the recorder's BYE gets a 2xx"}, "must"},
	{{"3261-14.2-b", "a re-INVITE without SDP gets a 2xx with an offer"},
	 "must"},
	{{"3261-8.2.1-a", "a 405 says in Allow what is taken"}, "must"},
	{{"7866-9.1-k", "a request for a snapshot gets a 2xx and a document, "
			"soon"},
	 "must"},
	{{"3261-12.2.1.2-a", "a dialog that is gone (481, 408) is not used any "
			     "more"},
	 "should"},
	/* expect/rules_client_metadata.c, _sdp.c and _media.c */
	{{"2046-5.1.1-a",
	  "a multipart body has its boundary, and ends with it"},
	 "must"},
	{{"3261-20.11-a", "the metadata part has Content-Disposition: "
			  "recording-session"},
	 "must"},
	{{"7866-9.1-g", "metadata goes in INVITE and UPDATE, or in the 200 to "
			"an INVITE"},
	 "should"},
	{{"7866-9.1-a", "metadata is sent"}, "must"},
	{{"7866-9.1-f", "the first document is a complete one"}, "must"},
	{{"7865-5.1-a", "metadata is well-formed XML"}, "must"},
	{{"7865-9-a", "metadata is valid by the schema of RFC 7865"}, "must"},
	{{"7865-5.1.2-a", "the root is recording, of the namespace "
			  "urn:ietf:params:xml:ns:recording:1"},
	 "must"},
	{{"7865-6.10-b", "ids are UUIDs of 16 octets in base64"}, "should"},
	{{"7865-6.5.1-b", "references lead to elements of the right kind"},
	 "must"},
	{{"7866-9.1-h",
	  "labels of the metadata are those of the SDP beside it"},
	 "must"},
	{{"7865-6.9-a", "times are those of RFC 3339, with their zone"},
	 "must"},
	{{"7865-6.9-b", "nothing ends before it began"}, "must"},
	{{"7865-6.3.1-c", "sipSessionID is a Session-ID of RFC 7989, not a "
			  "Call-ID"},
	 "should"},
	{{"7865-6.5.1-a", "an address-of-record has no parameters"}, "should"},
	{{"7866-7.1.1-a", "each m-line is sendonly, or inactive"}, "should"},
	{{"7866-7.1.1-b", "each m-line has a label"}, "must"},
	{{"D-label-unique", "no two m-lines have one label"}, "must"},
	{{"4574-4-a", "a label is a token"}, "must"},
	{{"3264-5-a.src", "each m-line has an address, and an rtpmap for each "
			  "dynamic type"},
	 "must"},
	{{"8866-9-a.src", "each m-line has a port of its own"}, "must"},
	{{"8866-5-a.src", "a description has its lines in order, CRLF at their "
			  "ends, v=0 and a name"},
	 "must"},
	{{"8866-5.2-a.src", "o= has a user, two numbers, IN, IP4 or IP6, and "
			    "an address that fits"},
	 "must"},
	{{"3264-8-a.src", "a changed description keeps its o= line, but for a "
			  "version that is one more"},
	 "must"},
	{{"3264-8-b.src", "a description with the version of the one before "
			  "is the same"},
	 "must"},
	{{"4568-3-a", "keys of SRTP do not go over clear signalling"}, "must"},
	{{"7866-12-d", "what the phones agreed on for their own way (ICE, mid) "
		       "is left out"},
	 "should"},
	{{"3264-8-c", "m-lines keep their places"}, "must"},
	{{"7866-8.1.8-a", "RTP comes from the address that SDP says"}, "must"},
	{{"3264-6.1-d", "RTP has a payload type of the answer"}, "should"},
	{{"7866-8.1.1-a.src", "each stream is reported on by RTCP"}, "must"},
	{{"3550-6.1-a.src", "RTCP begins with SR or RR and has a CNAME"},
	 "must"},
	{{"7866-7.1.1.1-c", "an inactive stream is silent"}, "should"},
};
const size_t scn_n_client_rules = sizeof(scn_client_rules) /
				  sizeof(scn_client_rules[0]);

const struct scn_rule *scn_rule_find(const char *id)
{
	size_t i;

	for (i = 0; i < scn_n_rules; i++)
		if (strcmp(scn_rules[i].id, id) == 0)
			return &scn_rules[i];
	for (i = 0; i < scn_n_client_rules; i++)
		if (strcmp(scn_client_rules[i].rule.id, id) == 0)
			return &scn_client_rules[i].rule;
	return NULL;
}
