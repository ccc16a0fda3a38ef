#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level current = LOG_WARN;

void log_set_level(enum log_level level)
{
	current = level;
}

bool log_wants(enum log_level level)
{
	return level <= current;
}

__attribute__((format(printf, 2, 0))) static void
say(const char *what, const char *fmt, va_list ap)
{
	fputs(what, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

#define LOG_FN(name, level, what)                                              \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		if (!log_wants(level))                                         \
			return;                                                \
		va_start(ap, fmt);                                             \
		say(what, fmt, ap);                                            \
		va_end(ap);                                                    \
	}

LOG_FN(log_warn, LOG_WARN, "warning: ")
LOG_FN(log_info, LOG_INFO, "")
LOG_FN(log_debug, LOG_DEBUG, "debug: ")
