#include "meta/xml.h"

#include <string.h>

/* Exactly `n` digits at `*at`, which moves on; -1 when there are not. */
static int digits(const char **at, size_t n)
{
	int v = 0;

	for (; n; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		v = v * 10 + (**at - '0');
	}
	return v;
}

static bool skip(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; March is the first month,
 * so that the leap day is the last of its year. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool read_date(const char **at, int64_t *us)
{
	int year = digits(at, 4), month, day;

	if (year < 0 || !skip(at, '-'))
		return false;
	month = digits(at, 2);
	if (month < 1 || month > 12 || !skip(at, '-'))
		return false;
	day = digits(at, 2);
	if (day < 1 || day > days_in(year, month))
		return false;
	*us = days_of(year, month, day) * 86400 * 1000000;
	return true;
}

/* A leap second is allowed and counts as the second after. */
static bool read_clock(const char **at, int64_t *us)
{
	int hour = digits(at, 2), minute, second;
	int64_t scale = 100000;

	if (hour < 0 || hour > 23 || !skip(at, ':'))
		return false;
	minute = digits(at, 2);
	if (minute < 0 || minute > 59 || !skip(at, ':'))
		return false;
	second = digits(at, 2);
	if (second < 0 || second > 60)
		return false;
	*us += ((hour * 60 + minute) * 60 + second) * (int64_t)1000000;
	if (!skip(at, '.'))
		return true;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
		*us += (**at - '0') * scale;
	return true;
}

static bool read_zone(const char **at, int64_t *us)
{
	int sign = **at == '-' ? 1 : -1, hour, minute;

	if (skip(at, 'Z'))
		return true;
	if (!skip(at, '+') && !skip(at, '-'))
		return false;
	hour = digits(at, 2);
	if (hour < 0 || hour > 23 || !skip(at, ':'))
		return false;
	minute = digits(at, 2);
	if (minute < 0 || minute > 59)
		return false;
	*us += sign * (hour * 60 + minute) * (int64_t)60000000;
	return true;
}

bool time_read(const char *text, int64_t *us)
{
	return read_date(&text, us) && skip(&text, 'T') &&
	       read_clock(&text, us) && read_zone(&text, us) && !*text;
}

static const char *after_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* 32 lower-case hexadecimal digits. */
static const char *after_uuid(const char *at)
{
	return strspn(at, "0123456789abcdef") == 32 ? at + 32 : NULL;
}

bool sip_session_id_ok(const char *text)
{
	static const char remote[] = "remote";
	const char *at = after_uuid(after_blanks(text));

	if (!at)
		return false;
	at = after_blanks(at);
	if (!skip(&at, ';'))
		return false;
	at = after_blanks(at);
	if (strncmp(at, remote, sizeof(remote) - 1) != 0)
		return false;
	at = after_blanks(at + sizeof(remote) - 1);
	if (!skip(&at, '='))
		return false;
	at = after_uuid(after_blanks(at));
	return at && !*after_blanks(at);
}
