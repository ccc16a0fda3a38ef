#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/srtp.h"
#include "net/local.h"
#include "recording/habit.h"
#include "sip/targets.h"
#include "world/priv.h"

/* ---- recorders ---- */

void build_parties(struct world *w)
{
	const struct scn_call *c = &w->s->call;
	size_t i;

	w->aor = xcalloc(c->n_parties, sizeof(*w->aor));
	for (i = 0; i < c->n_parties; i++)
		w->aor[i] = span_dup(sip_uri_aor(span_of(c->party[i].aor)));
}

static bool is_aor(const struct scn_party *p, const char *aor)
{
	return p->aor && span_is(sip_uri_aor(span_of(p->aor)), aor);
}

/* One that goes, or comes to go, by another name. */
static const char *renamed_party(const struct scenario *s, const char *aor)
{
	size_t i;

	if (is_aor(&s->call.connected, aor))
		return s->call.party[SCN_CALLEE].id;
	for (i = 0; i < s->call.capture.n_aliases; i++)
		if (span_is(sip_uri_aor(span_of(s->call.capture.alias[i].aor)),
			    aor))
			return s->call.party[s->call.capture.alias[i].party].id;
	for (i = 0; i < s->n_steps; i++)
		if (is_aor(&s->step[i].to, aor))
			return s->step[i].target;
	return NULL;
}

const char *build_party_of(const char *aor, void *arg)
{
	const struct world *w = arg;
	size_t i;

	for (i = 0; i < w->s->call.n_parties; i++)
		if (strcmp(w->aor[i], aor) == 0)
			return w->s->call.party[i].id;
	return renamed_party(w->s, aor);
}

static unsigned mangle_bits(const struct scn_strings *names)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < names->n; i++)
		bits |= recorder_mangle_bit(names->at[i]);
	return bits;
}

enum scn_transport build_transport(const struct world *w, enum scn_transport t)
{
	return t == SCN_TRANSPORT_DEFAULT ? w->conf->transport : t;
}

int64_t build_or_never(int64_t us)
{
	return us == SCN_UNSET ? -1 : us;
}

bool build_addr(const char *text, struct addr *a)
{
	struct span at = span_of(text);

	if (span_chr(at, ':') == 3)
		at = span_skip(at, 4);
	return addr_parse(at, a);
}

/* NULL: any port of the loopback, which is what the default asks for. */
static const struct addr *listen_addr(const struct scn_srs *s, struct addr *a)
{
	struct addr usual = addr_loopback(0);

	return s->listen && build_addr(s->listen, a) && !addr_eq(a, &usual)
		       ? a
		       : NULL;
}

static const enum recorder_answer answers[] = {
	[SCN_ANSWER_POLITE] = RECORDER_POLITE,
	[SCN_ANSWER_NEVER] = RECORDER_NEVER,
	[SCN_ANSWER_INACTIVE] = RECORDER_INACTIVE,
};

enum recorder_offer build_offer(enum scn_offer offer)
{
	static const enum recorder_offer offers[] = {
		[SCN_OFFER_DEFAULT] = RECORDER_OFFER_NONE,
		[SCN_OFFER_NONE] = RECORDER_OFFER_NONE,
		[SCN_OFFER_SAME] = RECORDER_OFFER_SAME,
		[SCN_OFFER_INACTIVE] = RECORDER_OFFER_INACTIVE,
		[SCN_OFFER_RECVONLY] = RECORDER_OFFER_RECVONLY,
		[SCN_OFFER_FEWER] = RECORDER_OFFER_FEWER,
		[SCN_OFFER_CUT] = RECORDER_OFFER_CUT,
		[SCN_OFFER_MORE] = RECORDER_OFFER_MORE,
		[SCN_OFFER_MOVED] = RECORDER_OFFER_MOVED,
	};

	return offers[offer];
}

static struct recorder_line build_line(const struct scn_line *l)
{
	return (struct recorder_line){
		.when = l->when,
		.after_us = l->after_us,
		.times = (unsigned)l->times,
		.wait_us = l->wait_us,
		.reply = l->reply,
		.answer = answers[l->answer],
		.mangle = mangle_bits(&l->mangle),
		.header = (const char *const *)l->headers.at,
		.n_headers = l->headers.n,
		.send = l->send,
		.offer = build_offer(l->offer),
		.snapshot = l->snapshot,
		.body = l->body,
		.type = l->type,
		.wrong_tag = l->wrong_tag,
		.lower_cseq = l->lower_cseq,
		.require = l->require};
}

static struct recorder_line *build_script(const struct scn_srs *s)
{
	struct recorder_line *line = xcalloc(s->n_lines + 1, sizeof(*line));
	size_t i;

	for (i = 0; i < s->n_lines; i++)
		line[i] = build_line(&s->line[i]);
	return line;
}

