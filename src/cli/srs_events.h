/*
 * cli/srs_events.h - what `srs` prints of its recorders
 */
#ifndef CLI_SRS_EVENTS_H
#define CLI_SRS_EVENTS_H

#include "recorder/recorder.h"

/* One line each on standard output: for people, or a JSON object. What peers
 * said goes through neither as control characters nor as broken UTF-8. */
void srs_event_text(const struct recorder_event *ev);
void srs_event_json(const struct recorder_event *ev);

#endif
