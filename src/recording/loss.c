/* A recorder that is lost in mid-call (RFC-MATRIX D-fo-midcall). */
#include <stdio.h>

#include "recording/priv.h"

static void end_session(struct instance *i)
{
	struct sip_session *rs = i->rs;

	i->rs = NULL;
	if (rs)
		instance_hangup(i, rs);
}

void instance_lost(struct instance *i, const char *code, const char *reason)
{
	verb_lost(i);
	instance_event(i, "lost", code, reason);
	forks_stop(i);
	/* what was recorded there is whole: it ends before anything begins */
	instance_event(i, "stop", "", "");
	end_session(i);
	if (i->set->failover_on_loss) {
		hunt_on(i, code, reason);
		return;
	}
	i->disorder = "the recorder was lost";
	instance_over(i);
}
