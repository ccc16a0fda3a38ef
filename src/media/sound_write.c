#include "media/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/xalloc.h"

/* Samples kept before they are written: 200 ms at 8000 Hz. libsndfile makes
 * a system call of every write. */
enum { PENDING_MAX = 1600 };

struct sound_writer {
	SNDFILE *file;
	int fd;
	bool broken; /* a write failed; the rest is dropped */
	size_t n_pending;
	int16_t pending[PENDING_MAX];
};

struct sound_writer *sound_writer_open(const char *path, uint32_t rate,
				       struct err *e)
{
	SF_INFO info = {.samplerate = (int)rate,
			.channels = 1,
			.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct sound_writer *w;
	SNDFILE *file;

	if (fd < 0) {
		err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
		return NULL;
	}
	file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
	if (!file) {
		err_set(e, ERR_ENV, "%s: %s", path, sf_strerror(NULL));
		close(fd);
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));
	w->file = file;
	w->fd = fd;
	return w;
}

static void write_pending(struct sound_writer *w)
{
	sf_count_t n = (sf_count_t)w->n_pending;

	if (!w->broken && n)
		w->broken = sf_write_short(w->file, w->pending, n) != n;
	w->n_pending = 0;
}

int sound_writer_add(struct sound_writer *w, const int16_t *pcm, size_t n)
{
	size_t part;

	while (n && !w->broken) {
		part = PENDING_MAX - w->n_pending;
		if (part > n)
			part = n;
		memcpy(w->pending + w->n_pending, pcm, part * sizeof(*pcm));
		w->n_pending += part;
		pcm += part;
		n -= part;
		if (w->n_pending == PENDING_MAX)
			write_pending(w);
	}
	return w->broken ? -1 : 0;
}

void sound_writer_flush(struct sound_writer *w)
{
	write_pending(w);
	sf_command(w->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
}

void sound_writer_close(struct sound_writer *w)
{
	if (!w)
		return;
	write_pending(w);
	sf_close(w->file);
	close(w->fd);
	free(w);
}