static struct recorder_login build_guard(const struct scn_srs *s)
{
	const struct scn_guard *g = &s->login;

	return (struct recorder_login){
		.user = g->user,
		.password = g->password,
		.realm = g->realm ? g->realm : s->name,
		.proxy = g->proxy,
		.no_qop = g->no_qop,
		.algorithm = (const char *const *)g->algorithms.at,
		.n_algorithms = g->algorithms.n,
		.stale_us = build_or_never(g->stale_us)};
}

static enum suite suite_named(const char *name)
{
	enum suite s = SUITE_AES_CM_128_HMAC_SHA1_80;

	suite_find(span_of(name), &s);
	return s;
}

static unsigned suite_bits(const struct scn_strings *names)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < names->n; i++)
		bits |= 1u << suite_named(names->at[i]);
	return bits;
}

static const enum recorder_srtp srtp_modes[] = {
	[SCN_SRTP_TAKEN] = RECORDER_SRTP_TAKEN,
	[SCN_SRTP_REQUIRED] = RECORDER_SRTP_REQUIRED,
	[SCN_SRTP_REFUSED] = RECORDER_SRTP_REFUSED,
};

static uint32_t build_seconds(int64_t us)
{
	return us == SCN_UNSET ? 0 : (uint32_t)(us / 1000000);
}

static struct recorder_timer build_timer(const struct scn_timer *t)
{
	return (struct recorder_timer){
		.expires_s = build_seconds(t->expires_us),
		.min_s = build_seconds(t->min_us),
		.we_refresh = t->we_refresh,
		.by_update = t->by == SCN_REFRESH_UPDATE,
		.forgets = t->by == SCN_REFRESH_NEVER};
}

static unsigned listens_at(enum scn_transport t)
{
	static const unsigned protos[] = {
		[SCN_TRANSPORT_DEFAULT] = 1 << ADDR_UDP,
		[SCN_TRANSPORT_UDP] = 1 << ADDR_UDP,
		[SCN_TRANSPORT_TCP] = 1 << ADDR_TCP,
		[SCN_TRANSPORT_TLS] = 1 << ADDR_TLS,
		[SCN_TRANSPORT_AUTO] = 1 << ADDR_UDP | 1 << ADDR_TCP,
	};

	return protos[t];
}

/* What the recordings that are to go to a recorder need of it; 0: none is. */
static unsigned asked_by(const struct world *w, int srs)
{
	unsigned protos = 0;
	size_t i, k;

	for (i = 0; i < w->s->n_instances; i++) {
		const struct scn_instance *in = &w->s->instance[i];

		for (k = 0; k < in->n_servers; k++)
			if (in->server[k].srs == srs)
				protos |= listens_at(
					build_transport(w, in->transport));
	}
	return protos;
}

/* What nobody said is what it is asked by. TLS has a port of its own, so one
 * URI cannot lead to that and to another. */
static unsigned protos_of(const struct world *w, size_t i)
{
	static const unsigned tls = 1 << ADDR_TLS;
	const struct scn_srs *s = &w->s->srs[i];
	unsigned asked = asked_by(w, (int)i);

	if (s->transport != SCN_TRANSPORT_DEFAULT || s->placed || !asked ||
	    (asked & tls && asked != tls))
		return listens_at(build_transport(w, s->transport));
	return asked;
}

static struct recorder *build_recorder(struct world *w, size_t i, struct err *e)
{
	const struct scn_srs *s = &w->s->srs[i];
	struct addr local;
	struct recorder_conf c = {
		.loop = w->loop,
		.wire = w->wire,
		.trace = w->trace,
		.ids = w->ids,
		.rng = &w->rng,
		.name = s->name,
		.local = listen_addr(s, &local),
		.protos = protos_of(w, i),
		.answer = answers[s->answer],
		.refuse = s->refuse,
		.redirect = s->redirect,
		.ring_us = build_or_never(s->ring_us),
		.reliable = s->reliable,
		.early_answer = s->early_answer,
		.wait_us = s->wait_us,
		.bye_after_us = build_or_never(s->bye_after_us),
		.die_after_us = build_or_never(s->die_after_us),
		.codec = (const char *const *)s->codecs.at,
		.n_codecs = s->codecs.n,
		.no_video = s->no_video,
		.login = build_guard(s),
		.srtp = srtp_modes[s->srtp.mode],
		.rtcp_next = s->rtcp == SCN_RTCP_NEXT,
		.rtcp_named = s->rtcp == SCN_RTCP_NAMED,
		.suites = suite_bits(&s->srtp.suites),
		.timer = build_timer(&s->timer),
		.strict = s->strict,
		.mangle = mangle_bits(&s->mangle),
		.line = w->script[i],
		.n_lines = s->n_lines,
		.dir = w->conf->dir,
		.party = build_party_of,
		.arg = w};

