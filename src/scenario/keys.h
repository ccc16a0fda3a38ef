/*
 * scenario/keys.h - what the tables of keys share; for keys_*.c only
 */
#ifndef SCENARIO_KEYS_H
#define SCENARIO_KEYS_H

#include "scenario/read.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define DAY_US 86400e6

/* Words that keys of several sections take. */
extern const struct scn_word scn_word_yes[], scn_word_transports[],
	scn_word_video_answers[], scn_word_rtcps[], scn_word_recorder_offers[],
	scn_word_wrong_tags[], scn_word_cseqs[];

#endif
