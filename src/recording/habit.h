/*
 * recording/habit.h - what the OpenSIPS siprec module does otherwise
 *
 * With `profile: rfc` the SRC does what the RFCs ask for. Each habit here is
 * one thing that the module was seen to do instead; `profile: opensips` is all
 * of them, and each can be had alone, so that a recorder can be shown one at a
 * time. The names are the words of the scenario's `profile`.
 */
#ifndef RECORDING_HABIT_H
#define RECORDING_HABIT_H

#include <stddef.h>
#include <stdint.h>

enum recording_habit {
	/* metadata */
	HABIT_OFFSET_TIMES,
	HABIT_EARLY_TIMES,
	HABIT_CALL_ID_AS_SESSION_ID,
	HABIT_GROUP_AS_TEXT,
	HABIT_UNESCAPED,
	HABIT_FROZEN_METADATA,
	/* SDP */
	HABIT_FROZEN_VERSION,
	HABIT_LABELS_1_0,
	HABIT_ANSWERS_SENDONLY,
	/* SIP */
	HABIT_FROM_IS_SRS,
	HABIT_NO_ABILITIES,
	HABIT_ONE_BOUNDARY,
	HABIT_DOUBLE_BRACKETS,
	HABIT_BYE_405,
	HABIT_REQUESTS_405,
	HABIT_NO_CANCEL,
	HABIT_ORPHAN_200,
	HABIT_SECOND_INVITE,
	/* the hunt */
	HABIT_300_ACCEPTED,
	HABIT_UNUSABLE_ENDS_HUNT,
	HABIT_ONE_MEDIA_ACCEPTED,
	HABIT_NO_TRANSCODING,
	HABIT_RETRY_AFTER_UNSEEN,
	HABIT_WAITS_30_120, /* only defaults: whoever fills the settings in */
	/* the session */
	HABIT_MEDIA_BY_ANSWER,
	HABIT_PAUSE_STICKS,
	HABIT_DEAF_TO_LOSS,
	HABIT_UPDATE_UNSEEN,
	HABIT_EVERY_REINVITE,
	HABIT_START_ONCE,
	HABIT_EARLY_STOP_IGNORED,
	HABIT_ALWAYS_OK,
	/* events */
	HABIT_START_AGAIN,
	HABIT_STOP_AGAIN,
	HABIT_STOP_ALONE,
	HABIT_TWO_EVENTS,
	HABIT_SERVER_AS_INSTANCE,
	RECORDING_HABITS
};

struct recording_habit_info {
	const char *name; /* word of `profile` */
	const char *does; /* one line, the module as subject */
	const char *rule; /* what it leaves, an RFC section or its own docs */
};

/* The habit with number 0 to RECORDING_HABITS - 1. */
const struct recording_habit_info *recording_habit_at(size_t n);

/* The set of habits that a word of `profile` stands for: one of them, all for
 * "opensips", none for "rfc" or a word that is no name. Bit n is habit n. */
uint64_t recording_habits(const char *word);

#endif
