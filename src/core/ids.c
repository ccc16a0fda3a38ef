#include "core/ids.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uuid/uuid.h>

#include "core/base64.h"
#include "core/xalloc.h"

enum { MAX_KINDS = 16, BLOCK = 4096 };

struct ids {
	uint64_t seed;
	bool repeatable;
	struct {
		const char *name; /* borrowed literal */
		uint32_t next;
	} kind[MAX_KINDS];
	size_t n_kinds;
	uint8_t block[BLOCK]; /* unused randomness, live only */
	size_t left;
};

struct ids *ids_new(uint64_t seed, bool repeatable)
{
	struct ids *ids = xcalloc(1, sizeof(*ids));

	ids->seed = seed;
	ids->repeatable = repeatable;
	return ids;
}

void ids_free(struct ids *ids)
{
	free(ids);
}

static uint32_t count(struct ids *ids, const char *kind)
{
	size_t i;

	for (i = 0; i < ids->n_kinds; i++)
		if (strcmp(ids->kind[i].name, kind) == 0)
			return ids->kind[i].next++;
	assert(ids->n_kinds < MAX_KINDS);
	ids->kind[ids->n_kinds].name = kind;
	ids->kind[ids->n_kinds].next = 1;
	ids->n_kinds++;
	return 0;
}

/* RFC 4122 section 4.3, below a namespace of our own. */
void ids_of_name(const char *name, uint8_t out[16])
{
	static const uuid_t ns = {0x6f, 0x1a, 0x53, 0x70, 0x2d, 0x0b,
				  0x4c, 0x1e, 0x9a, 0x77, 0x51, 0x0e,
				  0xc3, 0x8d, 0x42, 0x96};

	uuid_generate_sha1(out, ns, name, strlen(name));
}

static void from_name(struct ids *ids, const char *kind, uint8_t out[16])
{
	char name[96];

	snprintf(name, sizeof(name), "%llu/%s/%u",
		 (unsigned long long)ids->seed, kind, count(ids, kind));
	ids_of_name(name, out);
}

/* RFC 4122 section 4.4. */
static void from_random(struct ids *ids, uint8_t out[16])
{
	if (ids->left < 16) {
		if (getrandom(ids->block, BLOCK, 0) != BLOCK)
			abort();
		ids->left = BLOCK;
	}
	ids->left -= 16;
	memcpy(out, ids->block + ids->left, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

void ids_uuid(struct ids *ids, const char *kind, uint8_t out[16])
{
	if (ids->repeatable)
		from_name(ids, kind, out);
	else
		from_random(ids, out);
}

void ids_base64(const uint8_t uuid[16], char out[25])
{
	base64_write(uuid, 16, out);
}

void ids_key(struct ids *ids, const char *kind, uint8_t *out, size_t n)
{
	uint8_t block[16];
	size_t part;

	if (!ids->repeatable && getrandom(out, n, 0) != (ssize_t)n)
		abort();
	for (; ids->repeatable && n; n -= part, out += part) {
		part = n < sizeof(block) ? n : sizeof(block);
		from_name(ids, kind, block);
		memcpy(out, block, part);
	}
}

void ids_hex(struct ids *ids, const char *kind, char *out, size_t digits)
{
	static const char abc[] = "0123456789abcdef";
	uint8_t uuid[16];
	size_t i;

	assert(digits >= 1 && digits <= 32);
	ids_uuid(ids, kind, uuid);
	for (i = 0; i < digits; i++)
		out[i] = abc[uuid[i / 2] >> (i % 2 ? 0 : 4) & 15];
	out[digits] = '\0';
}
