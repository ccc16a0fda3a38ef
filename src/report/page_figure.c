#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "media/sound.h"

enum {
	WIDTH = 640,
	HEIGHT = 90,
	LEFT = 46, /* names of the axes */
	PARTS = 80 /* of the time of a stream */
};

/* ---- loss and jitter ---- */

struct part {
	uint32_t received, expected;
	double jitter_us; /* when the part ended */
};

struct course {
	struct part part[PARTS];
	double worst_us; /* jitter */
	double loss;	 /* of the worst part, 0..1 */
	double seconds;
};

static size_t part_of(const struct trace_rtp *r, int64_t at_us)
{
	int64_t long_us = r->last_us - r->first_us + 1;
	int64_t i = (at_us - r->first_us) * PARTS / long_us;

	return i < 0 ? 0 : i >= PARTS ? PARTS - 1 : (size_t)i;
}

/* RFC 3550 section 6.4.1. */
static double next_jitter(double jitter_us, const struct trace_arrival *a,
			  const struct trace_arrival *before, uint32_t rate)
{
	double apart_us = (double)(a->at_us - before->at_us);
	double meant_us = (double)(int32_t)(a->ts - before->ts) * 1e6 / rate;

	return jitter_us + (fabs(apart_us - meant_us) - jitter_us) / 16;
}

static void follow(struct course *c, const struct trace_rtp *r)
{
	uint16_t newest = r->log[0].seq;
	double jitter_us = 0;
	size_t i;

	for (i = 0; i < r->n_log; i++) {
		const struct trace_arrival *a = &r->log[i];
		struct part *p = &c->part[part_of(r, a->at_us)];
		int step = (int16_t)(a->seq - newest);

		p->received++;
		if (i == 0) {
			p->expected++;
		} else if (step > 0) {
			p->expected += (uint32_t)step;
			newest = a->seq;
		}
		if (i && a->ts != r->log[i - 1].ts && a->pt == r->log[i - 1].pt)
			jitter_us = next_jitter(jitter_us, a, &r->log[i - 1],
						r->clock_rate ? r->clock_rate
							      : 8000);
		p->jitter_us = jitter_us;
	}
}

static double loss_of(const struct part *p)
{
	if (p->expected <= p->received)
		return 0;
	return (double)(p->expected - p->received) / p->expected;
}

static void sum_up(struct course *c)
{
	size_t i;

	for (i = 0; i < PARTS; i++) {
		if (i && !c->part[i].received)
			c->part[i].jitter_us = c->part[i - 1].jitter_us;
		c->worst_us = fmax(c->worst_us, c->part[i].jitter_us);
		c->loss = fmax(c->loss, loss_of(&c->part[i]));
	}
}

static void begin_figure(struct buf *out, const char *what, int height)
{
	buf_addf(out,
		 "<svg class=\"fig\" role=\"img\" viewBox=\"0 0 %d %d\" "
		 "width=\"%d\" height=\"%d\"><title>%s</title>"
		 "<rect x=\"%d\" width=\"%d\" height=\"%d\" class=\"bg\"/>",
		 WIDTH, height, WIDTH, height, what, LEFT, WIDTH - LEFT,
		 HEIGHT);
}

static double part_x(size_t i)
{
	return LEFT + (double)i * (WIDTH - LEFT) / PARTS;
}

static void draw_loss(const struct course *c, struct buf *out)
{
	size_t i;

	for (i = 0; i < PARTS; i++) {
		double high = loss_of(&c->part[i]) * HEIGHT;

		if (high > 0)
			buf_addf(out,
				 "<rect class=\"loss\" x=\"%.1f\" y=\"%.1f\" "
				 "width=\"%.1f\" height=\"%.1f\"/>",
				 part_x(i), HEIGHT - high,
				 (double)(WIDTH - LEFT) / PARTS, high);
	}
}

/* The line of the jitter reaches the top at the worst, or at 1 ms. */
static void draw_jitter(const struct course *c, struct buf *out)
{
	double top_us = fmax(c->worst_us, 1000);
	size_t i;

	buf_add_str(out, "<polyline class=\"jit\" points=\"");
	for (i = 0; i < PARTS; i++)
		buf_addf(out, "%.1f,%.1f ", part_x(i),
			 HEIGHT - 1 -
				 c->part[i].jitter_us / top_us * (HEIGHT - 2));
	buf_addf(out,
		 "\"/><text x=\"2\" y=\"12\" class=\"jit-t\">%.1f ms</text>",
		 top_us / 1000);
}

void page_stream(const struct trace_rtp *r, struct buf *out)
{
	struct course c;

	if (!r->n_log)
		return;
	memset(&c, 0, sizeof(c));
	c.seconds = (double)(r->last_us - r->first_us) / 1e6;
	follow(&c, r);
	sum_up(&c);
	begin_figure(out, "Loss and jitter over time", HEIGHT + 18);
	draw_loss(&c, out);
	draw_jitter(&c, out);
	buf_addf(out,
		 "<text x=\"2\" y=\"%d\">0</text>"
		 "<text x=\"%d\" y=\"%d\">0 s</text>"
		 "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f s</text>"
		 "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
		 "jitter (line), loss (bars, full height is 100%%; worst "
		 "%.1f%%)</text></svg>",
		 HEIGHT, LEFT, HEIGHT + 14, WIDTH, HEIGHT + 14, c.seconds,
		 (WIDTH + LEFT) / 2, HEIGHT + 14, c.loss * 100);
}

/* ---- sound ---- */

static void draw_samples(const struct sound *s, struct buf *out)
{
	enum { COLUMNS = WIDTH - LEFT };
	size_t i, k;

	buf_add_str(out, "<path class=\"wave\" d=\"");
	for (i = 0; i < COLUMNS; i++) {
		size_t from = s->n * i / COLUMNS;
		size_t to = s->n * (i + 1) / COLUMNS;
		int low = INT16_MAX, high = INT16_MIN;

		for (k = from; k < to || k == from; k++) {
			low = s->pcm[k] < low ? s->pcm[k] : low;
			high = s->pcm[k] > high ? s->pcm[k] : high;
		}
		buf_addf(out, "M%zu %.1fV%.1f", LEFT + i,
			 HEIGHT / 2.0 - high / 32768.0 * HEIGHT / 2 - 0.5,
			 HEIGHT / 2.0 - low / 32768.0 * HEIGHT / 2 + 0.5);
	}
	buf_add_str(out, "\"/>");
}

int page_wave(const char *path, struct buf *out)
{
	struct err e = ERR_INIT;
	struct sound s;

	if (sound_read(&s, path, 0, &e) < 0)
		return -1;
	begin_figure(out, "Waveform", HEIGHT + 18);
	if (s.n)
		draw_samples(&s, out);
	buf_addf(out,
		 "<text x=\"%d\" y=\"%d\">0 s</text>"
		 "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f s</text>"
		 "</svg>",
		 LEFT, HEIGHT + 14, WIDTH, HEIGHT + 14,
		 (double)s.n / (s.rate ? s.rate : 1));
	sound_fini(&s);
	return 0;
}
