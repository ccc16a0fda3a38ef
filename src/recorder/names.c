#include "recorder/names.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/xalloc.h"

struct taken {
	struct hash_le by_stem;
	struct le le;
	unsigned next; /* number for the next of this stem */
	char stem[];
};

void rec_names_init(struct rec_names *n)
{
	memset(n, 0, sizeof(*n));
	hash_init(&n->by_stem);
}

void rec_names_fini(struct rec_names *n)
{
	while (n->all.head) {
		struct taken *t = container_of(n->all.head, struct taken, le);

		hash_del(&t->by_stem);
		list_unlink(&t->le);
		free(t);
	}
	hash_fini(&n->by_stem);
}

static struct taken *find(const struct rec_names *n, const char *stem)
{
	struct hash_le *e = hash_find(&n->by_stem, span_of(stem));

	return e ? container_of(e, struct taken, by_stem) : NULL;
}

static struct taken *take(struct rec_names *n, const char *stem)
{
	size_t size = strlen(stem) + 1;
	struct taken *t = xcalloc(1, sizeof(*t) + size);

	memcpy(t->stem, stem, size);
	t->next = 2;
	hash_add(&n->by_stem, &t->by_stem, span_of(t->stem));
	list_append(&n->all, &t->le);
	return t;
}

char *rec_names_take(struct rec_names *n, const char *dir, const char *stem,
		     const char *ext, bool keep)
{
	struct taken *first = find(n, stem);
	char *name = first ? xasprintf("%s-%u", stem, first->next++)
			   : xstrdup(stem);
	char *path;

	if (!first)
		first = take(n, stem);
	for (;;) {
		path = xasprintf("%s/%s.%s", dir, name, ext);
		/* somebody may really be called "bob-2" */
		if ((strcmp(name, stem) == 0 || !find(n, name)) &&
		    !(keep && access(path, F_OK) == 0))
			break;
		free(path);
		free(name);
		name = xasprintf("%s-%u", stem, first->next++);
	}
	if (!find(n, name))
		take(n, name);
	free(name);
	return path;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("._+-", c));
}

void rec_name_clean(struct span text, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < text.n && i + 1 < size; i++)
		out[i] = is_plain(text.p[i]) ? text.p[i] : '_';
	if (i == 0)
		out[i++] = '_';
	out[i] = '\0';
	if (out[0] == '.')
		out[0] = '_';
}
