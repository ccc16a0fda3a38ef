/*
 * cli/login.h - the option --login of the commands that call or are called
 */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "core/err.h"

/* For the help text of the option. */
#define LOGIN_ARG "USER[:PASSWORD]"
#define LOGIN_ENV "SIPREC_SRC_PASSWORD"

struct login {
	char user[256];	      /* "": none */
	const char *password; /* borrowed */
};

/* "USER:PASSWORD"; of "USER" alone the password is that of LOGIN_ENV, where
 * other users of the host do not see it. `value` is borrowed. -1 with
 * ERR_USAGE. */
int login_take(struct login *l, const char *value, struct err *e);

#endif
