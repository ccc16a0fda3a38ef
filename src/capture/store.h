/*
 * capture/store.h - many small pieces of bytes that are freed together
 */
#ifndef CAPTURE_STORE_H
#define CAPTURE_STORE_H

#include "core/span.h"

struct capture_store;

struct capture_store *capture_store_new(void);
void capture_store_free(struct capture_store *s); /* NULL is fine */

/* A copy that lives as long as the store. */
struct span capture_store_add(struct capture_store *s, struct span bytes);

#endif
