#include "cli/one_shot.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "sip/head.h"

/* ---- the scenario of it ---- */

void one_shot_quote(struct buf *b, struct span text)
{
	size_t i;

	buf_add_char(b, '"');
	for (i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_add_char(b, '\\');
		if (c == '$' && i + 1 < text.n && text.p[i + 1] == '{')
			buf_add_char(b, '$');
		if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\x%02x", c);
		else
			buf_add_char(b, text.p[i]);
	}
	buf_add_char(b, '"');
}

void one_shot_key(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "  %s: ", key);
	one_shot_quote(b, span_of(value));
	buf_add_char(b, '\n');
}

static void add_login(struct buf *b, const struct login *login)
{
	if (!login->user[0])
		return;
	buf_add_str(b, "  login: {user: ");
	one_shot_quote(b, span_of(login->user));
	buf_add_str(b, ", password: ");
	one_shot_quote(b, span_of(login->password));
	buf_add_str(b, "}\n");
}

/* RFC 4568 section 3: keys only where what tells them is encrypted. */
static bool is_readable(const char *uri)
{
	enum addr_proto proto;
	struct sip_uri u;

	return uri && sip_uri_parse(span_of(uri), &u) &&
	       sip_uri_proto(&u, ADDR_UDP, &proto) && proto != ADDR_TLS;
}

/* A name may lead to TLS (RFC 3263 section 4.1); an address, or a transport that
 * is said, does not. */
static bool is_without_tls(const char *uri)
{
	enum addr_proto proto;
	struct sip_uri u;
	struct addr ip;

	if (!sip_uri_parse(span_of(uri), &u) ||
	    !sip_uri_proto(&u, ADDR_TLS, &proto))
		return false;
	return proto != ADDR_TLS ||
	       (is_readable(uri) && addr_parse_ip(span_of(u.host), &ip));
}

static int check_tls(const struct one_shot_rec *r, struct err *e)
{
	if (!tls_opt_given(&r->tls))
		return 0;
	if (!r->uri)
		return err_set(e, ERR_USAGE, "--%s goes with --to",
			       tls_opt_name(&r->tls));
	if (is_without_tls(r->uri))
		return err_set(e, ERR_USAGE,
			       "--%s is of TLS: say sips: or ;transport=tls "
			       "in --to",
			       tls_opt_name(&r->tls));
	return tls_opt_check(&r->tls, e);
}

int one_shot_check(const struct one_shot_rec *r, struct err *e)
{
	if (r->clear_keys && !r->srtp)
		return err_set(e, ERR_USAGE, "--clear-keys goes with --srtp");
	if (r->srtp && !r->clear_keys && is_readable(r->uri))
		return err_set(e, ERR_USAGE,
			       "--srtp tells its keys in SDP, which everybody "
			       "can read over UDP and TCP (RFC 4568 section "
			       "3): say sips: in --to, or, if that may be, "
			       "--clear-keys");
	return check_tls(r, e);
}

static void add_tls(struct buf *b, const struct tls_opt *t)
{
	if (!tls_opt_given(t))
		return;
	buf_add_str(b, "  tls:\n");
	one_shot_key(b, "  ca", t->ca);
	one_shot_key(b, "  cert", t->cert);
	one_shot_key(b, "  key", t->key);
}

static void add_srtp(struct buf *b, const char *suites)
{
	struct span rest = span_of(suites);
	const char *between = "suites: [";

	buf_add_str(b, "  srtp: {");
	while (rest.n && strcmp(suites, "on") != 0) {
		buf_add_str(b, between);
		one_shot_quote(b, span_trim(span_cut(&rest, ',')));
		between = ", ";
	}
	buf_add_str(b, between[0] == ',' ? "], " : "");
	buf_add_str(b, "clear_signalling: true}\n");
}

void one_shot_recorder(struct buf *b, const struct one_shot_rec *r)
{
	if (r->answer_within || r->login->user[0] || r->srtp ||
	    tls_opt_given(&r->tls))
		buf_add_str(b, "src:\n");
	one_shot_key(b, "answer_within", r->answer_within);
	add_login(b, r->login);
	if (r->srtp)
		add_srtp(b, r->srtp);
	add_tls(b, &r->tls);
	buf_add_str(b, "srs:\n  name: recorder\n");
	one_shot_key(b, "uri", r->uri);
	buf_add_str(b, "expect:\n  - recorded_by: recorder\n");
}

/* Lines and columns of a text that nobody wrote help nobody. */
static const char *without_place(const char *text)
{
	struct span rest = span_of(text);
	int i;

	for (i = 0; i < 3; i++)
		span_cut(&rest, ':');
	return span_empty(rest) ? text : span_trim(rest).p;
}

static const struct one_shot_key recorder_keys[] = {
	{"'uri'", "to"},      {"'answer_within'", "answer-within"},
	{"'suites'", "srtp"}, {"'srtp'", "srtp"},
	{"'ca'", "ca"},	      {"'cert'", "cert"},
	{"'key'", "key"},     {NULL, NULL}};

static const struct one_shot_key *find_key(const struct one_shot_key *keys,
					   const char *text)
{
	while (keys->key && strncmp(text, keys->key, strlen(keys->key)) != 0)
		keys++;
	return keys->key ? keys : NULL;
}

/* A fault begins with the key; the user wrote an option. */
static void show_fault(const struct opt_table *table,
		       const struct one_shot_key *keys, const char *text)
{
	const struct one_shot_key *k = find_key(keys, text);

	if (!k)
		k = find_key(recorder_keys, text);
	if (k)
		opt_fault(table, "--%s%s", k->option, text + strlen(k->key));
	else
		opt_fault(table, "%s", text);
}

int one_shot_faults(const struct opt_table *table,
		    const struct one_shot_key *keys,
		    const struct causes *causes)
{
	int code = 2;
	size_t i;

	for (i = 0; i < causes->n; i++) {
		show_fault(table, keys, without_place(causes->at[i].text));
		if (causes->at[i].kind == ERR_ENV)
			code = err_exit_code(ERR_ENV);
	}
	return code;
}

int one_shot_run(const struct opt_table *table, const struct scenario *s,
		 const struct world_conf *world)
{
	struct world_result r = {.trace = NULL};
	struct err e = ERR_INIT;
	int code;

	cmd_catch_signals((int)SA_RESETHAND);
	if (world_run(s, world, &r, &e) < 0) {
		code = opt_fault(table, "%s", e.text);
		/* the scenario is made of options */
		if (e.kind != ERR_USAGE && e.kind != ERR_SCENARIO)
			code = err_exit_code(e.kind);
		goto out;
	}
	code = one_shot_tell(s, &r);
out:
	trace_free(r.trace);
	return code;
}
