/*
 * core/base64.h - base64 (RFC 4648 section 4)
 */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* Characters that `n` octets become, padding included, and a NUL. */
#define BASE64_TEXT(n) (((n) + 2) / 3 * 4 + 1)

/* Writes BASE64_TEXT(n) characters into `out`. */
void base64_write(const uint8_t *p, size_t n, char *out);

/* Reads the whole span into `out`, at most `max` octets; their number goes into
 * `*n`. Padding may be left out. False on anything else: other characters, a
 * length that no octets have, bits that are not used and not zero, too long. */
bool base64_read(struct span text, uint8_t *out, size_t max, size_t *n);

#endif
