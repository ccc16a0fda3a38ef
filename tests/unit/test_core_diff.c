/* Differences of two texts, against a slow count of what they share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/diff.h"
#include "core/rng.h"

enum { LINES = 40 };

static void assert_diff(const char *a, const char *b, const char *wanted)
{
	static const char mark[] = {
		[DIFF_SAME] = ' ', [DIFF_GONE] = '-', [DIFF_NEW] = '+'};
	struct diff d;
	struct buf got;
	size_t i;

	diff_lines(&d, span_of(a), span_of(b));
	buf_init(&got, 1024);
	for (i = 0; i < d.n; i++)
		buf_addf(&got, "%c%.*s\n", mark[d.at[i].kind],
			 SPAN_ARG(d.at[i].text));
	assert_string_equal(buf_str(&got), wanted);
	buf_fini(&got);
	diff_fini(&d);
}

static void test_changes(void **state)
{
	(void)state;
	assert_diff("", "", "");
	assert_diff("a\nb\n", "a\nb\n", " a\n b\n");
	assert_diff("", "a\n", "+a\n");
	assert_diff("a\nb\n", "", "-a\n-b\n");
	assert_diff("a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n");
	assert_diff("a\nb\nc\nd\n", "b\nc\ne\nd\n", "-a\n b\n c\n+e\n d\n");
	assert_diff("a\r\nb", "a\nb\n", " a\n b\n");
}

static size_t random_lines(struct rng *rng, char *text, char *letters)
{
	size_t n = rng_below(rng, LINES), i;

	for (i = 0; i < n; i++) {
		letters[i] = (char)('a' + rng_below(rng, 4));
		text[2 * i] = letters[i];
		text[2 * i + 1] = '\n';
	}
	text[2 * n] = '\0';
	return n;
}

/* Lines that both have in this order, as many as can be. */
static size_t shared(const char *a, size_t n, const char *b, size_t m)
{
	size_t best[LINES + 1][LINES + 1] = {{0}};
	size_t i, k;

	for (i = 1; i <= n; i++) {
		for (k = 1; k <= m; k++) {
			size_t up = best[i - 1][k], left = best[i][k - 1];

			best[i][k] = up > left ? up : left;
			if (a[i - 1] == b[k - 1])
				best[i][k] = best[i - 1][k - 1] + 1;
		}
	}
	return best[n][m];
}

/* Without the lines of one kind it is the one text, or the other. */
static void assert_side(const struct diff *d, enum diff_kind without,
			const char *letters, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < d->n; i++) {
		if (d->at[i].kind == without)
			continue;
		assert_true(k < n);
		assert_int_equal(d->at[i].text.n, 1);
		assert_int_equal(d->at[i].text.p[0], letters[k++]);
	}
	assert_int_equal(k, n);
}

static void test_random(void **state)
{
	char a[2 * LINES + 1], b[2 * LINES + 1];
	char la[LINES], lb[LINES];
	struct rng rng;
	int i;

	(void)state;
	rng_init(&rng, 7);
	for (i = 0; i < 5000; i++) {
		size_t n = random_lines(&rng, a, la);
		size_t m = random_lines(&rng, b, lb);
		struct diff d;

		diff_lines(&d, span_of(a), span_of(b));
		assert_side(&d, DIFF_NEW, la, n);
		assert_side(&d, DIFF_GONE, lb, m);
		assert_int_equal(d.changes, n + m - 2 * shared(la, n, lb, m));
		diff_fini(&d);
	}
}

/* More changes than are looked for: all is replaced, in bounded memory. */
static void test_many(void **state)
{
	enum { MANY = 2 * DIFF_MOST };
	struct buf a, b;
	struct diff d;
	int i;

	(void)state;
	buf_init(&a, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	for (i = 0; i < MANY; i++) {
		buf_addf(&a, "old %d\n", i);
		buf_addf(&b, "new %d\n", i);
	}
	diff_lines(&d, buf_span(&a), buf_span(&b));
	assert_int_equal(d.changes, 2 * MANY);
	assert_int_equal(d.at[0].kind, DIFF_GONE);
	assert_int_equal(d.at[MANY].kind, DIFF_NEW);
	diff_fini(&d);
	buf_fini(&a);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
