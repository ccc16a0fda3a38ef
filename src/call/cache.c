#include "call/cache.h"

#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/log.h"
#include "core/xalloc.h"

struct sound_file {
	struct hash_le he;
	struct le le;
	char *key;	       /* owned: codec and path */
	struct source *source; /* owned: the octets of all packets */
	struct source_packet *packet;
	size_t n, cap;
};

struct capture_file {
	struct hash_le he;
	struct le le;
	char *path; /* owned */
	struct capture_streams streams;
	bool *encrypted; /* owned: of each of them, whether SDP says so */
};

struct calls_file {
	struct hash_le he;
	struct le le;
	char *path; /* owned */
	struct capture_calls calls;
};

struct tape_file {
	struct hash_le he;
	struct le le;
	char *key; /* owned: which call, and path */
	struct capture_tape tape;
};

static struct {
	struct hash sounds, captures, calls, legs, tapes;
	struct list sound_list, capture_list, calls_list, tape_list;
} cache;

/* ---- sound files ---- */

static void sound_add(struct sound_file *f, int64_t at_us, const struct rtp *r)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->packet = xreallocarray(f->packet, f->cap,
					  sizeof(*f->packet));
	}
	f->packet[f->n].at_us = at_us;
	f->packet[f->n].rtp = *r;
	f->n++;
}

