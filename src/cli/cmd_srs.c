#include "cli/cmd.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/login.h"
#include "cli/opt.h"
#include "cli/srs_judge.h"
#include "core/xalloc.h"
#include "meta/meta.h"
#include "net/tls.h"
#include "recorder/names.h"
#include "recorder/recorder.h"
#include "scenario/units.h"
#include "sip/digest.h"
#include "sip/view.h"

enum { LISTEN_MAX = 16, NAME_MAX_LEN = 64 };

/* How long our BYEs may wait for answers when we are told to go. */
#define LEAVE_US INT64_C(1000000)
#define LOOK_US INT64_C(10000)

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
	 "how it answers (default: recvonly)"},
	{"login", 0, LOGIN_ARG,
	 "ask for it (401); without PASSWORD that of the environment "
	 "variable " LOGIN_ENV},
	{"digest", 0, "NAME",
	 "algorithm of its challenge, repeatable (default SHA-256 and MD5)"},
	{"ring", 0, "TIME", "180 after that, such as 50ms"},
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

enum { ASKS_MAX = 8 };
#define ASK_EVERY_US INT64_C(1000000)

struct srs {
	struct recorder_conf conf;
	struct recorder_line ask[ASKS_MAX];
	const char *name;
	struct login login;
	const char *digest[SIP_DIGESTS];
	size_t n_digests;
	struct addr listen[LISTEN_MAX];
	struct recorder *recorder[LISTEN_MAX];
	size_t n;
	bool json, once, judges;
	const char *level;
	struct srs_judge *judge; /* NULL: nobody is judged */

	struct tls_conf tls;
	struct loop *loop;
	struct rng rng;
	struct timer look; /* runs while we leave */
	int64_t leave_us;

	uint64_t sessions, streams, packets, lost;
};

/* ---- events ---- */

