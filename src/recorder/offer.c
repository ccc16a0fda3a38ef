#include "recorder/offer.h"

#include <stdio.h>
#include <string.h>

#include "meta/meta.h"
#include "sip/mime.h"

static void fault(struct rec_offer *o, int code, const char *text)
{
	if (o->faults.n == 0)
		o->strict_refuse = code;
	causes_addf(&o->faults, ERR_INPUT, "%s", text);
}

static void refuse(struct rec_offer *o, int code, const char *why)
{
	if (o->refuse)
		return;
	o->refuse = code;
	snprintf(o->why, sizeof(o->why), "%s", why);
}

/* ---- the head ---- */

static bool has_tag(const struct sip_view *v)
{
	struct span contact = span_of(""), tag;

	sip_view_header(v, "Contact", 0, &contact);
	return sip_param(contact, "+sip.src", &tag);
}

bool rec_is_recording(const struct sip_view *v)
{
	return sip_view_lists(v, "Require", "siprec") && has_tag(v);
}

static void judge_head(struct rec_offer *o, const struct sip_view *v,
		       bool first)
{
	if (first && !sip_view_lists(v, "Require", "siprec"))
		fault(o, 400, "no 'siprec' in Require");
	if (!has_tag(v))
		fault(o, 400, "no '+sip.src' in Contact");
}

/* ---- bodies ---- */

static bool handling_is(const struct mime_part *p, const char *word)
{
	struct span handling;

	return sip_param(p->disposition_value, "handling", &handling) &&
	       span_case_is(handling, word);
}

static void judge_part(struct rec_offer *o, const struct mime_part *p)
{
	char text[160];

	if (span_case_is(p->type, "application/sdp") ||
	    handling_is(p, "optional"))
		return;
	snprintf(text, sizeof(text), "a part of type %.*s is not understood",
		 (int)(p->type.n < 80 ? p->type.n : 80),
		 p->type.p ? p->type.p : "");
	/* RFC 5621 section 8.4; what does not say how it is to be handled is
	 * passed over all the same */
	if (p->depth == 0 || handling_is(p, "required"))
		refuse(o, 415, text);
	else
		fault(o, 415, text);
}

static void take_sdp(struct rec_offer *o, const struct mime_part *p)
{
	struct err e = ERR_INIT;

	o->sdp = sdp_parse(p->body, &e);
	if (!o->sdp)
		refuse(o, 400, e.text);
}

static void take_metadata(struct rec_offer *o, const struct mime_part *p)
{
	o->has_metadata = true;
	o->metadata = p->body;
	/* RFC 5621 section 8.4: it is for something else */
	if (p->disposition.n &&
	    !span_case_is(p->disposition, "recording-session") &&
	    !handling_is(p, "optional")) {
		refuse(o, 415,
		       "metadata is taken with the disposition "
		       "'recording-session' only");
		return;
	}
	if (!span_case_is(p->disposition, "recording-session"))
		fault(o, 400,
		      "disposition of the metadata is not "
		      "'recording-session'");
}

static void take_bodies(struct rec_offer *o, const struct sip_view *v)
{
	const struct mime_part *sdp, *meta;
	struct err e = ERR_INIT;
	struct mime m;
	size_t i;

	if (mime_of(&m, v, &e) < 0)
		fault(o, 400, e.text);
	sdp = mime_find(&m, "application/sdp");
	meta = mime_metadata(&m);
	if (sdp)
		take_sdp(o, sdp);
	if (meta)
		take_metadata(o, meta);
	for (i = 0; i < m.n; i++)
		if (&m.part[i] != meta)
			judge_part(o, &m.part[i]);
}

/* ---- what the bodies say ---- */

/* RFC 7866 section 7.1.1: a label on each line. Returns those that live. */
static size_t judge_labels(struct rec_offer *o,
			   const char *label[static SDP_MEDIA])
{
	char text[64];
	size_t i, n = 0;

	for (i = 0; o->sdp && i < o->sdp->n_media; i++) {
		const struct sdp_media *m = &o->sdp->media[i];

		if (m->port == 0)
			continue;
		if (m->label[0]) {
			label[n++] = m->label;
			continue;
		}
		snprintf(text, sizeof(text), "no a=label in m-line %zu", i + 1);
		fault(o, 400, text);
	}
	return n;
}

/* RFC 4568 section 3: keys only where what tells them is encrypted. */
static void judge_keys(struct rec_offer *o, const struct sip_view *v)
{
	struct span via = span_of("");
	size_t i;

	sip_view_header(v, "Via", 0, &via);
	if (span_case_starts(via, "SIP/2.0/TLS"))
		return;
	for (i = 0; o->sdp && i < o->sdp->n_media; i++) {
		if (!o->sdp->media[i].n_cryptos)
			continue;
		fault(o, 400,
		      "a=crypto without TLS: everybody can read the keys "
		      "(RFC 4568 section 3)");
		return;
	}
}

static void judge_metadata(struct rec_offer *o, const char *const *label,
			   size_t n)
{
	struct meta_faults faults = {NULL, 0};
	char text[320];
	size_t i;

	meta_check(o->metadata, label, n, o->sdp != NULL, &faults);
	for (i = 0; i < faults.n; i++) {
		const struct meta_fault *f = &faults.at[i];

		o->useless |= strcmp(f->rule, "xml") == 0;
		snprintf(text, sizeof(text), "metadata line %d: %s (%s)",
			 f->line, f->text, f->rule);
		fault(o, 400, text);
	}
	meta_faults_fini(&faults);
}

static bool is_partial(struct span xml)
{
	struct meta_found found = {NULL, 0};
	struct err e = ERR_INIT;
	bool partial;

	meta_xpath(xml, "string(/r:recording/r:datamode)", &found, &e);
	partial = found.n && strcmp(found.value[0], "partial") == 0;
	meta_found_fini(&found);
	return partial;
}

void rec_offer_read(struct rec_offer *o, const struct sip_view *v, bool first)
{
	const char *label[SDP_MEDIA];
	size_t n;

	memset(o, 0, sizeof(*o));
	causes_init(&o->faults);
	judge_head(o, v, first);
	take_bodies(o, v);
	n = judge_labels(o, label);
	if (first)
		judge_keys(o, v);
	if (o->has_metadata)
		judge_metadata(o, label, n);
	if (first && o->has_metadata && is_partial(o->metadata))
		o->useless = true;
	if (!o->has_metadata && first)
		fault(o, 400, "no recording metadata");
	if (first && !o->sdp)
		refuse(o, 488, "no SDP offer");
}

void rec_offer_fini(struct rec_offer *o)
{
	sdp_free(o->sdp);
	causes_fini(&o->faults);
}
