/* Who takes part, as the metadata tells it: those who do, and those who did
 * (RFC 7865 sections 6.5 and 6.8). */
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

/* What `text` says stays as long as the trace does. */
static const char *keep(const struct recording *r, const char *text)
{
	return text ? trace_keep(r->conf.trace, text) : NULL;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static void new_uuid(struct instance *i, const char *kind, char out[META_ID])
{
	uint8_t uuid[16];

	ids_uuid(i->r->conf.ids, kind, uuid);
	ids_base64(uuid, out);
}

void roster_new_id(struct instance *i, size_t p)
{
	new_uuid(i, "participant", i->participant_id[p]);
}

/* The label is the m-line's and stays. */
static void new_streams(struct instance *i, size_t p)
{
	const struct recording *r = i->r;
	size_t s;

	for (s = 0; s < r->n_streams; s++)
		if ((size_t)r->stream[s].party == p && i->stream_id[s][0])
			new_uuid(i, "stream", i->stream_id[s]);
}

/* Those who left are told as long as there is room, the oldest go first. */
static void add_past(struct instance *i, size_t p)
{
	struct past *past = i->past;

	if (i->n_past == ROSTER_PAST)
		memmove(past, past + 1, --i->n_past * sizeof(*past));
	past += i->n_past++;
	memcpy(past->id, i->participant_id[p], META_ID);
	past->who = i->r->party[p];
	past->xml = roster_xml(i, p);
	past->associate_us = i->joined_us[p] > i->associate_us
				     ? i->joined_us[p]
				     : i->associate_us;
	past->disassociate_us = loop_wall_us(i->r->conf.loop);
}

/* An instance that tells nobody yet begins with who is there then. */
static void replace(struct instance *i, size_t p)
{
	if (i->state != INSTANCE_IDLE)
		add_past(i, p);
	if (i->session_id[0]) {
		roster_new_id(i, p);
		new_streams(i, p);
	}
	i->joined_us[p] = loop_wall_us(i->r->conf.loop);
	i->replaced[p] = true;
}

const char *roster_xml(const struct instance *i, size_t p)
{
	if (i->replaced[p])
		return NULL;
	return p == 0 ? i->set->caller_xml : i->set->callee_xml;
}

size_t roster_fill(const struct instance *i, struct meta_participant *out)
{
	size_t n;

	for (n = 0; n < i->n_past; n++) {
		const struct past *past = &i->past[n];

		memset(&out[n], 0, sizeof(out[n]));
		memcpy(out[n].id, past->id, META_ID);
		out[n].aor = past->who.aor;
		out[n].name = past->who.name;
		out[n].xml = past->xml;
		out[n].associate_us = past->associate_us;
		out[n].disassociate_us = past->disassociate_us;
	}
	return n;
}

void recording_party(struct recording *r, int party,
		     const struct recording_party *now, bool other)
{
	struct recording_party *known = &r->party[party];
	size_t n;

	if (!other && same(known->aor, now->aor) &&
	    same(known->name, now->name))
		return;
	for (n = 0; other && n < r->n; n++)
		replace(&r->instance[n], (size_t)party);
	known->id = keep(r, now->id);
	known->uri = keep(r, now->uri);
	known->aor = keep(r, now->aor);
	known->name = keep(r, now->name);
	r->renamed = true;
	for (n = 0; other && n < r->n; n++)
		instance_rebind(&r->instance[n], (size_t)party);
}
