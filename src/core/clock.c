#include "core/clock.h"

#include <stdio.h>
#include <sys/time.h>
#include <time.h>

static const int64_t *osip_wall_us;

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_cpu_us(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_bind_osip(const int64_t *wall_us)
{
	osip_wall_us = wall_us;
}

/* libosip2 calls this through the dynamic symbol table, so it must be
 * visible, and it must start above 0: seconds of -1 mean "timer off". */
__attribute__((visibility("default"))) int osip_gettimeofday(struct timeval *tv,
							     void *tz);

int osip_gettimeofday(struct timeval *tv, void *tz)
{
	int64_t us = osip_wall_us ? *osip_wall_us : clock_wall_us();

	(void)tz;
	tv->tv_sec = (time_t)(us / 1000000);
	tv->tv_usec = (suseconds_t)(us % 1000000);
	return 0;
}

static struct tm utc(int64_t wall_us)
{
	time_t sec = (time_t)(wall_us / 1000000);
	struct tm tm;

	gmtime_r(&sec, &tm);
	return tm;
}

void clock_rfc3339(int64_t wall_us, int millis, char *out, size_t size)
{
	struct tm tm = utc(wall_us);
	size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);

	if (millis)
		snprintf(out + n, size - n, ".%03dZ",
			 (int)(wall_us % 1000000 / 1000));
	else
		snprintf(out + n, size - n, "Z");
}

/* Under load many messages go out in a second: it is printed once. */
const char *clock_sip_date(int64_t wall_us)
{
	static const char day[][4] = {"Sun", "Mon", "Tue", "Wed",
				      "Thu", "Fri", "Sat"};
	static const char month[][4] = {"Jan", "Feb", "Mar", "Apr",
					"May", "Jun", "Jul", "Aug",
					"Sep", "Oct", "Nov", "Dec"};
	static _Thread_local char text[64];
	static _Thread_local int64_t text_s = -1;
	struct tm tm;

	if (wall_us / 1000000 == text_s)
		return text;
	text_s = wall_us / 1000000;
	tm = utc(wall_us);
	snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		 day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return text;
}