static struct sound_file *sound_load(const struct codec *c, const char *path,
				     char *key, struct err *e)
{
	struct source *source = source_wav(c, path, e);
	struct sound_file *f;
	struct rtp r;
	int64_t at_us;

	if (!source) {
		free(key);
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->key = key;
	f->source = source;
	f->cap = 1; /* so that an empty file is no NULL */
	f->packet = xcalloc(1, sizeof(*f->packet));
	while (source_next(source, &at_us, &r))
		sound_add(f, at_us, &r);
	hash_add(&cache.sounds, &f->he, span_of(f->key));
	list_append(&cache.sound_list, &f->le);
	return f;
}

const struct source_packet *cache_sound(const struct codec *c, const char *path,
					size_t *n, struct err *e)
{
	char *key = xasprintf("%s %s", codec_name(c), path);
	struct hash_le *he = hash_find(&cache.sounds, span_of(key));
	struct sound_file *f;

	if (he) {
		free(key);
		f = container_of(he, struct sound_file, he);
	} else {
		f = sound_load(c, path, key, e);
	}
	if (!f)
		return NULL;
	*n = f->n;
	return f->packet;
}

/* ---- captures ---- */

static bool is_encrypted(const struct capture_calls *c,
			 const struct capture_rtp *r)
{
	size_t i;

	for (i = 0; i < c->n_streams; i++)
		if (c->stream[i].ssrc == r->ssrc &&
		    addr_eq(&c->stream[i].src, &r->src) &&
		    addr_eq(&c->stream[i].dst, &r->dst))
			return c->stream[i].encrypted;
	return false;
}

static void find_encrypted(struct capture_file *f)
{
	struct capture_calls calls;
	size_t i;

	f->encrypted = xcalloc(f->streams.n + 1, sizeof(*f->encrypted));
	if (capture_calls(&calls, f->path, false, NULL) < 0)
		return;
	for (i = 0; i < f->streams.n; i++)
		f->encrypted[i] = is_encrypted(&calls, &f->streams.at[i]);
	capture_calls_fini(&calls);
}

static struct capture_file *capture_load(const char *path, struct err *e)
{
	struct capture_file *f = xcalloc(1, sizeof(*f));

	if (capture_streams(&f->streams, path, e) < 0) {
		free(f);
		return NULL;
	}
	if (f->streams.info.warning[0])
		log_warn("%s: %s", path, f->streams.info.warning);
	f->path = xstrdup(path);
	find_encrypted(f);
	hash_add(&cache.captures, &f->he, span_of(f->path));
	list_append(&cache.capture_list, &f->le);
	return f;
}

const struct capture_rtp *cache_stream(const struct call_source *s,
				       const char **warning, struct err *e)
{
	struct hash_le *he = hash_find(&cache.captures, span_of(s->path));
	const struct capture_rtp *r;
	struct capture_file *f;

	f = he ? container_of(he, struct capture_file, he)
	       : capture_load(s->path, e);
	if (!f)
		return NULL;
	*warning = f->streams.info.warning[0] ? f->streams.info.warning : NULL;
	r = capture_pick(&f->streams, s->has_ssrc, s->ssrc, s->stream, e);
	if (!r || !f->encrypted[r - f->streams.at])
		return r;
	err_set(e, ERR_INPUT,
		"%s: stream 0x%08x is encrypted (SRTP): there is nothing to "
		"record",
		s->path, r->ssrc);
	return NULL;
}

/* ---- captured calls ---- */

/* What was warned of once is not again with the legs. */
static struct calls_file *calls_load(const char *path, bool legs, struct err *e)
{
	struct calls_file *f = xcalloc(1, sizeof(*f));

	if (capture_calls(&f->calls, path, legs, e) < 0) {
		free(f);
		return NULL;
	}
	if (f->calls.info.warning[0] && !legs)
		log_warn("%s: %s", path, f->calls.info.warning);
	f->path = xstrdup(path);
	hash_add(legs ? &cache.legs : &cache.calls, &f->he, span_of(f->path));
	list_append(&cache.calls_list, &f->le);
	return f;
}

const struct capture_calls *cache_calls(const char *path, struct err *e)
{
	struct hash_le *he = hash_find(&cache.calls, span_of(path));
	struct calls_file *f;

	f = he ? container_of(he, struct calls_file, he)
	       : calls_load(path, false, e);
	return f ? &f->calls : NULL;
}

const struct capture_calls *cache_legs(const char *path, struct err *e)
{
	struct hash_le *he = hash_find(&cache.legs, span_of(path));
	struct calls_file *f;

	f = he ? container_of(he, struct calls_file, he)
	       : calls_load(path, true, e);
	return f ? &f->calls : NULL;
}

/* It belongs to a call that another leg began. */
static bool is_later_leg(const struct capture_calls *c, const char *call_id)
{
	const struct capture_wanted wanted = {.call_id = call_id};
	struct err e = ERR_INIT;
	size_t call;

	return call_id && capture_find_call(c, &wanted, &call, &e) &&
	       capture_is_later_leg(c, call, call_id);
}

static char *tape_key(const char *path, bool legs,
		      const struct capture_wanted *wanted)
{
	char caller[ADDR_TEXT] = "", callee[ADDR_TEXT] = "";

	if (addr_is_set(&wanted->caller))
		addr_text(&wanted->caller, caller);
	if (addr_is_set(&wanted->callee))
		addr_text(&wanted->callee, callee);
	return xasprintf("%d %zu %zu %s %s %s %s", legs, wanted->number,
			 wanted->pair, caller, callee,
			 wanted->call_id ? wanted->call_id : "", path);
}

static struct tape_file *tape_find(const char *path, bool legs,
				   const struct capture_wanted *wanted)
{
	char *key = tape_key(path, legs, wanted);
	struct hash_le *he = hash_find(&cache.tapes, span_of(key));

	free(key);
	return he ? container_of(he, struct tape_file, he) : NULL;
}

/* Takes over what the tape owns. */
static struct tape_file *tape_add(const struct capture_tape *tape,
				  const char *path, bool legs,
				  const struct capture_wanted *wanted)
{
	struct tape_file *f = xcalloc(1, sizeof(*f));

	f->tape = *tape;
	f->key = tape_key(path, legs, wanted);
	hash_add(&cache.tapes, &f->he, span_of(f->key));
	list_append(&cache.tape_list, &f->le);
	return f;
}

const struct capture_tape *cache_tape(const char *path, bool legs,
				      const struct capture_wanted *wanted,
				      struct err *e)
{
	struct tape_file *f = tape_find(path, legs, wanted);
	const struct capture_calls *calls;
	struct capture_tape tape;

	if (f)
		return &f->tape;
	calls = cache_calls(path, e);
	if (calls && (legs || is_later_leg(calls, wanted->call_id)))
		calls = cache_legs(path, e);
	if (!calls || capture_tape_read(&tape, path, calls, wanted, e) < 0)
		return NULL;
	return &tape_add(&tape, path, legs, wanted)->tape;
}

int cache_tapes(const char *path, struct err *e)
{
	const struct capture_calls *calls = cache_calls(path, e);
	struct capture_tape *tape;
	size_t i;
	int rc;

	if (!calls)
		return -1;
	tape = xcalloc(calls->n_calls + 1, sizeof(*tape));
	rc = capture_tapes_read(tape, path, calls, e);
	for (i = 0; rc == 0 && i < calls->n_calls; i++) {
		struct capture_wanted wanted = {.number = i + 1};

		if (tape_find(path, false, &wanted))
			capture_tape_fini(&tape[i]);
		else
			tape_add(&tape[i], path, false, &wanted);
	}
	free(tape);
	return rc;
}

/* ---- the end ---- */

static void sound_free(struct sound_file *f)
{
	list_unlink(&f->le);
	source_free(f->source);
	free(f->packet);
	free(f->key);
	free(f);
}

static void capture_free(struct capture_file *f)
{
	list_unlink(&f->le);
	capture_streams_fini(&f->streams);
	free(f->encrypted);
	free(f->path);
	free(f);
}

static void tape_free(struct tape_file *f)
{
	list_unlink(&f->le);
	capture_tape_fini(&f->tape);
	free(f->key);
	free(f);
}

static void calls_free(struct calls_file *f)
{
	list_unlink(&f->le);
	capture_calls_fini(&f->calls);
	free(f->path);
	free(f);
}

void call_cache_free(void)
{
	while (cache.sound_list.head)
		sound_free(container_of(cache.sound_list.head,
					struct sound_file, le));
	while (cache.capture_list.head)
		capture_free(container_of(cache.capture_list.head,
					  struct capture_file, le));
	while (cache.tape_list.head)
		tape_free(container_of(cache.tape_list.head, struct tape_file,
				       le));
	while (cache.calls_list.head)
		calls_free(container_of(cache.calls_list.head,
					struct calls_file, le));
	hash_fini(&cache.calls);
	hash_fini(&cache.legs);
	hash_fini(&cache.sounds);
	hash_fini(&cache.tapes);
	hash_fini(&cache.captures);
}
