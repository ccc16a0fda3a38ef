/* Who a party is, as its messages say. */
#include <stdlib.h>
#include <string.h>

#include "call/call_int.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "sip/print.h"

enum { TEXT_MAX = 16 * 1024 };

/* Takes both over. */
static void set(struct party *p, char *uri, char *name)
{
	free(p->uri);
	free(p->name);
	p->identity.uri = p->uri = uri;
	p->identity.name = p->name = name;
}

static void take(struct party *p, const struct call_party *who)
{
	p->who = who;
	p->identity.id = who->id;
	set(p, xstrdup(who->aor), who->name ? xstrdup(who->name) : NULL);
}

void identity_init(struct party *p)
{
	take(p, &p->call->conf.party[p->index]);
}

void identity_fini(struct party *p)
{
	set(p, NULL, NULL);
}

void identity_replace(struct party *p, const struct call_party *who)
{
	take(p, who);
	p->identity.person++;
}

void identity_become(struct party *p, char *uri, char *name)
{
	set(p, uri, name);
	p->identity.person++;
}

/* ---- writing ---- */

/* RFC 3261 section 25.1: quoted-pair for the two that end a quoted-string; no
 * line ends in it. */
static void add_name(struct buf *b, const char *name)
{
	buf_add_char(b, '"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, *name == '\r' || *name == '\n' ? ' ' : *name);
	}
	buf_add_str(b, "\" ");
}

char *identity_text(const char *name, const char *uri)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (name)
		add_name(&b, name);
	buf_addf(&b, "<%s>", uri);
	return buf_steal(&b);
}

char *identity_headers(const char *name, const char *uri)
{
	char *text, *headers;

	if (!uri)
		return xstrdup("Allow: " SIP_ALLOW "\r\n");
	text = identity_text(name, uri);
	headers = xasprintf("Allow: " SIP_ALLOW "\r\n"
			    "P-Asserted-Identity: %s\r\n",
			    text);
	free(text);
	return headers;
}

/* ---- reading ---- */

/* Without its quoted-pairs, owned; NULL when it is empty. */
static char *plain_name(struct span quoted)
{
	char *name = span_empty(quoted) ? NULL : span_dup(quoted);
	char *from = name, *to = name;

	for (; from && *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	if (name)
		*to = '\0';
	return name;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

void identity_read(struct span value, char **uri, char **name)
{
	*uri = span_dup(sip_addr_uri(value));
	*name = plain_name(sip_addr_display(value));
}

/* The first of two, a SIP and a tel URI, is the one that counts. */
bool identity_hear(struct party *p, const struct sip_view *v)
{
	struct span value;
	char *uri, *name;
	bool news;

	if (!sip_view_element(v, "P-Asserted-Identity", 0, &value))
		return false;
	identity_read(value, &uri, &name);
	news = !same(uri, p->uri) || !same(name, p->name);
	set(p, uri, name);
	return news;
}
