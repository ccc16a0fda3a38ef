/* The recorder of --to: what options say of it, and scenarios aimed at it. */
#include "cli/run.h"
#include "core/xalloc.h"
#include "report/report.h"
#include "scenario/outside.h"
#include "sip/head.h"

enum { TEXT_MAX = 64 * 1024 };

struct one_shot_rec run_outside_rec(const struct run_conf *conf)
{
	struct one_shot_rec rec = {.uri = conf->to,
				   .srtp = conf->srtp,
				   .clear_keys = conf->clear_keys,
				   .login = &conf->login,
				   .tls = conf->tls};

	return rec;
}

static void add_word(struct buf *b, const char *option, const char *value)
{
	if (!value)
		return;
	buf_addf(b, " --%s ", option);
	report_shell(b, value);
}

/* A login stays out of what is shown. */
static char *words_of(const struct run_conf *conf)
{
	char *words;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_add_str(&b, "--to ");
	report_shell(&b, conf->to);
	add_word(&b, "ca", conf->tls.ca);
	add_word(&b, "cert", conf->tls.cert);
	add_word(&b, "key", conf->tls.key);
	add_word(&b, "srtp", conf->srtp);
	if (conf->clear_keys)
		buf_add_str(&b, " --clear-keys");
	words = xstrdup(buf_str(&b));
	buf_fini(&b);
	return words;
}

/* All options of it come from the recorder's section. */
static const struct one_shot_key no_keys[] = {{NULL, NULL}};

/* Read as the scenario that `call` would make of them, so that they mean the
 * same. */
int run_outside_load(struct run_conf *conf, const struct opt_table *table)
{
	struct one_shot_rec rec = run_outside_rec(conf);
	struct causes causes;
	struct buf text;
	int code = -1;

	causes_init(&causes);
	buf_init(&text, TEXT_MAX);
	buf_add_str(&text, "name: outside\ncall: {end: 5s}\n");
	one_shot_recorder(&text, &rec);
	if (scn_load_text(&conf->outside, "outside", buf_str(&text), text.n,
			  NULL, 0, &causes) < 0)
		code = one_shot_faults(table, no_keys, &causes);
	conf->again = words_of(conf);
	buf_fini(&text);
	causes_fini(&causes);
	return code;
}

/* What a scenario says that its INVITEs go by, where the URI says another one;
 * NULL: they agree. */
static const char *other_way(const struct scenario *s, const struct sip_uri *to)
{
	static const struct {
		enum addr_proto proto;
		const char *name;
	} way[] = {[SCN_TRANSPORT_UDP] = {ADDR_UDP, "udp"},
		   [SCN_TRANSPORT_TCP] = {ADDR_TCP, "tcp"},
		   [SCN_TRANSPORT_TLS] = {ADDR_TLS, "tls"},
		   [SCN_TRANSPORT_AUTO] = {ADDR_UDP, NULL}};
	enum addr_proto said;
	size_t i;

	for (i = 0; i < s->n_instances; i++) {
		enum scn_transport t = s->instance[i].transport;

		if (way[t].name && sip_uri_proto(to, way[t].proto, &said) &&
		    said != way[t].proto)
			return way[t].name;
	}
	return NULL;
}

void run_aim(struct scenario *s, const struct run_conf *conf)
{
	struct sip_uri to;
	const char *way;

	scenario_aim(s, conf->to, &conf->outside.at[0]->instance[0]);
	way = !s->skip && sip_uri_parse(span_of(conf->to), &to)
		      ? other_way(s, &to)
		      : NULL;
	if (way)
		s->skip = xasprintf("it is about '%s', and the recorder's URI "
				    "says another transport",
				    way);
}
