/* Scenario files, the way `check` reads them: nothing in one may crash, hang
 * or leak, and a file is either refused with a reason or gives scenarios. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scn_set set;
	struct causes causes;
	size_t i;
	int rc;

	causes_init(&causes);
	rc = scn_load_text(&set, "fuzz.yml", (const char *)data, size, NULL, 0,
			   &causes);
	assert(rc == 0 ? set.n > 0 && causes.n == 0
		       : set.n == 0 && causes.n > 0);
	for (i = 0; i < set.n; i++)
		assert(scenario_length_us(set.at[i]) >= 0);
	scn_set_fini(&set);
	causes_fini(&causes);
	return 0;
}
