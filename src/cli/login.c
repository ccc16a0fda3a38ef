#include "cli/login.h"

#include <stdlib.h>
#include <string.h>

int login_take(struct login *l, const char *value, struct err *e)
{
	size_t n = strcspn(value, ":");

	l->password = value[n] ? value + n + 1 : getenv(LOGIN_ENV);
	if (n == 0 || n >= sizeof(l->user) || strcspn(value, "\"\\") < n)
		return err_set(e, ERR_USAGE,
			       "--login wants a user of up to %zu characters, "
			       "no quotes or backslashes, before the colon",
			       sizeof(l->user) - 1);
	if (!l->password)
		return err_set(e, ERR_USAGE,
			       "--login has no password: it stands after a "
			       "colon, or in the environment variable %s",
			       LOGIN_ENV);
	memcpy(l->user, value, n);
	l->user[n] = '\0';
	return 0;
}
