/* What reading the streams of a capture costs: bench_capture CAPTURE. Prints
 * shell assignments. */
#include <stdio.h>
#include <sys/resource.h>

#include "capture/capture.h"
#include "core/clock.h"

int main(int argc, char **argv)
{
	struct capture_streams s;
	struct err e = ERR_INIT;
	struct rusage u;

	if (argc != 2)
		return 2;
	if (capture_streams(&s, argv[1], &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	getrusage(RUSAGE_SELF, &u);
	printf("capture_s=%.3f\n", (double)clock_cpu_us() / 1e6);
	printf("capture_streams=%zu\n", s.n);
	printf("capture_frames=%zu\n", s.info.frames);
	printf("capture_mb=%.0f\n", (double)u.ru_maxrss / 1024);
	capture_streams_fini(&s);
	return 0;
}
