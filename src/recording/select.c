/* How calls are spread over servers: by the call's number alone, so that a run
 * does the same each time. */
#include "core/xalloc.h"
#include "recording/priv.h"

#include <stdlib.h>

static unsigned sum_of(const struct recording_settings *set)
{
	unsigned sum = 0;
	size_t k;

	for (k = 0; k < set->n_servers; k++)
		sum += set->server[k].weight;
	return sum;
}

/* One turn of smooth weighted round robin: every server gains its weight, who
 * has most is taken and pays the sum. */
static size_t turn(const struct recording_settings *set, long sum, long *credit)
{
	size_t k, best = 0;

	for (k = 0; k < set->n_servers; k++) {
		credit[k] += (long)set->server[k].weight;
		if (credit[k] > credit[best])
			best = k;
	}
	credit[best] -= sum;
	return best;
}

static size_t by_weight(const struct recording_settings *set, unsigned call)
{
	unsigned sum = sum_of(set), k;
	size_t at = 0;
	long *credit;

	if (!sum)
		return 0;
	credit = xcalloc(set->n_servers, sizeof(*credit));
	for (k = 0; k <= call % sum; k++)
		at = turn(set, (long)sum, credit);
	free(credit);
	return at;
}

size_t select_first(const struct recording_settings *set, int call)
{
	if (set->n_servers == 0)
		return 0;
	if (set->select == RECORDING_ROUND_ROBIN)
		return (size_t)call % set->n_servers;
	if (set->select == RECORDING_WEIGHTED)
		return by_weight(set, (unsigned)call);
	return 0;
}
