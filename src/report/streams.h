/*
 * report/streams.h - the streams of a run in JSON; for this room only
 */
#ifndef REPORT_STREAMS_H
#define REPORT_STREAMS_H

#include "report/report.h"

/* Milliseconds from the first INVITE of the call; from the start of the run
 * when there was none. */
int64_t report_call_ms(const struct trace *t, int call, int64_t at_us);

/* Array of the streams that went to recorders. Those of a load are summed up:
 * one entry for each kind of media of each party at each recorder, with a number of `streams`
 * instead of an `ssrc`. What arrived at a recorder that is not ours is null. */
json_t *report_streams(const struct report_input *in);

#endif
