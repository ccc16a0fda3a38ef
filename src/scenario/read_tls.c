#include <string.h>

#include "scenario/read.h"

/* The key goes with the certificate, and a file with no flaw of ours. */
void scn_read_tls(struct faults *f, const struct scn_key *k,
		  const struct node *n, void *out)
{
	struct scn_tls *t = (struct scn_tls *)(void *)((char *)out + k->at);

	scn_table_read(f, k->sub, n, t);
	if (t->key && !t->cert)
		scn_fault(f, n->place, "'key' without 'cert'");
	if (t->cert && t->flaw != SCN_SOUND)
		scn_fault(f, n->place,
			  "'flaw' is of a certificate that the run makes, not "
			  "of 'cert'");
	if (t->cert && t->shows)
		scn_fault(f, n->place, "'own' is instead of 'cert'");
}
