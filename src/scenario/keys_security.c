/* Keys of certificates, of logins to servers, and of SRTP. */
#include "scenario/keys.h"

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
