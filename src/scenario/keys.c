#include "scenario/read.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define DAY_US 86400e6

/* ---- top ---- */

static const struct scn_word clocks[] = {{"auto", SCN_CLOCK_AUTO, false},
					 {"virtual", SCN_CLOCK_VIRTUAL, false},
					 {"real", SCN_CLOCK_REAL, false},
					 {NULL, 0, false}};

static const struct scn_word levels[] = {{"must", SCN_LEVEL_MUST, false},
					 {"should", SCN_LEVEL_SHOULD, false},
					 {"may", SCN_LEVEL_MAY, false},
					 {NULL, 0, false}};
static const struct scn_word grades[] = {
	{"strict", 0, false}, {"field", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scenario, field)
static const struct scn_key top_keys[] = {
	{.name = "name",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(name),
	 .help = "what the scenario shows, in one line"},
	{.name = "tags",
	 .type = SCN_T_TEXTS,
	 AT(tags),
	 .help = "words to select it by"},
	{.name = "level",
	 .type = SCN_T_WORD,
	 AT(level),
	 .word = levels,
	 .help = "of a check of conform: how much the rule binds"},
	{.name = "rfc",
	 .type = SCN_T_TEXTS,
	 AT(rfc),
	 .help = "of a check of conform: the rules, as RFC, section and "
		 "letter"},
	{.name = "grade",
	 .type = SCN_T_EITHER,
	 AT(field),
	 .word = grades,
	 .otherwise = "strict",
	 .help = "of a check of conform: strict, what RFCs say, or field, what "
		 "clients in the field send besides"},
	{.name = "clock",
	 .type = SCN_T_WORD,
	 AT(clock),
	 .word = clocks,
	 .otherwise = "auto",
	 .help = "simulated time, or wall time and sockets"},
	{.name = "seed",
	 .type = SCN_T_U64,
	 AT(seed),
	 .otherwise = "1",
	 .help = "where randomness begins"},
	{.name = "matrix",
	 .type = SCN_T_NAMED,
	 .help = "names with lists of values: a run for each combination"},
	{.name = "vars",
	 .type = SCN_T_NAMED,
	 .help = "names with values, for ${NAME}"},
	{.name = "needs",
	 .type = SCN_T_MAP,
	 .sub = &scn_needs_table,
	 .help = "what must be there for the scenario to run"},
	{.name = "call",
	 .type = SCN_T_MAP,
	 .sub = &scn_call_table,
	 .help = "who talks, when it is answered, when it ends"},
	{.name = "media",
	 .type = SCN_T_NAMED,
	 .sub = &scn_media_table,
	 .help = "what each party sends"},
	{.name = "src",
	 .type = SCN_T_MAP,
	 .sub = &scn_src_table,
	 .help = "how the call is recorded"},
	{.name = "srs",
	 .type = SCN_T_LIST,
	 .sub = &scn_srs_table,
	 .help = "the recorders, embedded or real"},
	{.name = "dns",
	 .type = SCN_T_NAMED,
	 .help = "names with records, one or a list, as zone files write them: "
		 "A, AAAA, CNAME, SRV, NAPTR (RFC 3263)"},
	{.name = "timeline",
	 .type = SCN_T_LIST,
	 .sub = &scn_step_table,
	 .help = "what happens when"},
	{.name = "expect",
	 .type = SCN_T_LIST,
	 .sub = &scn_check_table,
	 .help = "what must be true afterwards"},
	{.name = "load",
	 .type = SCN_T_MAP,
	 .sub = &scn_load_table,
	 .help = "runs the call that often"},
};
#undef AT
const struct scn_table scn_top_table = {"the scenario", top_keys,
					COUNT(top_keys)};

static const struct scn_key needs_keys[] = {
	{.name = "env",
	 .type = SCN_T_TEXTS,
	 .help = "environment variables that ${} may use"},
};
const struct scn_table scn_needs_table = {"needs", needs_keys,
					  COUNT(needs_keys)};

#define AT(field) .at = offsetof(struct scn_load, field)
static const struct scn_key load_keys[] = {
	{.name = "calls",
	 .type = SCN_T_INT,
	 AT(calls),
	 .min = 1,
	 .max = 1e6,
	 .otherwise = "1",
	 .help = "how many calls"},
	{.name = "concurrent",
	 .type = SCN_T_INT,
	 AT(concurrent),
	 .min = 1,
	 .max = 100000,
	 .help = "at most that many at the same time"},
	{.name = "rate",
	 .type = SCN_T_RATE,
	 AT(rate),
	 .help = "new calls a second, such as 50/s; without it all at once"},
};
#undef AT
const struct scn_table scn_load_table = {"load", load_keys, COUNT(load_keys)};

/* ---- call ---- */

static const struct scn_word enders[] = {
	{"caller", 0, false}, {"callee", 1, false}, {NULL, 0, false}};
static const struct scn_word offers[] = {
	{"early", 0, false}, {"late", 1, false}, {NULL, 0, false}};
static const struct scn_word answer_sdps[] = {
	{"true", 0, false}, {"false", 1, false}, {NULL, 0, false}};
static const struct scn_word video_answers[] = {
	{"accept", 0, false}, {"refuse", 1, false}, {NULL, 0, false}};

static const struct scn_word rewrites[] = {{"none", SCN_REWRITE_NONE, false},
					   {"ssrc", SCN_REWRITE_SSRC, false},
					   {"time", SCN_REWRITE_TIME, false},
					   {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_call, field)
static const struct scn_key call_keys[] = {
	{.name = "pcap",
	 .type = SCN_T_FILE,
	 .read = scn_read_capture,
	 .help = "a capture: its call is played in place of one that is made "
		 "up"},
	{.name = "pick",
	 .type = SCN_T_TEXT,
	 .read = scn_read_pick,
	 .sub = &scn_pick_table,
	 .help = "which call of the capture (default: the first), or all: "
		 "each that has media, overlapping as captured"},
	{.name = "speed",
	 .type = SCN_T_TEXT,
	 .read = scn_read_speed,
	 .help = "pace of the capture: 1x (default), 2x, ..., or max: nobody "
		 "waits"},
	{.name = "start_at",
	 .type = SCN_T_TIME,
	 AT(capture.start_at_us),
	 .help = "where in the captured call to begin"},
	{.name = "rewrite",
	 .type = SCN_T_WORD,
	 AT(capture.rewrite),
	 .word = rewrites,
	 .otherwise = "none",
	 .help = "what of captured RTP is made anew: nothing, SSRCs, or "
		 "sequence numbers and timestamps"},
	{.name = "caller",
	 .type = SCN_T_TEXT,
	 .read = scn_read_party,
	 .sub = &scn_party_table,
	 .help = "name-addr or {aor, name} of who calls"},
	{.name = "callee",
	 .type = SCN_T_TEXT,
	 .read = scn_read_party,
	 .sub = &scn_party_table,
	 .help = "name-addr or {aor, name} of who is called"},
	{.name = "connected",
	 .type = SCN_T_TEXT,
	 .read = scn_read_connected,
	 .sub = &scn_party_table,
	 .help = "who answers in the callee's place: P-Asserted-Identity in "
		 "18x and 200"},
	{.name = "parties",
	 .type = SCN_T_NAMED,
	 .read = scn_read_party,
	 .sub = &scn_party_table,
	 .help = "more people, by id; with pcap, IP addresses with caller or "
		 "callee: whose they are"},
	{.name = "ring",
	 .type = SCN_T_TIME,
	 AT(ring_us),
	 .help = "when the callee sends 180; without it, never"},
	{.name = "early_media",
	 .type = SCN_T_TIME,
	 AT(early_media_us),
	 .help = "when the callee sends 183 with SDP; without it, never"},
	{.name = "forked",
	 .type = SCN_T_TIME,
	 AT(forked_us),
	 .help = "when another phone of the callee sends 183 with SDP of its "
		 "own; the 200 is not from that one"},
	{.name = "answer",
	 .type = SCN_T_TIME,
	 AT(answer_us),
	 .otherwise = "1s",
	 .help = "when the callee sends 200; 1 s after a cancel if unsaid"},
	{.name = "reject",
	 .type = SCN_T_INT,
	 AT(reject),
	 .min = 300,
	 .max = 699,
	 .help = "code sent at 'answer' instead of 200"},
	{.name = "cancel",
	 .type = SCN_T_TIME,
	 AT(cancel_us),
	 .help = "when the caller gives up, before the answer"},
	{.name = "end",
	 .type = SCN_T_TIME,
	 AT(end_us),
	 .otherwise = "5s",
	 .help = "when the call ends"},
	{.name = "ended_by",
	 .type = SCN_T_EITHER,
	 AT(ended_by_callee),
	 .word = enders,
	 .otherwise = "caller",
	 .help = "who sends BYE"},
	{.name = "offer",
	 .type = SCN_T_EITHER,
	 AT(late_offer),
	 .word = offers,
	 .otherwise = "early",
	 .help = "SDP in the INVITE, or in the 200"},
	{.name = "answer_sdp",
	 .type = SCN_T_EITHER,
	 AT(bare_answer),
	 .word = answer_sdps,
	 .otherwise = "true",
	 .help = "false: the 183 has SDP, the 200 none"},
	{.name = "reliable",
	 .type = SCN_T_BOOL,
	 AT(reliable),
	 .help = "true: 180 and 183 are sent reliably and get a PRACK "
		 "(100rel)"},
	{.name = "codecs",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_codecs,
	 .help = "PCMU and PCMA, best first (default both)"},
	{.name = "video",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_video,
	 .help = "VP8 and H264, best first (default none)"},
	{.name = "video_answer",
	 .type = SCN_T_EITHER,
	 AT(video_refused),
	 .word = video_answers,
	 .otherwise = "accept",
	 .help = "what the callee does with video that is offered"},
	{.name = "headers",
	 .type = SCN_T_HEADERS,
	 AT(headers),
	 .help = "lines added to the call's INVITE"},
	{.name = "live",
	 .type = SCN_T_MAP,
	 .flags = KEY_LATER,
	 .help = "a call of somebody else, passed through"},
};
#undef AT
const struct scn_table scn_call_table = {"call", call_keys, COUNT(call_keys)};

#define AT(field) .at = offsetof(struct scn_capture, field)
static const struct scn_key pick_keys[] = {
	{.name = "index",
	 .type = SCN_T_INT,
	 AT(index),
	 .min = 1,
	 .max = 1e6,
	 .otherwise = "1",
	 .help = "number of the call, from 1, as inspect lists them"},
	{.name = "call_id",
	 .type = SCN_T_TEXT,
	 AT(call_id),
	 .help = "its Call-ID"},
};
#undef AT
const struct scn_table scn_pick_table = {"pick", pick_keys, COUNT(pick_keys)};

#define AT(field) .at = offsetof(struct scn_party, field)
static const struct scn_key party_keys[] = {
	{.name = "aor",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(aor),
	 .help = "SIP, SIPS or tel URI"},
	{.name = "name", .type = SCN_T_TEXT, AT(name), .help = "display name"},
};
#undef AT
const struct scn_table scn_party_table = {"a party", party_keys,
					  COUNT(party_keys)};

/* ---- media ---- */

static const struct scn_word yes[] = {{"true", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_media, field)
static const struct scn_key media_keys[] = {
	{.name = "tone",
	 .type = SCN_T_HZ,
	 AT(hz),
	 .min = 20,
	 .max = 3900,
	 .help = "a sine (default: caller 440Hz, callee 660Hz)"},
	{.name = "wav",
	 .type = SCN_T_FILE,
	 AT(path),
	 .help = "a sound file, resampled to the codec's rate"},
	{.name = "pcap",
	 .type = SCN_T_FILE,
	 AT(path),
	 .help = "an RTP stream of a capture, packet by packet"},
	{.name = "ssrc",
	 .type = SCN_T_SSRC,
	 .read = scn_read_ssrc,
	 .help = "which stream of the capture, by SSRC"},
	{.name = "stream",
	 .type = SCN_T_INT,
	 AT(stream),
	 .min = 1,
	 .max = 100000,
	 .help = "which stream of the capture, from 1"},
	{.name = "silence",
	 .type = SCN_T_FIXED,
	 .word = yes,
	 .help = "encoded silence"},
	{.name = "loss",
	 .type = SCN_T_SHARE,
	 AT(loss),
	 .help = "share of packets lost on the way"},
	{.name = "jitter",
	 .type = SCN_T_TIME,
	 AT(jitter_us),
	 .max = 10e6,
	 .help = "delay added to packets, 0 up to this"},
	{.name = "reorder",
	 .type = SCN_T_SHARE,
	 AT(reorder),
	 .help = "share of packets overtaken by the next"},
	{.name = "duplicate",
	 .type = SCN_T_SHARE,
	 AT(duplicate),
	 .help = "share of packets that arrive twice"},
	{.name = "udp",
	 .type = SCN_T_TEXT,
	 .read = scn_read_udp,
	 AT(udp),
	 .help = "ADDR:PORT of a live socket: what comes there is relayed to "
		 "the other party and forked; port 0 picks one"},
	{.name = "peer",
	 .type = SCN_T_TEXT,
	 .read = scn_read_udp,
	 AT(peer),
	 .help = "ADDR:PORT of the live party, as long as nobody was heard"},
	{.name = "dtmf",
	 .type = SCN_T_TEXT,
	 .read = scn_read_keys,
	 AT(dtmf),
	 .help = "keys pressed a second after it begins to speak: 0-9, *, #, "
		 "A-D; nothing else is heard unless said"},
};
#undef AT
const struct scn_table scn_media_table = {"media of a party", media_keys,
					  COUNT(media_keys)};

/* ---- src ---- */

static const struct scn_word starts[] = {{"sdp", SCN_START_SDP, false},
					 {"answer", SCN_START_ANSWER, false},
					 {"manual", SCN_START_MANUAL, false},
					 {NULL, 0, false}};
static const struct scn_word selects[] = {
	{"sequence", SCN_SELECT_SEQUENCE, false},
	{"round_robin", SCN_SELECT_ROUND_ROBIN, false},
	{"weighted", SCN_SELECT_WEIGHTED, false},
	{"all", SCN_SELECT_ALL, false},
	{NULL, 0, false}};
static const struct scn_word redirects[] = {
	{"fail", 0, false}, {"follow", 1, false}, {NULL, 0, false}};
static const struct scn_word headers_on[] = {
	{"invite", 0, false}, {"all", 1, false}, {NULL, 0, false}};
static const struct scn_word metadata_modes[] = {
	{"complete", 0, false}, {"partial", 1, true}, {NULL, 0, false}};
/* The recording knows what each of them means; `explain` tells. */
static const struct scn_word profiles[] = {{"rfc", 0, false},
					   {"opensips", 0, false},
					   {"offset-times", 0, false},
					   {"early-times", 0, false},
					   {"call-id-as-session-id", 0, false},
					   {"group-as-text", 0, false},
					   {"unescaped", 0, false},
					   {"frozen-metadata", 0, false},
					   {"frozen-version", 0, false},
					   {"labels-1-0", 0, false},
					   {"answers-sendonly", 0, false},
					   {"from-is-srs", 0, false},
					   {"no-abilities", 0, false},
					   {"one-boundary", 0, false},
					   {"double-brackets", 0, false},
					   {"bye-405", 0, false},
					   {"requests-405", 0, false},
					   {"no-cancel", 0, false},
					   {"orphan-200", 0, false},
					   {"second-invite", 0, false},
					   {"300-accepted", 0, false},
					   {"unusable-ends-hunt", 0, false},
					   {"one-media-accepted", 0, false},
					   {"no-transcoding", 0, false},
					   {"retry-after-unseen", 0, false},
					   {"waits-30-120", 0, false},
					   {"media-by-answer", 0, false},
					   {"pause-sticks", 0, false},
					   {"deaf-to-loss", 0, false},
					   {"update-unseen", 0, false},
					   {"every-reinvite", 0, false},
					   {"start-once", 0, false},
					   {"early-stop-ignored", 0, false},
					   {"always-ok", 0, false},
					   {"start-again", 0, false},
					   {"stop-again", 0, false},
					   {"stop-alone", 0, false},
					   {"two-events", 0, false},
					   {"server-as-instance", 0, false},
					   {NULL, 0, false}};
static const struct scn_word transports[] = {
	{"udp", SCN_TRANSPORT_UDP, false},
	{"tcp", SCN_TRANSPORT_TCP, false},
	{"tls", SCN_TRANSPORT_TLS, false},
	{"auto", SCN_TRANSPORT_AUTO, false},
	{NULL, 0, false}};
static const struct scn_word src_refreshes[] = {
	{"invite", 0, false}, {"update", 1, false}, {NULL, 0, false}};
static const struct scn_word tls_versions[] = {
	{"1.2", 12, false}, {"1.3", 13, false}, {NULL, 0, false}};
static const struct scn_word flaws[] = {{"none", SCN_SOUND, false},
					{"expired", SCN_EXPIRED, false},
					{"self-signed", SCN_SELF_SIGNED, false},
					{"wrong-name", SCN_WRONG_NAME, false},
					{NULL, 0, false}};
static const struct scn_word servers_checked[] = {
	{"true", 0, false}, {"false", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_tls, field)
#define TLS_FILES(cert_help)                                                   \
	{.name = "ca",                                                         \
	 .type = SCN_T_FILE,                                                   \
	 AT(ca),                                                               \
	 .help = "PEM file of the CAs that are trusted (default: the one of "  \
		 "the run, and towards servers those of the system)"},         \
		{.name = "cert",                                               \
		 .type = SCN_T_FILE,                                           \
		 AT(cert),                                                     \
		 .help = cert_help},                                           \
		{.name = "key",                                                \
		 .type = SCN_T_FILE,                                           \
		 AT(key),                                                      \
		 .help = "PEM file of its private key (default: 'cert')"},     \
	{                                                                      \
		.name = "version", .type = SCN_T_WORD, AT(version),            \
		.word = tls_versions,                                          \
		.help = "this version of TLS only (default: 1.2 and 1.3)"      \
	}
static const struct scn_key src_tls_keys[] = {
	TLS_FILES("PEM file of the certificate, with its chain, that servers "
		  "get who ask for one"),
	{.name = "own",
	 .type = SCN_T_BOOL,
	 AT(shows),
	 .help = "true: servers who ask get a certificate that the run makes"},
	{.name = "verify",
	 .type = SCN_T_EITHER,
	 AT(unchecked),
	 .word = servers_checked,
	 .otherwise = "true",
	 .help = "false: whatever certificate a server shows is taken"},
};
static const struct scn_key srs_tls_keys[] = {
	TLS_FILES("PEM file of its certificate, with the chain (default: one "
		  "that the run makes)"),
	{.name = "verify",
	 .type = SCN_T_BOOL,
	 AT(demands),
	 .help = "true: clients have to show a certificate, too"},
	{.name = "flaw",
	 .type = SCN_T_WORD,
	 AT(flaw),
	 .word = flaws,
	 .help = "what is wrong with the certificate that the run makes"},
};
#undef AT
const struct scn_table scn_src_tls_table = {"tls", src_tls_keys,
					    COUNT(src_tls_keys)};
const struct scn_table scn_srs_tls_table = {"the tls of a recorder",
					    srs_tls_keys, COUNT(srs_tls_keys)};
static const struct scn_word losses[] = {
	{"stop", 0, false}, {"failover", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_login, field)
static const struct scn_key login_keys[] = {
	{.name = "user",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(user),
	 .help = "who it is"},
	{.name = "password",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(password),
	 .help = "what both sides know; a variable of the environment keeps it "
		 "out of the file"},
};
#undef AT
const struct scn_table scn_login_table = {"login", login_keys,
					  COUNT(login_keys)};
static const struct scn_word rtcps[] = {{"next", SCN_RTCP_NEXT, false},
					{"mux", SCN_RTCP_MUX, false},
					{"named", SCN_RTCP_NAMED, false},
					{NULL, 0, false}};
static const struct scn_word source_ports[] = {
	{"per_stream", 0, false}, {"shared", 1, false}, {NULL, 0, false}};
static const struct scn_word suites[] = {{"AES_CM_128_HMAC_SHA1_80", 0, false},
					 {"AES_CM_128_HMAC_SHA1_32", 0, false},
					 {"AES_256_CM_HMAC_SHA1_80", 0, false},
					 {"AES_256_CM_HMAC_SHA1_32", 0, false},
					 {"AEAD_AES_128_GCM", 0, false},
					 {"AEAD_AES_256_GCM", 0, false},
					 {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_srtp, field)
static const struct scn_key srtp_keys[] = {
	{.name = "suites",
	 .type = SCN_T_TEXTS,
	 AT(suites),
	 .word = suites,
	 .help = "crypto suites that are offered, best first (default "
		 "AES_CM_128_HMAC_SHA1_80)"},
	{.name = "clear_signalling",
	 .type = SCN_T_BOOL,
	 AT(clear_signalling),
	 .help = "true: the keys may be told over UDP and TCP, where "
		 "everybody can read them"},
};
static const struct scn_word srtp_modes[] = {
	{"taken", SCN_SRTP_TAKEN, false},
	{"required", SCN_SRTP_REQUIRED, false},
	{"refused", SCN_SRTP_REFUSED, false},
	{NULL, 0, false}};
static const struct scn_key srs_srtp_keys[] = {
	{.name = "suites",
	 .type = SCN_T_TEXTS,
	 AT(suites),
	 .word = suites,
	 .help = "crypto suites that it takes (default all); the offer's order "
		 "decides"},
	{.name = "mode",
	 .type = SCN_T_WORD,
	 AT(mode),
	 .word = srtp_modes,
	 .otherwise = "taken",
	 .help = "taken: each line as it is offered; required: RTP in clear "
		 "is refused; refused: SRTP is"},
};
#undef AT
const struct scn_table scn_srtp_table = {"srtp", srtp_keys, COUNT(srtp_keys)};
const struct scn_table scn_srs_srtp_table = {
	"srtp of a recorder", srs_srtp_keys, COUNT(srs_srtp_keys)};

#define AT(field) .at = offsetof(struct scn_server, field)
static const struct scn_key server_keys[] = {
	{.name = "name",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(name),
	 .help = "a recorder of 'srs', or a SIP URI"},
	{.name = "weight",
	 .type = SCN_T_INT,
	 AT(weight),
	 .min = 0,
	 .max = 100,
	 .otherwise = "1",
	 .help = "its share of the calls with 'select: weighted'; 0: only "
		 "when others fail"},
	{.name = "login",
	 .type = SCN_T_MAP,
	 .sub = &scn_login_table,
	 .read = scn_read_login,
	 AT(login),
	 .help = "user and password there, instead of the instance's"},
};
#undef AT
const struct scn_table scn_server_table = {"a server", server_keys,
					   COUNT(server_keys)};

#define AT(field) .at = offsetof(struct scn_instance, field)
static const struct scn_key src_keys[] = {
	{.name = "profile",
	 .type = SCN_T_TEXTS,
	 AT(profile),
	 .word = profiles,
	 .help = "whose habits the SRC has: rfc, as it should (default), "
		 "opensips, as that module does, or single habits of the "
		 "module by name ('explain' tells what each means)"},
	{.name = "servers",
	 .type = SCN_T_LIST,
	 .sub = &scn_server_table,
	 .read = scn_read_nothing,
	 .help = "recorders of 'srs' or SIP URIs, in the order in which they "
		 "are tried (default: all of 'srs')"},
	{.name = "skip_failover_codes",
	 .type = SCN_T_REGEX,
	 AT(skip_failover_codes),
	 .help = "final codes after which no other server is tried: a POSIX "
		 "extended expression, unanchored"},
	{.name = "group",
	 .type = SCN_T_TEXT,
	 AT(group),
	 .help = "group id of the communication session"},
	{.name = "caller",
	 .type = SCN_T_XML,
	 .read = scn_read_block,
	 AT(caller_xml),
	 .help = "XML block of the caller, instead of nameID"},
	{.name = "callee",
	 .type = SCN_T_XML,
	 .read = scn_read_block,
	 AT(callee_xml),
	 .help = "XML block of the callee, instead of nameID"},
	{.name = "media",
	 .type = SCN_T_ADDRESS,
	 AT(media),
	 .help = "address from which the media is sent"},
	{.name = "headers",
	 .type = SCN_T_HEADERS,
	 AT(headers),
	 .with = 1, /* headers of one value are taken */
	 .help = "lines added to the recording's INVITE"},
	{.name = "headers_on",
	 .type = SCN_T_EITHER,
	 AT(headers_on_all),
	 .word = headers_on,
	 .otherwise = "invite",
	 .help = "which requests get these headers"},
	{.name = "from_uri",
	 .type = SCN_T_URI,
	 AT(from_uri),
	 .help = "From of the recording's INVITE"},
	{.name = "to_uri",
	 .type = SCN_T_URI,
	 AT(to_uri),
	 .help = "To of the recording's INVITE"},
	{.name = "group_custom_extension",
	 .type = SCN_T_XML_EXT,
	 .read = scn_read_block,
	 AT(group_custom_extension),
	 .help = "elements added to the group"},
	{.name = "session_custom_extension",
	 .type = SCN_T_XML_EXT,
	 .read = scn_read_block,
	 AT(session_custom_extension),
	 .help = "elements added to the session"},
	{.name = "start",
	 .type = SCN_T_WORD,
	 AT(start),
	 .word = starts,
	 .otherwise = "sdp",
	 .help = "when the callee's SDP is known, at its answer, or by a step"},
	{.name = "select",
	 .type = SCN_T_WORD,
	 AT(select),
	 .word = selects,
	 .otherwise = "sequence",
	 .help = "which server is asked first: the first one; the next one "
		 "with "
		 "every call; by weight; or all at once, as recordings of "
		 "their own"},
	{.name = "answer_within",
	 .type = SCN_T_TIME,
	 AT(answer_within_us),
	 .min = 1000,
	 .max = DAY_US,
	 .otherwise = "32s",
	 .help = "how long a server may take to answer"},
	{.name = "redirects",
	 .type = SCN_T_EITHER,
	 AT(follow_redirects),
	 .word = redirects,
	 .otherwise = "fail",
	 .help = "what a 3xx means"},
	{.name = "metadata",
	 .type = SCN_T_FIXED,
	 .word = metadata_modes,
	 .otherwise = "complete",
	 .help = "documents sent after the first"},
	{.name = "transport",
	 .type = SCN_T_WORD,
	 AT(transport),
	 .word = transports,
	 .help = "how SIP goes to a server whose URI says nothing of it: udp "
		 "(default; said in the file, a warning when the INVITE is "
		 "larger than the 1,300 bytes of RFC 3261 18.1.1), tcp, tls, "
		 "or auto: udp, but tcp for an INVITE that is larger, and udp "
		 "after all where nobody takes the connection"},
	{.name = "on_loss",
	 .type = SCN_T_EITHER,
	 AT(failover_on_loss),
	 .word = losses,
	 .otherwise = "stop",
	 .help = "when a recorder hangs up or vanishes: no more recording, or "
		 "the next server takes over"},
	{.name = "socket",
	 .type = SCN_T_TEXT,
	 .read = scn_read_listen,
	 AT(socket),
	 .help = "its socket for SIP, shown in Via and Contact: "
		 "udp:ADDRESS:PORT, port 0 for any"},
	{.name = "dialect",
	 .type = SCN_T_TEXT,
	 .flags = KEY_LATER,
	 .help = "habits of a recorder to be met"},
	{.name = "login",
	 .type = SCN_T_MAP,
	 .sub = &scn_login_table,
	 .read = scn_read_login,
	 AT(login),
	 .help = "user and password for servers that ask (401, 407)"},
	{.name = "tls",
	 .type = SCN_T_MAP,
	 .sub = &scn_src_tls_table,
	 .read = scn_read_tls,
	 AT(tls),
	 .help = "certificates, of the SRC and of whom it trusts"},
	{.name = "srtp",
	 .type = SCN_T_MAP,
	 .read = scn_read_srtp,
	 .sub = &scn_srtp_table,
	 AT(srtp),
	 .help = "media is encrypted, with keys in SDP (RFC 4568): true, "
		 "suites, or a map; without it, in clear"},
	{.name = "rtcp",
	 .type = SCN_T_WORD,
	 AT(rtcp),
	 .word = rtcps,
	 .otherwise = "next",
	 .help = "where RTCP goes: to the next port, to that of RTP if the "
		 "recorder agrees (mux, RFC 5761), or to one that a=rtcp "
		 "names (RFC 3605)"},
	{.name = "rtp_keepalive",
	 .type = SCN_T_TIME,
	 AT(rtp_keepalive_us),
	 .min = 15e6,
	 .max = DAY_US,
	 .otherwise = "15s",
	 .help = "a stream that rests so long sends an empty datagram (RFC "
		 "6263), so that NATs stay open"},
	{.name = "source_port",
	 .type = SCN_T_EITHER,
	 AT(shared_port),
	 .word = source_ports,
	 .otherwise = "per_stream",
	 .help = "which port RTP leaves by: its own one in SDP, or for all "
		 "streams that of the first m-line, by which passive recorders "
		 "such as Oreka pair them"},
	{.name = "session_expires",
	 .type = SCN_T_TIME,
	 AT(session_expires_us),
	 .min = 90e6,
	 .max = DAY_US,
	 .help = "session timer (RFC 4028) asked of each server, and kept even "
		 "when it "
		 "has none"},
	{.name = "refresh",
	 .type = SCN_T_EITHER,
	 AT(refresh_by_update),
	 .word = src_refreshes,
	 .otherwise = "invite",
	 .help = "how the session timer is kept: re-INVITE with the SDP, or "
		 "UPDATE without any"},
	{.name = "keepalive",
	 .type = SCN_T_TIME,
	 AT(keepalive_us),
	 .min = 1e6,
	 .max = DAY_US,
	 .help = "an OPTIONS in the dialog so often: a recorder that does not "
		 "answer by the next is lost"},
	{.name = "probe",
	 .type = SCN_T_TIME,
	 AT(probe_us),
	 .min = 1e6,
	 .max = DAY_US,
	 .help = "an OPTIONS to every server so often, from the beginning of "
		 "the run: one that does not answer is left out of hunts until "
		 "it does"},
	{.name = "rtcp_within",
	 .type = SCN_T_TIME,
	 AT(rtcp_within_us),
	 .min = 1e6,
	 .max = DAY_US,
	 .help = "a recorder that was sent RTP and has sent no RTCP for so "
		 "long "
		 "is lost; reports come every 3 to 8 s"},
	{.name = "provisional_within",
	 .type = SCN_T_TIME,
	 AT(provisional_within_us),
	 .min = 1000,
	 .max = DAY_US,
	 .help = "how long a server may take to send a 1xx, before the next "
		 "one is tried"},
	{.name = "instances",
	 .type = SCN_T_NAMED,
	 .sub = &scn_instance_table,
	 .help = "recordings beside each other, by name, with settings of "
		 "their own"},
	{.name = "edit",
	 .type = SCN_T_LIST,
	 .sub = &scn_edit_table,
	 .read = scn_read_nothing,
	 .help = "requests of the SRC, changed on their way out: what no "
		 "honest client sends"},
};
#undef AT
const struct scn_table scn_src_table = {"src", src_keys, COUNT(src_keys)};
/* Without 'instances' and 'edit'. */
const struct scn_table scn_instance_table = {"an instance", src_keys,
					     COUNT(src_keys) - 2};

/* sip/edit.h knows what each of them does. */
static const struct scn_word edits[] = {{"metadata-first", 0, false},
					{"no-metadata", 0, false},
					{"bare-sdp", 0, false},
					{"bare-metadata", 0, false},
					{"no-body", 0, false},
					{"cut-metadata", 0, false},
					{"no-end", 0, false},
					{"wrong-boundary", 0, false},
					{"quoted-boundary", 0, false},
					{"preamble", 0, false},
					{"extra-part", 0, false},
					{"required-part", 0, false},
					{"nested", 0, false},
					{"compact", 0, false},
					{"no-length", 0, false},
					{"large", 0, false},
					{"one-line", 0, false},
					{"three-lines", 0, false},
					{NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_edit, field)
static const struct scn_key edit_keys[] = {
	{.name = "of",
	 .type = SCN_T_TEXT,
	 AT(of),
	 .otherwise = "INVITE",
	 .help = "the requests it changes: INVITE (outside a dialog), "
		 "re-INVITE, ACK or any other method"},
	{.name = "times",
	 .type = SCN_T_INT,
	 AT(times),
	 .min = 1,
	 .max = 1e6,
	 .help = "the first so many of them, each with its retransmissions "
		 "(default: all)"},
	{.name = "mangle",
	 .type = SCN_T_TEXTS,
	 AT(mangle),
	 .word = edits,
	 .help = "written otherwise in these ways"},
	{.name = "replace",
	 .type = SCN_T_TEXT,
	 AT(replace),
	 .help = "a text of the message, head or body; wherever it is, 'with' "
		 "takes its place"},
	{.name = "with",
	 .type = SCN_T_TEXT,
	 AT(with),
	 .help = "what takes its place (default: nothing)"},
	{.name = "headers",
	 .type = SCN_T_TEXTS,
	 AT(headers),
	 .help = "lines added, whatever their names"},
	{.name = "longer",
	 .type = SCN_T_INT,
	 AT(longer),
	 .min = 1,
	 .max = 60000,
	 .help = "so many octets more than there are says Content-Length"},
	{.name = "shorter",
	 .type = SCN_T_INT,
	 AT(shorter),
	 .min = 1,
	 .max = 60000,
	 .help = "so many octets less"},
	{.name = "again",
	 .type = SCN_T_INT,
	 AT(again),
	 .min = 1,
	 .max = 100,
	 .help = "copies sent right after it"},
	{.name = "drop",
	 .type = SCN_T_BOOL,
	 AT(drop),
	 .help = "true: it is never sent"},
	{.name = "text",
	 .type = SCN_T_TEXT,
	 AT(text),
	 .help = "sent instead, as it is"},
};
#undef AT
const struct scn_table scn_edit_table = {"an entry of edit", edit_keys,
					 COUNT(edit_keys)};

/* ---- srs ---- */

static const struct scn_word answers[] = {
	{"recvonly", SCN_ANSWER_POLITE, false},
	{"inactive", SCN_ANSWER_INACTIVE, false},
	{"never", SCN_ANSWER_NEVER, false},
	{NULL, 0, false}};
static const struct scn_word modes[] = {
	{"lenient", 0, false}, {"strict", 1, false}, {NULL, 0, false}};

/* What the SDP of its requests says. */
static const struct scn_word recorder_offers[] = {
	{"none", SCN_OFFER_NONE, false},
	{"same", SCN_OFFER_SAME, false},
	{"inactive", SCN_OFFER_INACTIVE, false},
	{"recvonly", SCN_OFFER_RECVONLY, false},
	{"fewer", SCN_OFFER_FEWER, false},
	{"cut", SCN_OFFER_CUT, false},
	{"more", SCN_OFFER_MORE, false},
	{"moved", SCN_OFFER_MOVED, false},
	{NULL, 0, false}};
static const struct scn_word script_answers[] = {
	{"recvonly", SCN_ANSWER_POLITE, false},
	{"inactive", SCN_ANSWER_INACTIVE, false},
	{NULL, 0, false}};
static const struct scn_word wrong_tags[] = {
	{"right", 0, false}, {"wrong", 1, false}, {NULL, 0, false}};
static const struct scn_word cseqs[] = {
	{"next", 0, false}, {"lower", 1, false}, {NULL, 0, false}};

/* The recorder knows what each of them does. */
static const struct scn_word mangles[] = {{"no-sdp", 0, false},
					  {"one-media", 0, false},
					  {"ports-zero", 0, false},
					  {"no-labels", 0, false},
					  {"garbage", 0, false},
					  {"bad-status", 0, false},
					  {"no-to-tag", 0, false},
					  {"multipart", 0, false},
					  {"sendrecv", 0, false},
					  {"no-trying", 0, false},
					  {"last-refused", 0, false},
					  {"echo-key", 0, false},
					  {"in-clear", 0, false},
					  {"unknown-tag", 0, false},
					  {"no-crypto", 0, false},
					  {"wrong-key", 0, false},
					  {"other-suite", 0, false},
					  {"two-cryptos", 0, false},
					  {NULL, 0, false}};

static const struct scn_word refreshers[] = {
	{"uac", 0, false}, {"uas", 1, false}, {NULL, 0, false}};
static const struct scn_word refreshes[] = {
	{"invite", SCN_REFRESH_INVITE, false},
	{"update", SCN_REFRESH_UPDATE, false},
	{"never", SCN_REFRESH_NEVER, false},
	{NULL, 0, false}};

/* Those that sip/digest.h knows. */
static const struct scn_word digests[] = {
	{"MD5", 0, false},	   {"MD5-sess", 0, false},
	{"SHA-256", 0, false},	   {"SHA-256-sess", 0, false},
	{"SHA-512-256", 0, false}, {"SHA-512-256-sess", 0, false},
	{NULL, 0, false}};
static const struct scn_word qops[] = {
	{"auth", 0, false}, {"none", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct scn_guard, field)
static const struct scn_key guard_keys[] = {
	{.name = "user",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(user),
	 .help = "who may come in"},
	{.name = "password",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(password),
	 .help = "and with what"},
	{.name = "realm",
	 .type = SCN_T_TEXT,
	 AT(realm),
	 .help = "of its challenges (default: the recorder's name)"},
	{.name = "algorithm",
	 .type = SCN_T_TEXTS,
	 .word = digests,
	 AT(algorithms),
	 .help = "a challenge for each, in this order (default: SHA-256, MD5)"},
	{.name = "qop",
	 .type = SCN_T_EITHER,
	 AT(no_qop),
	 .word = qops,
	 .otherwise = "auth",
	 .help = "none: challenges as in RFC 2069"},
	{.name = "proxy",
	 .type = SCN_T_BOOL,
	 AT(proxy),
	 .help = "true: 407, as from a proxy before it, instead of 401"},
	{.name = "stale",
	 .type = SCN_T_TIME,
	 AT(stale_us),
	 .help = "age from which a nonce is stale: the right login is asked "
		 "once more"},
};
#undef AT
const struct scn_table scn_guard_table = {"the login of a recorder", guard_keys,
					  COUNT(guard_keys)};

#define AT(field) .at = offsetof(struct scn_srs, field)
static const struct scn_key srs_keys[] = {
	{.name = "name",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(name),
	 .help = "how the rest of the scenario calls it"},
	{.name = "uri",
	 .type = SCN_T_URI,
	 AT(uri),
	 .help = "a real recorder; without it, an embedded one"},
	{.name = "listen",
	 .type = SCN_T_TEXT,
	 .read = scn_read_listen,
	 AT(listen),
	 .otherwise = "udp:127.0.0.1:0",
	 .help = "socket on the real clock"},
	{.name = "transport",
	 .type = SCN_T_WORD,
	 AT(transport),
	 .word = transports,
	 .help = "what it listens at, on one port: udp (default), tcp, tls, or "
		 "auto: udp and tcp"},
	{.name = "tls",
	 .type = SCN_T_MAP,
	 .sub = &scn_srs_tls_table,
	 .read = scn_read_tls,
	 AT(tls),
	 .help = "certificates, of the recorder and of whom it trusts"},
	{.name = "refuse",
	 .type = SCN_T_INT,
	 AT(refuse),
	 .min = 300,
	 .max = 699,
	 .help = "final code instead of 200"},
	{.name = "answer",
	 .type = SCN_T_WORD,
	 AT(answer),
	 .word = answers,
	 .otherwise = "recvonly",
	 .help = "200 that takes the media, 200 that does not, or nothing"},
	{.name = "ring",
	 .type = SCN_T_TIME,
	 AT(ring_us),
	 .help = "180 after that"},
	{.name = "reliable",
	 .type = SCN_T_BOOL,
	 AT(reliable),
	 .help = "true: its 180 is repeated until the SRC's PRACK (100rel)"},
	{.name = "early_answer",
	 .type = SCN_T_BOOL,
	 AT(early_answer),
	 .help = "true: a 183 with its SDP instead of the 180"},
	{.name = "wait",
	 .type = SCN_T_TIME,
	 AT(wait_us),
	 .otherwise = "0s",
	 .help = "before the final answer"},
	{.name = "redirect",
	 .type = SCN_T_URI,
	 AT(redirect),
	 .help = "302 to there"},
	{.name = "bye_after",
	 .type = SCN_T_TIME,
	 AT(bye_after_us),
	 .help = "hangs up so long after its 200"},
	{.name = "die_after",
	 .type = SCN_T_TIME,
	 AT(die_after_us),
	 .help = "vanishes so long after its 200"},
	{.name = "codecs",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_srs_codecs,
	 .help = "PCMU and PCMA that it takes, best first (default: whatever "
		 "is "
		 "offered)"},
	{.name = "video",
	 .type = SCN_T_EITHER,
	 AT(no_video),
	 .word = video_answers,
	 .otherwise = "accept",
	 .help = "refuse: it takes audio only"},
	{.name = "srtp",
	 .type = SCN_T_MAP,
	 .read = scn_read_srtp,
	 .sub = &scn_srs_srtp_table,
	 AT(srtp),
	 .help = "what it does with encrypted media: suites, or a map "
		 "(default: it takes every suite)"},
	{.name = "rtcp",
	 .type = SCN_T_WORD,
	 AT(rtcp),
	 .word = rtcps,
	 .otherwise = "mux",
	 .help = "where its RTCP is: at the port of RTP where that is offered, "
		 "always at the next port, or at one that a=rtcp names"},
	{.name = "mode",
	 .type = SCN_T_EITHER,
	 AT(strict),
	 .word = modes,
	 .otherwise = "lenient",
	 .help = "what it says to faulty requests"},
	{.name = "login",
	 .type = SCN_T_MAP,
	 .sub = &scn_guard_table,
	 .read = scn_read_guard,
	 AT(login),
	 .help = "asks for user and password, in every request but ACK and "
		 "CANCEL"},
	{.name = "session_expires",
	 .type = SCN_T_TIME,
	 AT(timer.expires_us),
	 .min = 90e6,
	 .max = DAY_US,
	 .help = "it has a session timer (RFC 4028) and wants this interval; "
		 "without it, none"},
	{.name = "min_se",
	 .type = SCN_T_TIME,
	 AT(timer.min_us),
	 .min = 90e6,
	 .max = DAY_US,
	 .help = "shorter intervals are refused with 422"},
	{.name = "refresher",
	 .type = SCN_T_EITHER,
	 AT(timer.we_refresh),
	 .word = refreshers,
	 .otherwise = "uac",
	 .help = "who refreshes where the client does not say: it, or (uas) "
		 "the recorder"},
	{.name = "refresh",
	 .type = SCN_T_WORD,
	 AT(timer.by),
	 .word = refreshes,
	 .otherwise = "invite",
	 .help = "what its refresh is; never: it forgets"},
	{.name = "mangle",
	 .type = SCN_T_TEXTS,
	 AT(mangle),
	 .word = mangles,
	 .help = "spoils its 200 in these ways"},
	{.name = "script",
	 .type = SCN_T_LIST,
	 .read = scn_read_script,
	 .sub = &scn_line_table,
	 .help = "what it does, request by request"},
};
#undef AT
const struct scn_table scn_srs_table = {"a recorder of srs", srs_keys,
					COUNT(srs_keys)};

#define AT(field) .at = offsetof(struct scn_line, field)
static const struct scn_key line_keys[] = {
	{.name = "when",
	 .type = SCN_T_TEXT,
	 AT(when),
	 .help = "the request it takes: INVITE (the first one), re-INVITE, "
		 "ACK, BYE or any other method"},
	{.name = "after",
	 .type = SCN_T_TIME,
	 AT(after_us),
	 .help = "instead of a request: a moment, from each 200"},
	{.name = "times",
	 .type = SCN_T_INT,
	 AT(times),
	 .min = 1,
	 .max = 1e6,
	 .otherwise = "1",
	 .help = "how many such requests it takes"},
	{.name = "wait",
	 .type = SCN_T_TIME,
	 AT(wait_us),
	 .otherwise = "0s",
	 .help = "before anything is done about the request"},
	{.name = "reply",
	 .type = SCN_T_TEXT,
	 .read = scn_read_script_reply,
	 .help = "final code, or never (default: a polite answer)"},
	{.name = "answer",
	 .type = SCN_T_WORD,
	 AT(answer),
	 .word = script_answers,
	 .otherwise = "recvonly",
	 .help = "direction in its SDP; inactive holds until it offers "
		 "recvonly"},
	{.name = "mangle",
	 .type = SCN_T_TEXTS,
	 AT(mangle),
	 .word = mangles,
	 .help = "spoils its answer in these ways"},
	{.name = "headers",
	 .type = SCN_T_HEADERS,
	 .read = scn_read_script_headers,
	 .help = "lines added to the reply and to what is sent"},
	{.name = "send",
	 .type = SCN_T_TEXT,
	 AT(send),
	 .help = "a request of its own: re-INVITE, UPDATE, BYE or any other "
		 "method"},
	{.name = "offer",
	 .type = SCN_T_WORD,
	 AT(offer),
	 .word = recorder_offers,
	 .help = "SDP of the re-INVITE or UPDATE it sends (default: same in a "
		 "re-INVITE, none in an UPDATE)"},
	{.name = "snapshot",
	 .type = SCN_T_BOOL,
	 AT(snapshot),
	 .help = "what is sent asks for all metadata"},
	{.name = "body",
	 .type = SCN_T_TEXT,
	 AT(body),
	 .help = "text in what is sent"},
	{.name = "type",
	 .type = SCN_T_TEXT,
	 AT(type),
	 .help = "media type of that text (default text/plain)"},
	{.name = "tag",
	 .type = SCN_T_EITHER,
	 AT(wrong_tag),
	 .word = wrong_tags,
	 .otherwise = "right",
	 .help = "To tag of what is sent"},
	{.name = "cseq",
	 .type = SCN_T_EITHER,
	 AT(lower_cseq),
	 .word = cseqs,
	 .otherwise = "next",
	 .help = "CSeq of what is sent; lower than that of its request "
		 "before"},
	{.name = "require",
	 .type = SCN_T_TEXT,
	 AT(require),
	 .help = "option tags that what is sent asks for"},
};
#undef AT
const struct scn_table scn_line_table = {"an entry of script", line_keys,
					 COUNT(line_keys)};

/* ---- timeline ---- */

static const struct scn_word ports[] = {{"new", 1, false}, {NULL, 0, false}};
static const struct scn_word dialogs[] = {
	{"recording", 0, false}, {"none", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct step_draft, field)
#define VERB(word, number, text)                                               \
	{                                                                      \
		.name = word, .type = SCN_T_TEXT, .flags = KEY_ALONE,          \
		.read = scn_read_verb, .with = number, .help = text            \
	}
#define VERB_LATER(word, text)                                                 \
	{                                                                      \
		.name = word, .type = SCN_T_TEXT,                              \
		.flags = KEY_ALONE | KEY_LATER, .help = text                   \
	}
static const struct scn_key step_keys[] = {
	{.name = "at",
	 .type = SCN_T_TIME,
	 .read = scn_read_step_time,
	 .help = "time from the first INVITE of the call"},
	{.name = "after",
	 .type = SCN_T_TIME,
	 .read = scn_read_step_time,
	 .help = "time from the step before"},
	{.name = "when",
	 .type = SCN_T_TEXT,
	 .read = scn_read_step_when,
	 AT(step.when),
	 .help = "at an event, such as start"},
	{.name = "by",
	 .type = SCN_T_TEXT,
	 AT(by),
	 .help = "the recorder that does it; update or invite, of a party and "
		 "of 'update: recording'"},
	{.name = "result",
	 .type = SCN_T_TEXT,
	 AT(step.result),
	 .help = "what a recording makes of it: ok, 'refused 488', and more"},
	{.name = "instance",
	 .type = SCN_T_TEXT,
	 AT(instance),
	 .help = "the instance that sends it (default: each of them)"},
	{.name = "codec",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_step_codecs,
	 .help = "what the party offers from now on, best first"},
	{.name = "video",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_step_video,
	 .help = "video that the party adds or changes, or none: it removes "
		 "it"},
	{.name = "keys",
	 .type = SCN_T_TEXT,
	 .read = scn_read_keys,
	 AT(step.keys),
	 .help = "pressed one after the other: 0-9, *, #, A-D"},
	{.name = "port",
	 .type = SCN_T_EITHER,
	 AT(step.new_port),
	 .word = ports,
	 .help = "new: the party's media moves"},
	{.name = "rekey",
	 .type = SCN_T_BOOL,
	 AT(step.rekey),
	 .help = "true, of 'update: recording': with other keys of SRTP"},
	{.name = "offer",
	 .type = SCN_T_WORD,
	 AT(step.offer),
	 .word = recorder_offers,
	 .help = "SDP of a recorder's re-INVITE or UPDATE, as in 'script'; "
		 "none in a party's re-INVITE"},
	VERB("start", SCN_VERB_START, "recording, or an instance"),
	VERB("pause", SCN_VERB_PAUSE, "recording, or an instance"),
	VERB("resume", SCN_VERB_RESUME, "recording, or an instance"),
	VERB("stop", SCN_VERB_STOP, "recording, or an instance"),
	VERB("cancel", SCN_VERB_CANCEL, "call: the caller gives up"),
	VERB("bye", SCN_VERB_BYE,
	     "caller, callee or call; recording, by a recorder"),
	VERB("kill", SCN_VERB_KILL, "a recorder that vanishes"),
	VERB("revive", SCN_VERB_REVIVE, "a recorder that comes back"),
	VERB("send", SCN_VERB_SEND,
	     "a request in the recording's dialog: INFO, MESSAGE, OPTIONS or "
	     "any other method"),
	VERB("update", SCN_VERB_UPDATE,
	     "recording, or an instance: metadata now; recording, by a "
	     "recorder"),
	VERB("hold", SCN_VERB_HOLD, "caller or callee: the other falls silent"),
	VERB("unhold", SCN_VERB_UNHOLD, "caller or callee: takes it back"),
	VERB("mute", SCN_VERB_MUTE, "caller or callee: sends nothing"),
	VERB("unmute", SCN_VERB_UNMUTE, "caller or callee: sends again"),
	VERB("reinvite", SCN_VERB_REINVITE,
	     "caller or callee; recording, by a recorder"),
	VERB_LATER("join", "a party"),
	VERB_LATER("leave", "a party"),
	VERB("transfer", SCN_VERB_TRANSFER,
	     "caller or callee: the party 'to' takes its place"),
	VERB("identity", SCN_VERB_IDENTITY,
	     "caller or callee: is called 'to' from now on"),
	VERB("dtmf", SCN_VERB_DTMF, "caller or callee: presses 'keys'"),
	VERB_LATER("record", "a recording that the recorder begins"),
	VERB("options", SCN_VERB_OPTIONS, "recording, by a recorder"),
	{.name = "headers",
	 .type = SCN_T_HEADERS,
	 AT(step.headers),
	 .help = "lines added to what is sent"},
	{.name = "body",
	 .type = SCN_T_TEXT,
	 AT(step.body),
	 .help = "text in what is sent"},
	{.name = "type",
	 .type = SCN_T_TEXT,
	 AT(step.type),
	 .help = "media type of that text (default text/plain)"},
	{.name = "tag",
	 .type = SCN_T_EITHER,
	 AT(step.send_wrong_tag),
	 .word = wrong_tags,
	 .otherwise = "right",
	 .help = "To tag of what is sent"},
	{.name = "cseq",
	 .type = SCN_T_EITHER,
	 AT(step.send_lower_cseq),
	 .word = cseqs,
	 .otherwise = "next",
	 .help = "CSeq of what is sent; lower than that of the request before"},
	{.name = "dialog",
	 .type = SCN_T_EITHER,
	 AT(step.outside),
	 .word = dialogs,
	 .otherwise = "recording",
	 .help = "none: what is sent stands alone, whether anything is "
		 "recorded or not"},
	{.name = "to",
	 .type = SCN_T_TEXT,
	 AT(to),
	 .help = "of transfer: one of 'parties'; of identity: a name-addr"},
};
#undef AT
const struct scn_table scn_step_table = {"a step of timeline", step_keys,
					 COUNT(step_keys)};

/* ---- expect ---- */

#define BIT(kind) (UINT32_C(1) << SCN_CHECK_##kind)
#define ANY UINT32_MAX
#define AT(field) .at = offsetof(struct check_draft, check.field)
#define CHECK(word, kind, value, text)                                         \
	{                                                                      \
		.name = word, .type = value, .flags = KEY_ALONE,               \
		.read = scn_read_check_key, .with = BIT(kind), .help = text    \
	}
#define CHECK_LATER(word, text)                                                \
	{                                                                      \
		.name = word, .type = SCN_T_TEXT,                              \
		.flags = KEY_ALONE | KEY_LATER, .help = text                   \
	}
#define MESSAGES                                                               \
	(BIT(REQUESTS) | BIT(NEVER) | BIT(REPLY) | BIT(HEADER) |               \
	 BIT(METADATA) | BIT(METADATA_VALID) | BIT(SDP) | BIT(RULES))
#define VALUES (BIT(HEADER) | BIT(METADATA))
#define OF_CALLS (BIT(RECORDED_BY) | BIT(ATTEMPTS))

static const struct scn_word repliers[] = {
	{"recorder", 0, false}, {"src", 1, false}, {NULL, 0, false}};

static const struct scn_key check_keys[] = {
	CHECK("recorded_by", RECORDED_BY, SCN_T_TEXTS,
	      "exactly these recorders accepted and got media, or nobody"),
	CHECK("attempts", ATTEMPTS, SCN_T_TEXTS,
	      "the hunt in order: a recorder and a code, timeout, "
	      "unreachable, malformed, unusable or cancelled"),
	{.name = "events",
	 .type = SCN_T_LIST,
	 .flags = KEY_ALONE,
	 .read = scn_read_events,
	 .with = BIT(EVENTS),
	 .sub = &scn_event_table,
	 .help = "exactly these events in order"},
	CHECK("requests", REQUESTS, SCN_T_TEXTS,
	      "exactly these requests in order"),
	CHECK("never", NEVER, SCN_T_TEXT, "no such request"),
	CHECK("reply", REPLY, SCN_T_TEXT, "the final answer to such a request"),
	CHECK("rtp", RTP, SCN_T_TEXT,
	      "the stream of RECORDER/PARTY, or /video or /audio2 of it"),
	CHECK("audio", AUDIO, SCN_T_TEXT, "what RECORDER/PARTY sounds like"),
	CHECK("header", HEADER, SCN_T_TEXT, "a header of a request"),
	CHECK("quiet", QUIET, SCN_T_TEXT, "no RTP at that recorder"),
	CHECK("metadata", METADATA, SCN_T_XPATH,
	      "an XPath expression, namespace r, in the metadata"),
	{.name = "metadata_valid",
	 .type = SCN_T_BOOL,
	 .flags = KEY_ALONE,
	 AT(wanted),
	 .with = BIT(METADATA_VALID),
	 .help = "every document is valid, schema and cross-references"},
	CHECK("sdp", SDP, SCN_T_TEXT, "offer or answer of the recording"),
	CHECK("same", SAME, SCN_T_TEXT,
	      "offer or metadata, equal but for what must differ"),
	CHECK("files", FILES, SCN_T_TEXT, "what recorders wrote, by glob"),
	CHECK("gap", GAP, SCN_T_TEXT,
	      "silence of that party while a recorder was replaced"),
	CHECK("rules", RULES, SCN_T_TEXTS,
	      "what RFCs want of a recorder, by their ids, in all that it "
	      "said"),

	{.name = "if",
	 .type = SCN_T_NAMED,
	 .read = scn_read_if,
	 .with = ANY,
	 .help = "judged only in runs with these values of the matrix"},
	{.name = "within",
	 .type = SCN_T_TIME,
	 AT(within_us),
	 .with = ANY,
	 .help = "not later than that"},
	{.name = "instance",
	 .type = SCN_T_TEXT,
	 AT(instance),
	 .with = ANY,
	 .help = "of that instance only"},
	{.name = "at",
	 .type = SCN_T_TIME,
	 .read = scn_read_at,
	 .with = BIT(METADATA) | BIT(SDP) | BIT(REPLY) | BIT(HEADER),
	 .help = "which document or request: start, end, a number from 1, or "
		 "a time"},
	{.name = "by",
	 .type = SCN_T_EITHER,
	 AT(by_src),
	 .word = repliers,
	 .otherwise = "recorder",
	 .with = BIT(REPLY),
	 .help = "whose answer: a recorder's, or the SRC's"},
	{.name = "to",
	 .type = SCN_T_TEXTS,
	 AT(to),
	 .with = MESSAGES,
	 .help = "recorders that it is about"},
	{.name = "across",
	 .type = SCN_T_TEXTS,
	 AT(across),
	 .with = BIT(SAME),
	 .help = "the recorders compared"},
	{.name = "of",
	 .type = SCN_T_TEXT,
	 AT(of),
	 .with = BIT(HEADER),
	 .help = "of such a request (default INVITE)"},
	{.name = "between",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_between,
	 .with = BIT(QUIET),
	 .help = "two times from the first INVITE"},
	{.name = "is",
	 .type = SCN_T_TEXT,
	 AT(is),
	 .with = VALUES,
	 .help = "exactly this text"},
	{.name = "has",
	 .type = SCN_T_TEXTS,
	 AT(has),
	 .with = VALUES | BIT(SDP) | BIT(REPLY),
	 .help = "holds these texts or lines"},
	{.name = "not",
	 .type = SCN_T_TEXTS,
	 AT(has_not),
	 .with = BIT(SDP) | BIT(REPLY),
	 .help = "holds none of these lines"},
	{.name = "matches",
	 .type = SCN_T_REGEX,
	 AT(matches),
	 .with = VALUES | BIT(SDP),
	 .help = "POSIX extended expression, case-blind; of SDP: one line "
		 "fits"},
	{.name = "count",
	 .type = SCN_T_NUMBERS,
	 AT(count),
	 .with = VALUES | BIT(FILES) | OF_CALLS,
	 .help = "how many there are; of recorded_by and attempts: in how many "
		 "calls of the load it is so"},
	{.name = "media",
	 .type = SCN_T_INT,
	 AT(media),
	 .min = 1,
	 .max = 100,
	 .with = BIT(SDP),
	 .help = "that m-section, from 1"},
	{.name = "code",
	 .type = SCN_T_NUMBERS,
	 .read = scn_read_code,
	 .with = BIT(REPLY),
	 .help = "code of the answer, or a list of those that will do"},
	{.name = "packets",
	 .type = SCN_T_NUMBERS,
	 .read = scn_read_packets,
	 .with = BIT(RTP),
	 .help = "packets received, or as_captured: those of the capture "
		 "between the recorder's 200 and the end of the call"},
	{.name = "loss",
	 .type = SCN_T_SHARES,
	 AT(loss),
	 .with = BIT(RTP),
	 .help = "share of packets lost"},
	{.name = "jitter",
	 .type = SCN_T_TIMES,
	 AT(jitter),
	 .with = BIT(RTP),
	 .help = "RFC 3550 jitter"},
	{.name = "max_gap",
	 .type = SCN_T_TIMES,
	 .read = scn_read_max_gap,
	 AT(max_gap),
	 .with = BIT(RTP),
	 .help = "longest time between two packets, or as_captured"},
	{.name = "codec",
	 .type = SCN_T_TEXT,
	 AT(codec),
	 .with = BIT(RTP),
	 .help = "encoding name"},
	{.name = "suite",
	 .type = SCN_T_TEXT,
	 .read = scn_read_suite,
	 AT(suite),
	 .with = BIT(RTP),
	 .help = "crypto suite of SRTP, or none: in clear"},
	{.name = "forged",
	 .type = SCN_T_NUMBERS,
	 AT(forged),
	 .with = BIT(RTP),
	 .help = "packets, and reports back, that did not authenticate"},
	{.name = "dtmf",
	 .type = SCN_T_TEXT,
	 .read = scn_read_keys,
	 AT(dtmf),
	 .with = BIT(RTP),
	 .help = "exactly these keys were heard, in this order"},
	{.name = "ssrc",
	 .type = SCN_T_SSRC,
	 .read = scn_read_check_ssrc,
	 .with = BIT(RTP),
	 .help = "SSRC of the stream"},
	{.name = "order",
	 .type = SCN_T_BOOL,
	 .read = scn_read_flag_order,
	 .with = BIT(RTP),
	 .help = "no packet out of order, or as_captured: as many"},
	{.name = "tone",
	 .type = SCN_T_HZ,
	 AT(hz),
	 .min = 20,
	 .max = 3900,
	 .with = BIT(AUDIO) | BIT(FILES),
	 .help = "that tone is heard"},
	{.name = "silence",
	 .type = SCN_T_EITHER,
	 AT(silence),
	 .word = yes,
	 .with = BIT(AUDIO),
	 .help = "nothing is heard"},
	{.name = "duration",
	 .type = SCN_T_TIMES,
	 AT(duration),
	 .with = BIT(FILES) | BIT(GAP),
	 .help = "length of each sound file, or of the longest gap"},
	{.name = "level",
	 .type = SCN_T_TEXT,
	 .flags = KEY_LATER,
	 .help = "of rules"},
};
#undef AT
const struct scn_table scn_check_table = {"an entry of expect", check_keys,
					  COUNT(check_keys)};

#define AT(field) .at = offsetof(struct scn_event_want, field)
static const struct scn_key event_keys[] = {
	{.name = "event",
	 .type = SCN_T_TEXT,
	 .flags = KEY_NEEDED,
	 AT(name),
	 .help = "name of the event"},
	{.name = "has",
	 .type = SCN_T_NAMED,
	 .help = "parameters with the texts they hold"},
};
#undef AT
const struct scn_table scn_event_table = {"an event", event_keys,
					  COUNT(event_keys)};
