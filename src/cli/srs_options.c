/* The options of `srs`. */
#include "cli/srs_options.h"

#include <string.h>

#include "cli/cmd.h"
#include "cli/opt.h"
#include "core/span.h"
#include "recorder/names.h"
#include "scenario/text.h"
#include "scenario/units.h"
#include "sip/head.h"

enum { NAME_MAX_LEN = 64 };

#define EVERY_US INT64_C(1000000)
#define SESSION_LEAST_US INT64_C(90000000)
#define SESSION_MOST_US INT64_C(86400000000)

static const char *const listen_ways[] = {"udp", "tcp", "tls"};

static const struct opt options[] = {
	{"listen", 'l', "udp|tcp|tls:ADDR:PORT",
	 "where to listen, repeatable (default udp:127.0.0.1:5070)"},
	{"cert", 0, "FILE", "certificate for tls, PEM with its chain"},
	{"key", 0, "FILE", "its private key (default: the file of --cert)"},
	{"ca", 0, "FILE", "clients must show a certificate of these CAs"},
	{"out", 'o', "DIR", "keep sound and metadata here"},
	{"json", 0, NULL, "print events as JSON, an object a line"},
	{"once", 0, NULL, "leave when the first recording has ended"},
	{"judge", 0, NULL, "judge each client by the rules of the RFCs"},
	{"ask", 0, "snapshot|offer|options",
	 "ask the client for it, a second after the 200 or what was asked "
	 "before; repeatable"},
	{"level", 0, "must|should",
	 "the least rule that counts (default: must)"},
	{"name", 0, "NAME", "of the recorder and its files (default srs)"},
	{"strict", 0, NULL, "400 to what RFC 7866 and RFC 7865 forbid"},
	{"refuse", 0, "CODE", "refuse every INVITE, 300 to 699"},
	{"redirect", 0, "URI", "refuse with 302 and this Contact"},
	{"answer", 0, "recvonly|inactive|never",
	 "how it answers (default: recvonly); after inactive it offers "
	 "recvonly a second later"},
	{"login", 0, LOGIN_ARG,
	 "ask for it (401); without PASSWORD that of the environment "
	 "variable " LOGIN_ENV},
	{"digest", 0, "NAME",
	 "algorithm of its challenge, repeatable (default SHA-256 and MD5)"},
	{"ring", 0, "TIME", "180 after that, such as 50ms"},
	{"reliable", 0, NULL, "that 180 wants a PRACK from who can (RFC 3262)"},
	{"session-expires", 0, "TIME",
	 "have a session timer (RFC 4028) with this interval, such as 30m"},
	{"wait", 0, "TIME", "before the final response"},
	{"bye-after", 0, "TIME", "hang up that long after the 200"},
	{"mangle", 0, "NAME",
	 "answer wrongly, repeatable: no-sdp, one-media, "
	 "ports-zero, no-labels, garbage, bad-status, "
	 "no-to-tag, multipart, sendrecv, no-trying, last-refused; of SRTP "
	 "echo-key, in-clear, no-crypto, unknown-tag, other-suite, "
	 "two-cryptos, wrong-key"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_srs_table = {
	"srs", "",
	"Records what any SRC sends and tells of it, until SIGINT or SIGTERM; "
	"the exit\ncode is 0 then too.",
	options};

/* Each: -1 to go on, else the exit code. */

static int take_listen(struct srs_options *o, const char *value)
{
	struct span rest = span_of(value), way = span_cut(&rest, ':');
	int proto = ADDR_UDP;

	if (o->n == SRS_LISTEN_MAX)
		return opt_fault(&cmd_srs_table, "at most %d --listen",
				 SRS_LISTEN_MAX);
	while (proto <= ADDR_TLS && !span_case_is(way, listen_ways[proto]))
		proto++;
	if (proto > ADDR_TLS || !addr_parse(rest, &o->listen[o->n]))
		return opt_fault(&cmd_srs_table,
				 "--listen wants udp:, tcp: or tls:ADDR:PORT, "
				 "not '%s'",
				 value);
	o->listen[o->n++].proto = (uint8_t)proto;
	return -1;
}

static int take_time(const struct opt_got *got, int64_t *us)
{
	double value;

	if (!scn_unit_time(span_of(got->value), &value))
		return opt_fault(&cmd_srs_table,
				 "--%s wants a time such as 50ms or 2s,"
				 " not '%s'",
				 got->opt->name, got->value);
	*us = (int64_t)value;
	return -1;
}

/* RFC 4028 section 5: 90 s at least. */
static int take_session(struct srs_options *o, const struct opt_got *got)
{
	int64_t us;
	int code = take_time(got, &us);

	if (code >= 0)
		return code;
	if (us < SESSION_LEAST_US || us > SESSION_MOST_US)
		return opt_fault(&cmd_srs_table,
				 "--session-expires wants 90s to 24h, not '%s'",
				 got->value);
	o->conf.timer.expires_s = (uint32_t)(us / 1000000);
	return -1;
}

static int take_refuse(struct srs_options *o, const char *value)
{
	uint32_t code;

	if (!parse_u32(span_of(value), 300, 699, &code))
		return opt_fault(&cmd_srs_table,
				 "--refuse wants a code from 300 to 699, not "
				 "'%s'",
				 value);
	o->conf.refuse = (int)code;
	return -1;
}

static int take_answer(struct srs_options *o, const char *value)
{
	if (strcmp(value, "recvonly") == 0)
		o->conf.answer = RECORDER_POLITE;
	else if (strcmp(value, "inactive") == 0)
		o->conf.answer = RECORDER_INACTIVE;
	else if (strcmp(value, "never") == 0)
		o->conf.answer = RECORDER_NEVER;
	else
		return opt_fault(&cmd_srs_table,
				 "--answer wants recvonly, inactive or never, "
				 "not '%s'",
				 value);
	return -1;
}

static int take_mangle(struct srs_options *o, const char *value)
{
	unsigned bit = recorder_mangle_bit(value);

	if (!bit)
		return opt_fault(&cmd_srs_table,
				 "unknown --mangle '%s' (see --help)", value);
	o->conf.mangle |= bit;
	return -1;
}

/* A transport that there is not may be what a client is to be shown. */
static int take_redirect(struct srs_options *o, const char *value)
{
	struct sip_uri u;

	if (!scn_text_is_sip_uri(value) || !sip_uri_parse(span_of(value), &u))
		return opt_fault(&cmd_srs_table,
				 "--redirect wants a SIP URI such as "
				 "sip:recorder@192.0.2.7, not '%s'",
				 value);
	o->conf.redirect = value;
	return -1;
}

static int take_level(struct srs_options *o, const char *value)
{
	if (strcmp(value, "must") != 0 && strcmp(value, "should") != 0)
		return opt_fault(&cmd_srs_table,
				 "--level wants must or should, not '%s'",
				 value);
	o->level = value;
	return -1;
}

static int take_ask(struct srs_options *o, const char *value)
{
	struct recorder_line *l = &o->line[o->conf.n_lines];

	if (o->conf.n_lines == SRS_ASKS_MAX)
		return opt_fault(&cmd_srs_table, "at most %d --ask",
				 SRS_ASKS_MAX);
	l->times = 1;
	l->after_us = (int64_t)(o->conf.n_lines + 1) * EVERY_US;
	if (strcmp(value, "snapshot") == 0) {
		l->send = "UPDATE";
		l->snapshot = true;
	} else if (strcmp(value, "offer") == 0) {
		l->send = "re-INVITE";
		l->offer = RECORDER_OFFER_NONE;
	} else if (strcmp(value, "options") == 0) {
		l->send = "OPTIONS";
	} else {
		return opt_fault(&cmd_srs_table,
				 "--ask wants snapshot, offer or options, not "
				 "'%s'",
				 value);
	}
	o->conf.n_lines++;
	return -1;
}

/* It stands in URIs and file names. */
static int take_name(struct srs_options *o, const char *value)
{
	char clean[NAME_MAX_LEN];

	rec_name_clean(span_of(value), clean, sizeof(clean));
	if (strcmp(clean, value) != 0)
		return opt_fault(&cmd_srs_table,
				 "--name wants letters, digits and '._+-', not "
				 "'%s'",
				 value);
	o->name = value;
	return -1;
}

static int take_login(struct srs_options *o, const char *value)
{
	struct recorder_login *l = &o->conf.login;
	struct err e = ERR_INIT;

	if (login_take(&o->login, value, &e) < 0)
		return opt_fault(&cmd_srs_table, "%s", e.text);
	l->user = o->login.user;
	l->password = o->login.password;
	l->realm = "siprec-src";
	l->stale_us = -1;
	return -1;
}

static int take_digest(struct srs_options *o, const char *value)
{
	if (!value[0] ||
	    sip_digest_algorithm(span_of(value)) == SIP_DIGEST_UNKNOWN)
		return opt_fault(&cmd_srs_table,
				 "unknown --digest '%s': MD5, SHA-256 or "
				 "SHA-512-256, also with -sess",
				 value);
	if (o->n_digests == SIP_DIGESTS)
		return opt_fault(&cmd_srs_table, "at most %d --digest",
				 SIP_DIGESTS);
	o->digest[o->n_digests++] = value;
	return -1;
}

/* RFC 8760 section 2.3: the preferred one first. */
static void set_digests(struct srs_options *o)
{
	if (!o->n_digests) {
		o->digest[o->n_digests++] = "SHA-256";
		o->digest[o->n_digests++] = "MD5";
	}
	o->conf.login.algorithm = o->digest;
	o->conf.login.n_algorithms = o->n_digests;
}

/* RFC 7866 section 7.2: who was not ready offers recvonly when it is; after all
 * that is asked. */
static void set_script(struct srs_options *o)
{
	struct recorder_line *l = &o->line[o->conf.n_lines];

	if (o->conf.answer == RECORDER_INACTIVE) {
		*l = (struct recorder_line){.send = "re-INVITE",
					    .offer = RECORDER_OFFER_RECVONLY,
					    .times = 1};
		l->after_us = (int64_t)++o->conf.n_lines * EVERY_US;
	}
	o->conf.line = o->line;
}

static int take_option(struct srs_options *o, const struct opt_got *got)
{
	if (opt_is(got, "listen"))
		return take_listen(o, got->value);
	if (opt_is(got, "refuse"))
		return take_refuse(o, got->value);
	if (opt_is(got, "answer"))
		return take_answer(o, got->value);
	if (opt_is(got, "mangle"))
		return take_mangle(o, got->value);
	if (opt_is(got, "login"))
		return take_login(o, got->value);
	if (opt_is(got, "digest"))
		return take_digest(o, got->value);
	if (opt_is(got, "name"))
		return take_name(o, got->value);
	if (opt_is(got, "redirect"))
		return take_redirect(o, got->value);
	if (opt_is(got, "level"))
		return take_level(o, got->value);
	if (opt_is(got, "ask"))
		return take_ask(o, got->value);
	if (opt_is(got, "ring"))
		return take_time(got, &o->conf.ring_us);
	if (opt_is(got, "wait"))
		return take_time(got, &o->conf.wait_us);
	if (opt_is(got, "session-expires"))
		return take_session(o, got);
	if (opt_is(got, "bye-after"))
		return take_time(got, &o->conf.bye_after_us);
	if (opt_is(got, "cert"))
		o->tls.cert = got->value;
	else if (opt_is(got, "key"))
		o->tls.key = got->value;
	else if (opt_is(got, "ca"))
		o->tls.ca = got->value;
	else if (opt_is(got, "out"))
		o->conf.dir = got->value;
	else if (opt_is(got, "strict"))
		o->conf.strict = true;
	else if (opt_is(got, "reliable"))
		o->conf.reliable = true;
	else if (opt_is(got, "once"))
		o->once = true;
	else if (opt_is(got, "judge"))
		o->judges = true;
	else
		o->json = true;
	return -1;
}

const char *srs_way(const struct addr *a)
{
	return listen_ways[a->proto];
}

int srs_options(struct srs_options *o, int argc, char **argv)
{
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	*o = (struct srs_options){.name = "srs",
				  .conf = {.ring_us = -1,
					   .bye_after_us = -1,
					   .die_after_us = -1}};
	opt_init(&p, &cmd_srs_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			code = opt_fault(&cmd_srs_table, "'%s' is no option",
					 got.value);
		else
			code = take_option(o, &got);
	}
	if (code < 0 && o->level && !o->judges)
		code = opt_fault(&cmd_srs_table, "--level goes with --judge");
	if (!o->level)
		o->level = "must";
	if (!o->n)
		o->listen[o->n++] = addr_loopback(5070);
	set_digests(o);
	set_script(o);
	/* a client is judged by what --ask says alone */
	o->conf.asks_anew = !o->judges;
	return code;
}