/* What peers say goes to a terminal: no control characters. */
static char *printable(const char *text)
{
	char *copy = xstrdup(text), *p;

	for (p = copy; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return copy;
}

static void print_field(const char *name, const char *value)
{
	char *text;

	if (!value[0])
		return;
	text = printable(value);
	printf(" %s=%s", name, text);
	free(text);
}

static void print_text(const struct recorder_event *ev)
{
	char *text = printable(ev->text);

	printf("+%.3f %s %s", (double)ev->at_us / 1e6, ev->kind, text);
	free(text);
	print_field("label", ev->label);
	print_field("party", ev->party);
	print_field("media", ev->media);
	print_field("file", ev->path);
	if (strcmp(ev->kind, "dtmf") == 0)
		printf(" key=%s ms=%u", ev->key, ev->duration_ms);
	if (strcmp(ev->kind, "ended") == 0)
		printf(" packets=%llu lost=%llu",
		       (unsigned long long)ev->packets,
		       (unsigned long long)ev->lost);
	print_field("call", ev->call_id);
	putchar('\n');
}

/* Empty ones are left out; bytes that are not UTF-8 become "?". */
static void add_string(json_t *o, const char *key, const char *value)
{
	char *copy, *p;

	if (!value[0] || json_object_set_new(o, key, json_string(value)) == 0)
		return;
	copy = xstrdup(value);
	for (p = copy; *p; p++)
		if ((unsigned char)*p > 0x7e)
			*p = '?';
	json_object_set_new(o, key, json_string(copy));
	free(copy);
}

static void print_json(const struct recorder_event *ev)
{
	json_t *o = json_object();

	json_object_set_new(o, "at_ms", json_integer(ev->at_us / 1000));
	add_string(o, "kind", ev->kind);
	add_string(o, "call_id", ev->call_id);
	add_string(o, "text", ev->text);
	add_string(o, "label", ev->label);
	add_string(o, "party", ev->party);
	add_string(o, "media", ev->media);
	add_string(o, "path", ev->path);
	if (strcmp(ev->kind, "dtmf") == 0) {
		add_string(o, "key", ev->key);
		json_object_set_new(o, "duration_ms",
				    json_integer(ev->duration_ms));
	}
	if (strcmp(ev->kind, "ended") == 0) {
		json_object_set_new(o, "packets",
				    json_integer((json_int_t)ev->packets));
		json_object_set_new(o, "lost",
				    json_integer((json_int_t)ev->lost));
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static bool is_end(const char *kind)
{
	return strcmp(kind, "bye") == 0 || strcmp(kind, "cancelled") == 0 ||
	       strcmp(kind, "refused") == 0;
}

static void tell_judge(struct srs *s, const struct recorder_event *ev)
{
	if (!s->judge)
		return;
	if (strcmp(ev->kind, "invite") == 0)
		srs_judge_begins(s->judge, ev->call_id);
	else if (is_end(ev->kind))
		srs_judge_ended(s->judge, ev->call_id);
}

static void on_event(const struct recorder_event *ev, void *arg)
{
	struct srs *s = arg;

	if (s->json)
		print_json(ev);
	else
		print_text(ev);
	tell_judge(s, ev);
	if (strcmp(ev->kind, "answered") == 0) {
		s->sessions++;
	} else if (strcmp(ev->kind, "ended") == 0) {
		s->streams++;
		s->packets += ev->packets;
		s->lost += ev->lost;
	} else if (strcmp(ev->kind, "bye") == 0 && s->once) {
		loop_stop(s->loop);
	}
}

static void print_summary(const struct srs *s)
{
	if (s->json)
		return;
	printf("%llu sessions, %llu streams, %llu packets, %llu lost\n",
	       (unsigned long long)s->sessions, (unsigned long long)s->streams,
	       (unsigned long long)s->packets, (unsigned long long)s->lost);
}

/* ---- leaving ---- */

static bool is_busy(const struct srs *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (recorder_busy(s->recorder[i]))
			return true;
	return false;
}

static void on_look(void *arg)
{
	struct srs *s = arg;

	if (!is_busy(s) || loop_now(s->loop) >= s->leave_us)
		loop_stop(s->loop);
	else
		timer_after(&s->look, LOOK_US);
}

/* Hangs up before it goes. */
static void on_interrupt(int signal, void *arg)
{
	struct srs *s = arg;
	size_t i;

	(void)signal;
	for (i = 0; i < s->n; i++)
		recorder_bye(s->recorder[i]);
	s->leave_us = loop_now(s->loop) + LEAVE_US;
	timer_after(&s->look, 0);
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = loop_interrupt};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* ---- running ---- */

static int make_dir(const char *dir, struct err *e)
{
	struct stat st;

	if (mkdir(dir, 0777) == 0 ||
	    (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_set(e, ERR_ENV, "%s: %s", dir,
		       strerror(errno == EEXIST ? ENOTDIR : errno));
}

static const char *const listen_ways[] = {"udp", "tcp", "tls"};

/* Recorders after the first have a number in their name. */
static int open_recorder(struct srs *s, size_t i, struct err *e)
{
	char text[ADDR_TEXT];
	char *name = i ? xasprintf("%s-%zu", s->name, i + 1) : xstrdup(s->name);

	s->conf.name = name;
	s->conf.local = &s->listen[i];
	s->conf.protos = 1u << s->listen[i].proto;
	s->recorder[i] = recorder_new(&s->conf, e);
	if (s->judge)
		srs_judge_recorder(s->judge, name);
	free(name);
	if (!s->recorder[i])
		return -1;
	printf("listening %s:%s\n", listen_ways[s->listen[i].proto],
	       addr_text(recorder_addr(s->recorder[i]), text));
	return 0;
}

static int serve(struct srs *s, struct err *e)
{
	size_t i;
	int rc = -1;

	if (s->conf.dir && make_dir(s->conf.dir, e) < 0)
		return -1;
	for (i = 0; i < s->n; i++)
		if (open_recorder(s, i, e) < 0)
			goto out;
	catch_signals();
	loop_on_interrupt(s->loop, on_interrupt, s);
	loop_run(s->loop);
	rc = 0;
out:
	for (i = 0; i < s->n; i++)
		recorder_free(s->recorder[i]);
	timer_stop(&s->look);
	return rc;
}

/* What is said at the end; the exit code. */
static int finish(struct srs *s)
{
	print_summary(s);
	return s->judge && srs_judge_finish(s->judge) ? 1 : 0;
}

static int run(struct srs *s)
{
	struct err e = ERR_INIT;
	int code = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (s->n == 0)
		s->listen[s->n++] = addr_loopback(5070);
	rng_init(&s->rng, rng_system_seed());
	s->loop = loop_new(LOOP_REAL);
	timer_init(&s->look, s->loop, on_look, s);
	s->conf.loop = s->loop;
	s->conf.rng = &s->rng;
	s->conf.ids = ids_new(0, false);
	s->conf.trace = trace_new();
	trace_set_classifier(s->conf.trace, sip_classify);
	s->conf.wire = wire_udp_new(s->loop, s->conf.trace);
	s->conf.keep = true;
	s->conf.event = on_event;
	s->conf.arg = s;
	s->tls.authority = tls_authority_new(loop_wall_us(s->loop));
	s->tls.name = s->name;
	s->tls.local = &s->listen[0];
	s->tls.demands = s->tls.ca != NULL;
	if (s->judges)
		s->judge = srs_judge_new(s->loop, s->conf.trace, s->level,
					 s->json);
	else
		trace_forget(s->conf.trace);
	s->conf.tls = tls_new(&s->tls, &e);
	if (!s->conf.tls || serve(s, &e) < 0)
		code = cmd_show_err(&e);
	else
		code = finish(s);
	srs_judge_free(s->judge);
	tls_free(s->conf.tls);
	tls_authority_free(s->tls.authority);
	wire_free(s->conf.wire);
	trace_free(s->conf.trace);
	ids_free(s->conf.ids);
	loop_free(s->loop);
	return code;
}

/* ---- options: -1 to go on, else the exit code ---- */

static int take_listen(struct srs *s, const char *value)
{
	struct span rest = span_of(value), way = span_cut(&rest, ':');
	int proto = ADDR_UDP;

	if (s->n == LISTEN_MAX)
		return opt_fault(&cmd_srs_table, "at most %d --listen",
				 LISTEN_MAX);
	while (proto <= ADDR_TLS && !span_case_is(way, listen_ways[proto]))
		proto++;
	if (proto > ADDR_TLS || !addr_parse(rest, &s->listen[s->n]))
		return opt_fault(&cmd_srs_table,
				 "--listen wants udp:, tcp: or tls:ADDR:PORT, "
				 "not '%s'",
				 value);
	s->listen[s->n++].proto = (uint8_t)proto;
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

static int take_refuse(struct srs *s, const char *value)
{
	uint32_t code;

	if (!parse_u32(span_of(value), 300, 699, &code))
		return opt_fault(&cmd_srs_table,
				 "--refuse wants a code from 300 to 699, not "
				 "'%s'",
				 value);
	s->conf.refuse = (int)code;
	return -1;
}

static int take_answer(struct srs *s, const char *value)
{
	if (strcmp(value, "recvonly") == 0)
		s->conf.answer = RECORDER_POLITE;
	else if (strcmp(value, "inactive") == 0)
		s->conf.answer = RECORDER_INACTIVE;
	else if (strcmp(value, "never") == 0)
		s->conf.answer = RECORDER_NEVER;
	else
		return opt_fault(&cmd_srs_table,
				 "--answer wants recvonly, inactive or never, "
				 "not '%s'",
				 value);
	return -1;
}

static int take_mangle(struct srs *s, const char *value)
{
	unsigned bit = recorder_mangle_bit(value);

	if (!bit)
		return opt_fault(&cmd_srs_table,
				 "unknown --mangle '%s' (see --help)", value);
	s->conf.mangle |= bit;
	return -1;
}

static int take_level(struct srs *s, const char *value)
{
	if (strcmp(value, "must") != 0 && strcmp(value, "should") != 0)
		return opt_fault(&cmd_srs_table,
				 "--level wants must or should, not '%s'",
				 value);
	s->level = value;
	return -1;
}

static int take_ask(struct srs *s, const char *value)
{
	struct recorder_line *l = &s->ask[s->conf.n_lines];

	if (s->conf.n_lines == ASKS_MAX)
		return opt_fault(&cmd_srs_table, "at most %d --ask", ASKS_MAX);
	l->times = 1;
	l->after_us = (int64_t)(s->conf.n_lines + 1) * ASK_EVERY_US;
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
	s->conf.line = s->ask;
	s->conf.n_lines++;
	return -1;
}

/* It stands in URIs and file names. */
static int take_name(struct srs *s, const char *value)
{
	char clean[NAME_MAX_LEN];

	rec_name_clean(span_of(value), clean, sizeof(clean));
	if (strcmp(clean, value) != 0)
		return opt_fault(&cmd_srs_table,
				 "--name wants letters, digits and '._+-', not "
				 "'%s'",
				 value);
	s->name = value;
	return -1;
}

static int take_login(struct srs *s, const char *value)
{
	struct recorder_login *l = &s->conf.login;
	struct err e = ERR_INIT;

	if (login_take(&s->login, value, &e) < 0)
		return opt_fault(&cmd_srs_table, "%s", e.text);
	l->user = s->login.user;
	l->password = s->login.password;
	l->realm = "siprec-src";
	l->stale_us = -1;
	return -1;
}

static int take_digest(struct srs *s, const char *value)
{
	if (!value[0] ||
	    sip_digest_algorithm(span_of(value)) == SIP_DIGEST_UNKNOWN)
		return opt_fault(&cmd_srs_table,
				 "unknown --digest '%s': MD5, SHA-256 or "
				 "SHA-512-256, also with -sess",
				 value);
	if (s->n_digests == SIP_DIGESTS)
		return opt_fault(&cmd_srs_table, "at most %d --digest",
				 SIP_DIGESTS);
	s->digest[s->n_digests++] = value;
	return -1;
}

/* RFC 8760 section 2.3: the preferred one first. */
static void set_digests(struct srs *s)
{
	if (!s->n_digests) {
		s->digest[s->n_digests++] = "SHA-256";
		s->digest[s->n_digests++] = "MD5";
	}
	s->conf.login.algorithm = s->digest;
	s->conf.login.n_algorithms = s->n_digests;
}

static int take_option(struct srs *s, const struct opt_got *got)
{
	if (opt_is(got, "listen"))
		return take_listen(s, got->value);
	if (opt_is(got, "refuse"))
		return take_refuse(s, got->value);
	if (opt_is(got, "answer"))
		return take_answer(s, got->value);
	if (opt_is(got, "mangle"))
		return take_mangle(s, got->value);
	if (opt_is(got, "login"))
		return take_login(s, got->value);
	if (opt_is(got, "digest"))
		return take_digest(s, got->value);
	if (opt_is(got, "name"))
		return take_name(s, got->value);
	if (opt_is(got, "level"))
		return take_level(s, got->value);
	if (opt_is(got, "ask"))
		return take_ask(s, got->value);
	if (opt_is(got, "ring"))
		return take_time(got, &s->conf.ring_us);
	if (opt_is(got, "wait"))
		return take_time(got, &s->conf.wait_us);
	if (opt_is(got, "bye-after"))
		return take_time(got, &s->conf.bye_after_us);
	if (opt_is(got, "cert"))
		s->tls.cert = got->value;
	else if (opt_is(got, "key"))
		s->tls.key = got->value;
	else if (opt_is(got, "ca"))
		s->tls.ca = got->value;
	else if (opt_is(got, "out"))
		s->conf.dir = got->value;
	else if (opt_is(got, "redirect"))
		s->conf.redirect = got->value;
	else if (opt_is(got, "strict"))
		s->conf.strict = true;
	else if (opt_is(got, "once"))
		s->once = true;
	else if (opt_is(got, "judge"))
		s->judges = true;
	else
		s->json = true;
	return -1;
}

int cmd_srs(int argc, char **argv)
{
	struct srs s = {.name = "srs",
			.level = "must",
			.conf = {.ring_us = -1,
				 .bye_after_us = -1,
				 .die_after_us = -1}};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &cmd_srs_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			code = opt_fault(&cmd_srs_table, "'%s' is no option",
					 got.value);
		else
			code = take_option(&s, &got);
	}
	set_digests(&s);
	return code < 0 ? run(&s) : code;
}