	w->tls[i] = build_tls(w, &s->tls, s->name, c.local, e);
	if (!w->tls[i])
		return NULL;
	c.tls = w->tls[i];
	return recorder_new(&c, e);
}

struct tls *build_tls(struct world *w, const struct scn_tls *t,
		      const char *name, const struct addr *local, struct err *e)
{
	static const enum tls_flaw flaws[] = {
		[SCN_SOUND] = TLS_SOUND,
		[SCN_EXPIRED] = TLS_EXPIRED,
		[SCN_SELF_SIGNED] = TLS_SELF_SIGNED,
		[SCN_WRONG_NAME] = TLS_WRONG_NAME,
	};
	struct addr loopback = wire_loopback(w->wire);
	bool by_option = w->conf->tls_by_option;
	struct tls_conf conf = {.authority = w->authority,
				.ca = t->ca,
				.system = w->conf->clock == SCN_CLOCK_REAL,
				.cert = t->cert,
				.key = t->key,
				.shows = t->shows,
				.takes_any = t->unchecked,
				.demands = t->demands,
				.version = t->version,
				.flaw = flaws[t->flaw],
				.name = name,
				.dns = w->dns,
				.local = local ? local : &loopback};

	conf.ca_by = by_option ? "--ca FILE" : "'tls: {ca: FILE}'";
	conf.cert_by = by_option ? "--cert FILE" : "'tls: {cert: FILE}'";
	return tls_new(&conf, e);
}

int build_recorders(struct world *w, struct err *e)
{
	const struct scenario *s = w->s;
	size_t i;

	w->recorder = xcalloc(s->n_srs, sizeof(struct recorder *));
	w->script = xcalloc(s->n_srs, sizeof(struct recorder_line *));
	w->tls = xcalloc(s->n_srs, sizeof(struct tls *));
	for (i = 0; i < s->n_srs; i++) {
		const struct scn_srs *srs = &s->srs[i];

		if (srs->uri) {
			if (names_learn(w, srs->name, srs->uri, e) < 0)
				return -1;
			continue;
		}
		w->script[i] = build_script(srs);
		w->recorder[i] = build_recorder(w, i, e);
		if (!w->recorder[i])
			return err_wrap(e, "recorder '%s'", srs->name);
	}
	return 0;
}

/* Whether a server is outside, and the address that it would see us at. */
static bool local_for(const struct world *w, const struct scn_server *server,
		      struct addr *local)
{
	const char *uri = server->uri;
	struct sip_uri u;
	struct addr a;

	if (!uri && server->srs >= 0)
		uri = w->s->srs[server->srs].uri;
	return uri && sip_uri_parse(span_of(uri), &u) &&
	       sip_uri_addr(&u, w->dns, ADDR_UDP, &a) &&
	       net_local_for(&a, local);
}

const struct addr *build_local(const struct world *w, struct addr *local)
{
	size_t i, k;

	if (w->conf->clock != SCN_CLOCK_REAL)
		return NULL;
	for (i = 0; i < w->s->n_instances; i++)
		for (k = 0; k < w->s->instance[i].n_servers; k++)
			if (local_for(w, &w->s->instance[i].server[k], local))
				return local;
	return NULL;
}

/* ---- settings of the instances ---- */

static const char *server_uri(const struct world *w,
			      const struct scn_server *server)
{
	if (server->uri)
		return server->uri;
	if (w->recorder[server->srs])
		return recorder_uri(w->recorder[server->srs]);
	return w->s->srs[server->srs].uri;
}

static struct sip_login build_login(const struct scn_login *l)
{
	return (struct sip_login){.user = l->user, .password = l->password};
}

static int build_servers(struct world *w, const struct scn_instance *in,
			 struct recording_settings *set, struct err *e)
{
	struct recording_server *server;
	size_t i;

	server = xcalloc(in->n_servers, sizeof(*server));
	set->server = server;
	set->n_servers = in->n_servers;
	for (i = 0; i < in->n_servers; i++) {
		server[i].name = in->server[i].name;
		server[i].uri = server_uri(w, &in->server[i]);
		server[i].weight = (unsigned)in->server[i].weight;
		server[i].login = build_login(&in->server[i].login);
		if (in->server[i].srs < 0 &&
		    names_learn(w, server[i].name, server[i].uri, e) < 0)
			return -1;
	}
	return 0;
}

static int64_t or_zero(int64_t us)
{
	return us == SCN_UNSET ? 0 : us;
}

static uint64_t habits_of(const struct scn_strings *profile)
{
	uint64_t habits = 0;
	size_t i;

	for (i = 0; i < profile->n; i++)
		habits |= recording_habits(profile->at[i]);
	return habits;
}

