/* Words that keys of several sections take. */
#include "scenario/keys.h"

const struct scn_word scn_word_recorder_offers[] = {
	{"none", SCN_OFFER_NONE, false},
	{"same", SCN_OFFER_SAME, false},
	{"inactive", SCN_OFFER_INACTIVE, false},
	{"recvonly", SCN_OFFER_RECVONLY, false},
	{"fewer", SCN_OFFER_FEWER, false},
	{"cut", SCN_OFFER_CUT, false},
	{"more", SCN_OFFER_MORE, false},
	{"moved", SCN_OFFER_MOVED, false},
	{NULL, 0, false}};
const struct scn_word scn_word_wrong_tags[] = {
	{"right", 0, false}, {"wrong", 1, false}, {NULL, 0, false}};
const struct scn_word scn_word_cseqs[] = {
	{"next", 0, false}, {"lower", 1, false}, {NULL, 0, false}};
const struct scn_word scn_word_transports[] = {
	{"udp", SCN_TRANSPORT_UDP, false},
	{"tcp", SCN_TRANSPORT_TCP, false},
	{"tls", SCN_TRANSPORT_TLS, false},
	{"auto", SCN_TRANSPORT_AUTO, false},
	{NULL, 0, false}};
const struct scn_word scn_word_rtcps[] = {{"next", SCN_RTCP_NEXT, false},
					  {"mux", SCN_RTCP_MUX, false},
					  {"named", SCN_RTCP_NAMED, false},
					  {NULL, 0, false}};
const struct scn_word scn_word_yes[] = {{"true", 1, false}, {NULL, 0, false}};
const struct scn_word scn_word_video_answers[] = {
	{"accept", 0, false}, {"refuse", 1, false}, {NULL, 0, false}};
