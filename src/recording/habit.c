#include "recording/habit.h"

#include <string.h>

static const struct recording_habit_info habits[RECORDING_HABITS] = {
	[HABIT_OFFSET_TIMES] =
		{"offset-times",
		 "writes times in whole seconds with +0000 behind",
		 "RFC 7865 6.9: xs:dateTime, Z or +00:00"},
	[HABIT_EARLY_TIMES] =
		{"early-times",
		 "dates every association to the call's INVITE, and no session",
		 "RFC 7865 6.4.1: when the CS is tied to the RS"},
	[HABIT_CALL_ID_AS_SESSION_ID] =
		{"call-id-as-session-id",
		 "puts the call's Call-ID into sipSessionID",
		 "RFC 7865 6.3.1: a Session-ID of RFC 7989"},
	[HABIT_GROUP_AS_TEXT] = {"group-as-text",
				 "writes the group as it is given",
				 "RFC 7865 6.10: base64 of a UUID"},
	[HABIT_UNESCAPED] =
		{"unescaped",
		 "pastes address, name and extensions into the XML as they are",
		 "XML 1.0 2.4; RFC 7865 6.5.1: address-of-record"},
	[HABIT_FROZEN_METADATA] =
		{"frozen-metadata",
		 "repeats its first document, whatever became of the call",
		 "RFC 7865 6.8.1, RFC 7866 9.1"},
	[HABIT_FROZEN_VERSION] = {"frozen-version",
				  "never counts the version in o= up",
				  "RFC 3264 8: up by one with each change"},
	[HABIT_LABELS_1_0] = {"labels-1-0",
			      "numbers labels by the parties' offer and "
			      "answer: caller 1, callee 0, their video 3 "
			      "and 2",
			      "none: any label will do (RFC 4574)"},
	[HABIT_ANSWERS_SENDONLY] =
		{"answers-sendonly",
		 "answers sendonly to whatever direction a recorder offers",
		 "RFC 3264 6.1: inactive is answered by inactive"},
	[HABIT_FROM_IS_SRS] = {"from-is-srs",
			       "has the recorder's URI in From as well",
			       "RFC 7866 6.1.1: From is the SRC"},
	[HABIT_NO_ABILITIES] =
		{"no-abilities", "has no Accept, Allow, Supported and Date",
		 "RFC 3261 20.1: without Accept only SDP is taken"},
	[HABIT_ONE_BOUNDARY] = {"one-boundary",
				"parts every body by the same boundary",
				"RFC 2046 5.1.1: one that no part contains"},
	[HABIT_DOUBLE_BRACKETS] = {"double-brackets",
				   "answers with Contact: <<sip:...>;+sip.src>",
				   "RFC 3261 25.1, RFC 7866 6.1.1"},
	[HABIT_BYE_405] = {"bye-405",
			   "answers 405 to a recorder's BYE and goes on",
			   "RFC 3261 15.1.2: 2xx, and media stops"},
	[HABIT_REQUESTS_405] =
		{"requests-405",
		 "answers 405 without Allow to requests without a body, 488 to "
		 "those whose body is no SDP",
		 "RFC 3261 8.2.1, 14.2; RFC 7866 9.2: a snapshot"},
	[HABIT_NO_CANCEL] =
		{"no-cancel",
		 "lets an INVITE stay open when the call ends, and takes a "
		 "late 200 by ACK and BYE",
		 "RFC 3261 9.1: CANCEL"},
	[HABIT_ORPHAN_200] =
		{"orphan-200",
		 "leaves a 200 that crosses its CANCEL without ACK and BYE",
		 "RFC 3261 9.1, 13.2.2.4"},
	[HABIT_SECOND_INVITE] =
		{"second-invite",
		 "pauses before the answer by a second INVITE with the same "
		 "CSeq and no To tag",
		 "RFC 3261 14.1: after the final response"},
	[HABIT_300_ACCEPTED] = {"300-accepted",
				"takes a 300 for a success: no other server",
				"RFC 3261 21.3.1"},
	[HABIT_UNUSABLE_ENDS_HUNT] =
		{"unusable-ends-hunt",
		 "asks no other server after a 200 that it cannot use",
		 "own design; users expect a failover"},
	[HABIT_ONE_MEDIA_ACCEPTED] =
		{"one-media-accepted",
		 "takes an answer with fewer m-lines than it offered",
		 "RFC 3264 6: as many m-lines"},
	[HABIT_NO_TRANSCODING] =
		{"no-transcoding",
		 "cannot use an answer without the codec that is spoken",
		 "RFC 3264 6.1: a subset is a good answer"},
	[HABIT_RETRY_AFTER_UNSEEN] =
		{"retry-after-unseen",
		 "asks a server that said 503 and when to come back, before "
		 "that",
		 "RFC 3261 21.5.4: left alone for that time"},
	[HABIT_WAITS_30_120] =
		{"waits-30-120",
		 "waits 30 s for any answer, 120 s for the final one",
		 "own timers; RFC 3261 17.1.1.2: timer B is 32 s"},
	[HABIT_MEDIA_BY_ANSWER] =
		{"media-by-answer",
		 "stops the media of a paused recording only when the answer "
		 "takes none",
		 "RFC 3264 6.1: who offers inactive sends nothing"},
	[HABIT_PAUSE_STICKS] =
		{"pause-sticks",
		 "believes in a pause or resume that was refused",
		 "RFC 3261 14.1: the session stays as it was"},
	[HABIT_DEAF_TO_LOSS] =
		{"deaf-to-loss",
		 "goes on when the recorder does not know the session any "
		 "more, or is silent",
		 "RFC 3261 12.2.1.2: the dialog is over"},
	[HABIT_UPDATE_UNSEEN] =
		{"update-unseen",
		 "does not see what the parties change by UPDATE",
		 "RFC 3311 5, RFC 7866 9.1"},
	[HABIT_EVERY_REINVITE] =
		{"every-reinvite",
		 "sends a re-INVITE for each that the parties exchange",
		 "none: it costs messages only"},
	[HABIT_START_ONCE] = {"start-once",
			      "does not start an instance again after a stop",
			      "own docs say nothing of it"},
	[HABIT_EARLY_STOP_IGNORED] =
		{"early-stop-ignored",
		 "records all the same after a stop that came too early",
		 "own docs: stops the recording"},
	[HABIT_ALWAYS_OK] = {"always-ok",
			     "reports success before the recorder answered",
			     "own docs: negative on error"},
	[HABIT_START_AGAIN] =
		{"start-again",
		 "raises E_SIPREC_START after each accepted re-INVITE",
		 "own docs: when the session is started"},
	[HABIT_STOP_AGAIN] =
		{"stop-again",
		 "raises E_SIPREC_STOP again at each stop and at the end of "
		 "the call",
		 "own docs: when the session is terminated"},
	[HABIT_STOP_ALONE] =
		{"stop-alone",
		 "raises E_SIPREC_STOP for what never started: a skip code, a "
		 "300, a 200 that is no use, a stop while it hunts",
		 "own docs: when the session is terminated"},
	[HABIT_TWO_EVENTS] =
		{"two-events",
		 "has no other events than START and STOP: a hunt that failed "
		 "is silent",
		 "own docs: these two exist"},
	[HABIT_SERVER_AS_INSTANCE] =
		{"server-as-instance",
		 "names the server's URI where events have the instance",
		 "own docs: the instance"},
};

const struct recording_habit_info *recording_habit_at(size_t n)
{
	return &habits[n];
}

uint64_t recording_habits(const char *word)
{
	size_t n;

	if (strcmp(word, "opensips") == 0)
		return (UINT64_C(1) << RECORDING_HABITS) - 1;
	for (n = 0; n < RECORDING_HABITS; n++)
		if (strcmp(word, habits[n].name) == 0)
			return UINT64_C(1) << n;
	return 0;
}
