#include "media/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

#define FULL_SCALE 32768.0
#define SILENT_RMS 0.0031622777 /* -50 dBFS */
#define TONE_SHARE 0.8		/* of a frame's energy */

enum {
	FRAMES_PER_SECOND = 50,
	LOWEST_HZ = 20,	   /* below is hum of no interest, and DC */
	SPECTRUM = 1 << 12 /* points of the transform */
};

static double energy_of(const int16_t *pcm, size_t n)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += pcm[i] * pcm[i];
	return (double)sum;
}

static bool is_silent(double energy, size_t n)
{
	double rms = SILENT_RMS * FULL_SCALE;

	return energy < rms * rms * (double)n;
}

/* One frequency, looked for in frames of n samples: sine and cosine, and their
 * products with each other. Those make up for frames that hold no whole number
 * of periods, so a pure tone always has all of the energy. */
struct probe {
	float *sine, *cosine; /* owned, n each; NULL: not to be heard */
	double ss, cc, sc;
	size_t n;
};

static void probe_init(struct probe *p, double hz, uint32_t rate, size_t n)
{
	double turn = 2 * M_PI * hz / rate, margin = FRAMES_PER_SECOND / 2.0;
	size_t i;

	memset(p, 0, sizeof(*p));
	/* Less than half a period in a frame is no tone, at either end. */
	if (!(hz >= margin && hz <= rate / 2.0 - margin))
		return;
	p->n = n;
	p->sine = xreallocarray(NULL, n, sizeof(*p->sine));
	p->cosine = xreallocarray(NULL, n, sizeof(*p->cosine));
	for (i = 0; i < n; i++) {
		p->sine[i] = (float)sin(turn * (double)i);
		p->cosine[i] = (float)cos(turn * (double)i);
		p->ss += p->sine[i] * p->sine[i];
		p->cc += p->cosine[i] * p->cosine[i];
		p->sc += p->sine[i] * p->cosine[i];
	}
}

static void probe_fini(struct probe *p)
{
	free(p->sine);
	free(p->cosine);
}

/* Energy of the frame that is a sine of the probe's frequency. */
static double probe_energy(const struct probe *p, const int16_t *pcm)
{
	float s = 0, c = 0;
	double ds, dc;
	size_t i;

	if (!p->sine)
		return 0;
	for (i = 0; i < p->n; i++) {
		s += pcm[i] * p->sine[i];
		c += pcm[i] * p->cosine[i];
	}
	ds = s;
	dc = c;
	return (ds * ds * p->cc - 2 * ds * dc * p->sc + dc * dc * p->ss) /
	       (p->ss * p->cc - p->sc * p->sc);
}

/* Shares of silent frames and of frames with the tone; what is left of the
 * last frame is not judged. */
static void count_frames(const struct sound *s, double hz,
			 struct sound_facts *f)
{
	size_t each = s->rate / FRAMES_PER_SECOND, frames, silent = 0, tone = 0;
	size_t i;
	struct probe p;
	double energy;

	frames = each ? s->n / each : 0;
	f->silent = 1;
	f->tone = 0;
	if (!frames)
		return;
	probe_init(&p, hz, s->rate, each);
	for (i = 0; i < frames; i++) {
		energy = energy_of(s->pcm + i * each, each);
		if (is_silent(energy, each))
			silent++;
		else if (probe_energy(&p, s->pcm + i * each) >=
			 TONE_SHARE * energy)
			tone++;
	}
	probe_fini(&p);
	f->silent = (double)silent / (double)frames;
	if (silent < frames)
		f->tone = (double)tone / (double)(frames - silent);
}

struct spectrum {
	float re[SPECTRUM], im[SPECTRUM];
	float cosine[SPECTRUM / 2], sine[SPECTRUM / 2];
};

static void fill_turns(struct spectrum *x)
{
	double turn = 2 * M_PI / SPECTRUM;
	size_t i;

	for (i = 0; i < SPECTRUM / 2; i++) {
		x->cosine[i] = (float)cos(turn * (double)i);
		x->sine[i] = (float)sin(turn * (double)i);
	}
}

/* Puts v[i] where a transform in place wants it: at i with its bits turned
 * round. */
