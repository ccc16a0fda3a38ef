#include "media/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/xalloc.h"

enum {
	CHUNK = 4096, /* frames read at once */
	CHANNELS_MAX = 64,
	SECONDS_MAX = 3600,
	/* Within these libsamplerate converts any rate to any other. */
	RATE_MIN = 2000,
	RATE_MAX = 384000
};

struct reader {
	SNDFILE *file;
	SF_INFO info;
	SRC_STATE *converter; /* NULL: rates are equal */
	double ratio;	      /* output over input */
	float *frames;	      /* interleaved */
	float mono[CHUNK];
};

static float mix_frame(const float *frame, int channels)
{
	float sum = 0;
	int i;

	for (i = 0; i < channels; i++)
		sum += frame[i];
	sum /= (float)channels;
	/* A file of floats may hold anything; not a number would stay in the
	 * converter's filter for good. */
	if (!isfinite(sum))
		return 0;
	return fminf(fmaxf(sum, -1), 1);
}

/* Next frames of the file in `mono`; 0 at its end. */
static long read_mono(struct reader *r)
{
	sf_count_t n = sf_readf_float(r->file, r->frames, CHUNK), i;

	for (i = 0; i < n; i++)
		r->mono[i] = mix_frame(r->frames + i * r->info.channels,
				       r->info.channels);
	return n > 0 ? (long)n : 0;
}

/* The converter asks for more (src_callback_t). */
static long feed(void *arg, float **data)
{
	struct reader *r = arg;

	*data = r->mono;
	return read_mono(r);
}

static int16_t to_pcm(float v)
{
	long sample = lrintf(v * 32768);

	if (sample > INT16_MAX)
		return INT16_MAX;
	return sample < INT16_MIN ? INT16_MIN : (int16_t)sample;
}

static void append(struct sound *s, const float *v, size_t n, size_t limit)
{
	size_t i;

	if (n > limit - s->n)
		n = limit - s->n;
	for (i = 0; i < n; i++)
		s->pcm[s->n++] = to_pcm(v[i]);
}

static void read_all(struct reader *r, struct sound *s)
{
	size_t limit = (size_t)s->rate * SECONDS_MAX, cap = 0;
	float converted[CHUNK];
	const float *chunk = r->converter ? converted : r->mono;
	long n;

	while (s->n < limit) {
		if (chunk == converted)
			n = src_callback_read(r->converter, r->ratio, CHUNK,
					      converted);
		else
			n = read_mono(r);
		if (n <= 0)
			break;
		while (cap < s->n + (size_t)n) {
			cap = cap ? 2 * cap : CHUNK;
			s->pcm = xreallocarray(s->pcm, cap, sizeof(*s->pcm));
		}
		append(s, chunk, (size_t)n, limit);
	}
}

static bool rate_fits(uint32_t rate)
{
	return rate >= RATE_MIN && rate <= RATE_MAX;
}

/* Refuses what we do not mix or convert, and readies the rest. */
static int reader_start(struct reader *r, uint32_t rate, struct err *e)
{
	int fault = 0;

	if (r->info.channels < 1 || r->info.channels > CHANNELS_MAX)
		return err_set(e, ERR_INPUT,
			       "%d channels, at most %d can be mixed",
			       r->info.channels, CHANNELS_MAX);
	if (!rate_fits((uint32_t)r->info.samplerate))
		return err_set(e, ERR_INPUT,
			       "sampled at %d Hz, %d to %d can be read",
			       r->info.samplerate, RATE_MIN, RATE_MAX);
	if (!rate_fits(rate))
		return err_set(e, ERR_INPUT, "cannot resample to %u Hz",
			       (unsigned)rate);
	r->frames = xreallocarray(NULL, (size_t)r->info.channels * CHUNK,
				  sizeof(*r->frames));
	if (rate == (uint32_t)r->info.samplerate)
		return 0;
	r->ratio = (double)rate / r->info.samplerate;
	r->converter = src_callback_new(feed, SRC_SINC_MEDIUM_QUALITY, 1,
					&fault, r);
	if (!r->converter)
		return err_set(e, ERR_INPUT, "%s", src_strerror(fault));
	return 0;
}

static int open_file(const char *path, struct err *e)
{
	/* Without O_NONBLOCK a pipe nobody writes to would block us here. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_set(e, ERR_ENV, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_ENV, "not a regular file");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static int not_sound(struct err *e)
{
	const char *why = sf_strerror(NULL);

	return err_set(e, ERR_INPUT, "not a sound file: %.*s",
		       (int)strcspn(why, "."), why);
}

/* Without `s` the file is only looked at. */
static int read_path(struct sound *s, uint32_t rate, const char *path,
		     struct err *e)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	int fd = open_file(path, e), rc = -1;

	if (fd < 0)
		goto out;
	r->file = sf_open_fd(fd, SFM_READ, &r->info, SF_FALSE);
	if (!r->file) {
		not_sound(e);
		goto out;
	}
	if (!rate)
		rate = (uint32_t)r->info.samplerate;
	if (reader_start(r, rate, e) < 0)
		goto out;
	if (s) {
		s->rate = rate;
		read_all(r, s);
	}
	rc = 0;
out:
	if (r->converter)
		src_delete(r->converter);
	if (r->file)
		sf_close(r->file);
	if (fd >= 0)
		close(fd);
	free(r->frames);
	free(r);
	return rc;
}

int sound_read(struct sound *s, const char *path, uint32_t rate, struct err *e)
{
	memset(s, 0, sizeof(*s));
	if (read_path(s, rate, path, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

int sound_check(const char *path, struct err *e)
{
	if (read_path(NULL, 0, path, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

void sound_fini(struct sound *s)
{
	free(s->pcm);
	memset(s, 0, sizeof(*s));
}
