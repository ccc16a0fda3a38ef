/*
 * core/rng.h - the run's random numbers
 *
 * One generator a run, seeded by the scenario: the same seed gives the same
 * numbers on every machine. Not for keys (SplitMix64).
 */
#ifndef CORE_RNG_H
#define CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_u64(struct rng *r);
uint32_t rng_u32(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n); /* 0..n-1; 0 when n is 0 */
double rng_unit(struct rng *r);		       /* 0.0 <= x < 1.0 */

/* A seed nobody chose, from the system. */
uint64_t rng_system_seed(void);

#endif