static void build_suites(const struct scn_instance *in,
			 struct recording_settings *set)
{
	size_t i;

	/* before there is a clock that it would stop */
	if (in->srtp.on)
		seal_prepare();
	for (i = 0; in->srtp.on && i < in->srtp.suites.n; i++)
		set->suite[set->n_suites++] = suite_named(
			in->srtp.suites.at[i]);
}

static struct sip_way way_of(enum scn_transport t)
{
	return (struct sip_way){.proto = t == SCN_TRANSPORT_TCP	  ? ADDR_TCP
					 : t == SCN_TRANSPORT_TLS ? ADDR_TLS
								  : ADDR_UDP,
				.decided = t != SCN_TRANSPORT_DEFAULT &&
					   t != SCN_TRANSPORT_AUTO};
}

static enum sip_by_size by_size(enum scn_transport t)
{
	return t == SCN_TRANSPORT_AUTO	? SIP_SIZE_DECIDES
	       : t == SCN_TRANSPORT_UDP ? SIP_SIZE_WARNS
					: SIP_SIZE_IGNORED;
}

static int build_instance(struct world *w, const struct scn_instance *in,
			  struct recording_settings *set, struct err *e)
{
	static const enum recording_start start[] = {
		[SCN_START_SDP] = RECORDING_AT_SDP,
		[SCN_START_ANSWER] = RECORDING_AT_ANSWER,
		[SCN_START_MANUAL] = RECORDING_MANUAL,
	};

	static const enum recording_select select[] = {
		[SCN_SELECT_SEQUENCE] = RECORDING_SEQUENCE,
		[SCN_SELECT_ROUND_ROBIN] = RECORDING_ROUND_ROBIN,
		[SCN_SELECT_WEIGHTED] = RECORDING_WEIGHTED,
		[SCN_SELECT_ALL] = RECORDING_ALL,
	};

	static const enum recording_rtcp rtcps[] = {
		[SCN_RTCP_NEXT] = RECORDING_RTCP_NEXT,
		[SCN_RTCP_MUX] = RECORDING_RTCP_MUX,
		[SCN_RTCP_NAMED] = RECORDING_RTCP_NAMED,
	};

	set->name = in->name;
	set->select = select[in->select];
	set->skip_failover_codes = in->skip_failover_codes;
	set->start = start[in->start];
	set->answer_within_us = in->answer_within_us;
	set->provisional_within_us = or_zero(in->provisional_within_us);
	set->keepalive_us = or_zero(in->keepalive_us);
	set->probe_us = or_zero(in->probe_us);
	set->rtcp_within_us = or_zero(in->rtcp_within_us);
	set->session_expires_s = build_seconds(in->session_expires_us);
	set->refresh_by_update = in->refresh_by_update;
	set->way = way_of(build_transport(w, in->transport));
	set->by_size = by_size(in->transport);
	set->follow_redirects = in->follow_redirects;
	set->failover_on_loss = in->failover_on_loss;
	set->login = build_login(&in->login);
	set->group = in->group && in->group[0] ? in->group : NULL;
	set->caller_xml = in->caller_xml;
	set->callee_xml = in->callee_xml;
	set->group_xml = in->group_custom_extension;
	set->session_xml = in->session_custom_extension;
	set->media = in->media;
	set->header = (const char *const *)in->headers.at;
	set->n_headers = in->headers.n;
	set->headers_on_all = in->headers_on_all;
	set->from_uri = in->from_uri;
	set->to_uri = in->to_uri;
	set->habits = habits_of(&in->profile);
	set->rtcp = rtcps[in->rtcp];
	set->shared_port = in->shared_port;
	set->rtp_keepalive_us = in->rtp_keepalive_us;
	build_suites(in, set);
	return build_servers(w, in, set, e);
}

int build_settings(struct world *w, struct err *e)
{
	const struct scenario *s = w->s;
	size_t i;

	w->set = xcalloc(s->n_instances, sizeof(*w->set));
	for (i = 0; i < s->n_instances; i++)
		if (build_instance(w, &s->instance[i], &w->set[i], e) < 0)
			return -1;
	return 0;
}

void build_free(struct world *w)
{
	size_t i;

	for (i = 0; w->set && i < w->s->n_instances; i++)
		free((void *)(uintptr_t)w->set[i].server);
	free(w->set);
	for (i = 0; w->aor && i < w->s->call.n_parties; i++)
		free(w->aor[i]);
	free(w->aor);
	for (i = 0; w->recorder && i < w->s->n_srs; i++)
		recorder_free(w->recorder[i]);
	for (i = 0; w->script && i < w->s->n_srs; i++)
		free(w->script[i]);
	for (i = 0; w->tls && i < w->s->n_srs; i++)
		tls_free(w->tls[i]);
	free(w->tls);
	free(w->recorder);
	free(w->script);
}
