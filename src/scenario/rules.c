#include "scenario/rules.h"

#include <string.h>

const struct scn_rule scn_rules[] = {
	/* expect/rules_sip.c */
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
	{"3261-13.2.1-a", "a 2xx to an INVITE without SDP has an offer"},
	{"3261-8.1.1-a", "a request has To, From with a tag, CSeq, Call-ID, "
			 "Max-Forwards and a Via with branch"},
	{"3262-3-a", "a provisional response is reliable only when 100rel was "
		     "offered, and has RSeq then"},
	{"3311-5.2-b", "an UPDATE gets its final response within 2 s"},
	{"3311-5.2-c", "a 2xx to an UPDATE without SDP has none"},
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
	/* expect/rules_sdp.c */
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
	/* expect/rules_media.c */
	{"7866-8.1.1-a", "each stream is reported on by RTCP"},
	{"3550-6.1-a", "RTCP begins with SR or RR and has a CNAME"},
	{"3550-6.4.2", "a report tells what was lost"},
	{"7866-8.1.8-b", "RTCP comes from the port where RTCP is taken"},
};
const size_t scn_n_rules = sizeof(scn_rules) / sizeof(scn_rules[0]);

const struct scn_rule *scn_rule_find(const char *id)
{
	size_t i;

	for (i = 0; i < scn_n_rules; i++)
		if (strcmp(scn_rules[i].id, id) == 0)
			return &scn_rules[i];
	return NULL;
}
