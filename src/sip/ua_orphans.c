/* Dialogs that a late or forked 2xx made and nobody wants (RFC 3261 section
 * 13.2.2.4). */
#include "sip/ua_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/session_int.h"

enum { ORPHANS = 1024 };

/* The newest are remembered. */
struct orphan {
	struct hash_le by_key;
	struct le le;
	char *key;
};

static void orphan_free(struct orphan *o)
{
	hash_del(&o->by_key);
	list_unlink(&o->le);
	free(o->key);
	free(o);
}

/* RFC 3261 section 18.1.2: a response whose topmost Via is not ours is not
 * for us. */
static bool is_ours(const struct sip_ua *ua, const struct sip_view *resp)
{
	struct span by = sip_via_sent_by(resp->via);
	char text[ADDR_TEXT];
	int i;

	for (i = 0; i < UA_PROTOS; i++)
		if (addr_is_set(&ua->at[i]) &&
		    span_is(by, addr_text(&ua->at[i], text)))
			return true;
	return false;
}

/* Keeps the run going until the answer came. */
static void on_orphan_bye(enum sip_outcome o, const struct sip_view *resp,
			  const char *why, void *arg)
{
	(void)o;
	(void)resp;
	(void)why;
	(void)arg;
}

static void send_orphan_request(struct sip_ua *ua, const struct sip_view *resp,
				const struct addr *from, const char *method,
				uint32_t cseq)
{
	struct sip_session_handlers none = {0};
	struct sip_session *s = session_new(ua, resp->call_id, &none, NULL);
	struct addr to;

	s->local = span_dup(resp->from);
	s->peer = *from;
	session_take_dialog(s, resp);
	if (s->target && ua_next_hop(ua, s->target, s->route, from, &to)) {
		to = session_print(s, method, cseq, NULL, NULL, span_of(""));
		if (strcmp(method, "ACK") == 0)
			ua_send(ua, &to);
		else
			sip_txn_request(ua->txns, &to, buf_span(&ua->out),
					on_orphan_bye, NULL, NULL);
	}
	session_free(s);
}

static void orphan_add(struct sip_ua *ua, char *key)
{
	struct orphan *o = xcalloc(1, sizeof(*o));

	if (ua->orphan_list.n == ORPHANS)
		orphan_free(
			container_of(ua->orphan_list.head, struct orphan, le));
	o->key = key;
	hash_add(&ua->orphans, &o->by_key, span_of(key));
	list_append(&ua->orphan_list, &o->le);
}

void ua_leave_orphans(struct sip_ua *ua, const char *call_id)
{
	orphan_add(ua, xstrdup(call_id));
}

/* D-fo-late200: ACK every time, BYE once. */
static void end_orphan(struct sip_ua *ua, const struct sip_view *resp,
		       const struct addr *from)
{
	char *key;

	if (hash_find(&ua->orphans, resp->call_id))
		return;
	key = xasprintf("%.*s|%.*s", SPAN_ARG(resp->call_id),
			SPAN_ARG(resp->to_tag));
	send_orphan_request(ua, resp, from, "ACK", resp->cseq);
	if (hash_find(&ua->orphans, span_of(key))) {
		free(key);
		return;
	}
	orphan_add(ua, key);
	send_orphan_request(ua, resp, from, "BYE", resp->cseq + 1);
}

void ua_orphans_free(struct sip_ua *ua)
{
	while (ua->orphan_list.head)
		orphan_free(
			container_of(ua->orphan_list.head, struct orphan, le));
	hash_fini(&ua->orphans);
}

void ua_stray(const struct sip_view *resp, const struct addr *from, void *arg)
{
	struct sip_ua *ua = arg;
	struct sip_session *s;

	if (resp->code / 100 != 2 || !span_is(resp->cseq_method, "INVITE") ||
	    !is_ours(ua, resp))
		return;
	s = session_find(ua, resp->call_id, resp->from_tag, resp->to_tag);
	if (s)
		session_2xx_again(s, resp);
	else
		end_orphan(ua, resp, from);
}
