/* Judges and queries any bytes as a document; a user's fragment and a name
 * that hold the same bytes must never break the document they go into. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "meta/meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct meta_doc *d)
{
	struct meta_found found;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 16 * META_MAX);
	if (meta_write(&b, d, NULL) == 0 && b.n <= META_MAX) {
		if (meta_xpath(buf_span(&b), "//r:participant", &found, &e) < 0)
			__builtin_trap();
		meta_found_fini(&found);
	}
	buf_fini(&b);
}

static void write_it(const char *text)
{
	struct meta_session s = {.id = "AAAAAAAAQACAAAAAAAAAAg==",
				 .group = "AAAAAAAAQACAAAAAAAAAAQ=="};
	struct meta_participant p = {
		.id = "AAAAAAAAQACAAAAAAAAAAw==", .aor = text, .name = text};
	struct meta_doc d = {
		.session = &s, .participant = &p, .n_participants = 1};

	write_and_read(&d);
	p.xml = text;
	write_and_read(&d);
	p.xml = NULL;
	s.group_xml = text;
	write_and_read(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const label[] = {"1", "2"};
	struct meta_faults faults = {NULL, 0};
	struct span xml = span_from((const char *)data, size);
	struct meta_found found;
	char *text = span_dup(xml);
	struct meta_sender who;

	meta_check(xml, label, 2, true, &faults);
	meta_faults_fini(&faults);
	if (meta_xpath(xml, "//r:nameID/@aor", &found, NULL) == 0)
		meta_found_fini(&found);
	meta_label_sender(xml, "1", &who);
	write_it(text);
	free(text);
	return 0;
}
