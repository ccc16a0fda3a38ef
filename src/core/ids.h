/*
 * core/ids.h - identifiers of a run
 *
 * UUIDs for metadata (RFC 7865 section 6.10) and tokens for tags, branches
 * and Call-IDs. A repeatable source makes version 5 UUIDs from seed, kind and
 * a counter, so the same run has the same ids; a live one makes version 4
 * from blocks of system randomness.
 */
#ifndef CORE_IDS_H
#define CORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ids;

struct ids *ids_new(uint64_t seed, bool repeatable);
void ids_free(struct ids *ids);

/* The next UUID of a kind ("session", "participant", ...), 16 octets in
 * network order. Kinds count separately: one more participant does not change
 * the ids of streams. */
void ids_uuid(struct ids *ids, const char *kind, uint8_t out[16]);

/* Always the same version 5 UUID for a name: a group that is known by name
 * only. */
void ids_of_name(const char *name, uint8_t out[16]);

/* Base64 of the 16 octets: 24 characters ending in "==" and a NUL. */
void ids_base64(const uint8_t uuid[16], char out[25]);

/* `digits` lower-case hex digits of the next UUID of a kind and a NUL; 1 to
 * 32 of them. */
void ids_hex(struct ids *ids, const char *kind, char *out, size_t digits);

/* `n` octets for a key, at most 256: from a live source those of the system's
 * generator; from a repeatable one as little of a secret as its seed. */
void ids_key(struct ids *ids, const char *kind, uint8_t *out, size_t n);

#endif
