/* Any file as a sound: read at 8000 Hz or refused with a reason, and judged. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct sound *s)
{
	struct sound_facts f;

	assert(s->n <= 3600 * 8000 && s->rate == 8000);
	sound_analyse(s, 440, &f);
	assert(f.silent >= 0 && f.silent <= 1);
	assert(f.tone >= 0 && f.tone <= 1);
	assert(f.rms >= 0 && f.rms <= 1);
	assert(f.loudest_hz >= 0 && f.loudest_hz <= 4000);
	sound_fini(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct sound sound;
	char path[64];
	int fd = memfd_create("sound", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sound_read(&sound, path, 8000, &e) == 0) {
		judge(&sound);
	} else {
		assert(e.kind == ERR_INPUT);
		assert(!strncmp(e.text, path, strlen(path)));
	}
	close(fd);
	return 0;
}
