#include <stdlib.h>

#include "call/call.h"
#include "cli/cmd.h"
#include "meta/meta.h"
#include "scenario/load.h"
#include "sip/head.h"

int main(int argc, char **argv)
{
	static const struct scn_checkers checkers = {
		.xpath = meta_xpath_check,
		.fragment = meta_check_fragment,
		.server = sip_uri_check,
		.media = cmd_media_check,
		.call = cmd_call_check,
	};

	cmd_begin();
	/* workers leave through exit, too */
	atexit(meta_fini);
	atexit(call_cache_free);
	if (argc > 0)
		cmd_set_program(argv[0]);
	scn_set_checkers(&checkers);
	return cmd_end(cmd_dispatch(argc, argv));
}