static void scatter(struct spectrum *x, const float *v, size_t n)
{
	size_t i, bit, at = 0;

	memset(x->re, 0, sizeof(x->re));
	memset(x->im, 0, sizeof(x->im));
	for (i = 0; i < n; i++) {
		x->re[at] = v[i];
		for (bit = SPECTRUM / 2; bit & at; bit /= 2)
			at ^= bit;
		at |= bit;
	}
}

static void butterfly(struct spectrum *x, size_t a, size_t b, size_t turn)
{
	float c = x->cosine[turn], s = -x->sine[turn];
	float re = x->re[b] * c - x->im[b] * s;
	float im = x->re[b] * s + x->im[b] * c;

	x->re[b] = x->re[a] - re;
	x->im[b] = x->im[a] - im;
	x->re[a] += re;
	x->im[a] += im;
}

/* Fast Fourier transform, radix 2, of what scatter() laid out. */
static void transform(struct spectrum *x)
{
	size_t half, block, i;

	for (half = 1; half < SPECTRUM; half *= 2)
		for (block = 0; block < SPECTRUM; block += 2 * half)
			for (i = 0; i < half; i++)
				butterfly(x, block + i, block + i + half,
					  SPECTRUM / 2 / half * i);
}

/* The stretch of at most SPECTRUM samples with the most energy. */
static const int16_t *loudest_stretch(const struct sound *s, size_t *n)
{
	const int16_t *best = s->pcm;
	double energy, most = -1;
	size_t at;

	*n = s->n < SPECTRUM ? s->n : SPECTRUM;
	for (at = 0; at + *n <= s->n && *n; at += *n) {
		energy = energy_of(s->pcm + at, *n);
		if (energy > most) {
			most = energy;
			best = s->pcm + at;
		}
	}
	return best;
}

/* Without its mean and under a Hann window, which keeps strong tones from
 * spilling into far away bins. */
static void shape(const int16_t *pcm, size_t n, float *out)
{
	double turn = 2 * M_PI / (double)n, mean = 0;
	size_t i;

	for (i = 0; i < n; i++)
		mean += pcm[i];
	mean /= (double)n;
	for (i = 0; i < n; i++)
		out[i] = (float)((pcm[i] - mean) * (1 - cos(turn * (double)i)));
}

static double bin_power(const struct spectrum *x, size_t bin)
{
	return (double)x->re[bin] * x->re[bin] +
	       (double)x->im[bin] * x->im[bin];
}

/* Where the parabola through the bin and its neighbours, in decibels, has its
 * top: between bins, -0.5 to 0.5 from this one. */
static double peak_offset(const struct spectrum *x, size_t bin)
{
	double tiny = 1e-9;
	double left = log(bin_power(x, bin - 1) + tiny);
	double mid = log(bin_power(x, bin) + tiny);
	double right = log(bin_power(x, bin + 1) + tiny);
	double bend = left - 2 * mid + right;

	/* At the end of the range the top may lie outside. */
	if (left > mid || right > mid || bend >= 0)
		return 0;
	return (left - right) / 2 / bend;
}

static double strongest_hz(const struct spectrum *x, uint32_t rate)
{
	double step = (double)rate / SPECTRUM, power, most = 0;
	size_t bin, best = 0;

	for (bin = (size_t)(LOWEST_HZ / step) + 1; bin < SPECTRUM / 2; bin++) {
		power = bin_power(x, bin);
		if (power > most) {
			most = power;
			best = bin;
		}
	}
	return best ? step * ((double)best + peak_offset(x, best)) : 0;
}

static double loudest_hz(const struct sound *s)
{
	float shaped[SPECTRUM];
	struct spectrum *x;
	const int16_t *pcm;
	double hz;
	size_t n;

	pcm = loudest_stretch(s, &n);
	if (!n || is_silent(energy_of(pcm, n), n))
		return 0;
	x = xmalloc(sizeof(*x));
	shape(pcm, n, shaped);
	fill_turns(x);
	scatter(x, shaped, n);
	transform(x);
	hz = strongest_hz(x, s->rate);
	free(x);
	return hz;
}

void sound_analyse(const struct sound *s, double hz, struct sound_facts *f)
{
	double n = (double)s->n;

	f->seconds = s->rate ? n / s->rate : 0;
	f->rms = s->n ? sqrt(energy_of(s->pcm, s->n) / n) / FULL_SCALE : 0;
	f->loudest_hz = loudest_hz(s);
	count_frames(s, hz, f);
}
