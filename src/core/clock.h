/*
 * core/clock.h - the only place that asks the system for the time
 *
 * libosip2 asks too, through osip_gettimeofday(); clock.c defines that symbol
 * so that its transactions follow the clock of the run.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds from an arbitrary start; never goes back. */
int64_t clock_monotonic_us(void);

/* Microseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_us(void);

/* CPU time of this process in microseconds, for reports only. */
int64_t clock_cpu_us(void);

/* From now on libosip2 sees `*wall_us` as its time. NULL: the system's. The
 * pointer is borrowed and must stay valid until the next call. */
void clock_bind_osip(const int64_t *wall_us);

/* RFC 3339 in UTC (RFC 7865 section 6.9): "2026-01-01T00:00:00Z", with
 * ".123" before the Z when `millis`. Needs 25 bytes. */
void clock_rfc3339(int64_t wall_us, int millis, char *out, size_t size);

/* RFC 3261 section 20.17: "Thu, 01 Jan 2026 00:00:00 GMT". Valid until the next
 * call in this thread. */
const char *clock_sip_date(int64_t wall_us);

#endif
