/*
 * recorder/names.h - names of the files, each given once
 */
#ifndef RECORDER_NAMES_H
#define RECORDER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/span.h"

struct rec_names {
	struct hash by_stem;
	struct list all;
};

void rec_names_init(struct rec_names *n);
void rec_names_fini(struct rec_names *n);

/* The path DIR/STEM.EXT, then DIR/STEM-2.EXT and so on; with `keep` one that
 * no file has. Owned by the caller. */
char *rec_names_take(struct rec_names *n, const char *dir, const char *stem,
		     const char *ext, bool keep);

/* What a peer calls somebody as part of a file name: letters, digits, "._+-",
 * other characters as "_", cut to the size, never empty or with a leading dot.
 */
void rec_name_clean(struct span text, char *out, size_t size);

#endif
