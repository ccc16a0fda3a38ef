/* Keys of a step of the timeline. */
#include "scenario/keys.h"

static const struct scn_word ports[] = {{"new", 1, false}, {NULL, 0, false}};
static const struct scn_word dialogs[] = {
	{"recording", 0, false}, {"none", 1, false}, {NULL, 0, false}};

#define AT(field) .at = offsetof(struct step_draft, field)
#define VERB(word, number, text)                                               \
	{                                                                      \
		.name = word, .type = SCN_T_TEXT, .flags = KEY_ALONE,          \
		.read = scn_read_verb, .with = number, .help = text            \
	}
#define VERB_LATER(word, text)                                                 \
	{                                                                      \
		.name = word, .type = SCN_T_TEXT,                              \
		.flags = KEY_ALONE | KEY_LATER, .help = text                   \
	}
static const struct scn_key step_keys[] = {
	{.name = "at",
	 .type = SCN_T_TIME,
	 .read = scn_read_step_time,
	 .help = "time from the first INVITE of the call"},
	{.name = "after",
	 .type = SCN_T_TIME,
	 .read = scn_read_step_time,
	 .help = "time from the step before"},
	{.name = "when",
	 .type = SCN_T_TEXT,
	 .read = scn_read_step_when,
	 AT(step.when),
	 .help = "at an event, such as start"},
	{.name = "by",
	 .type = SCN_T_TEXT,
	 AT(by),
	 .help = "the recorder that does it; update or invite, of a party and "
		 "of 'update: recording'"},
	{.name = "result",
	 .type = SCN_T_TEXT,
	 AT(step.result),
	 .help = "what a recording makes of it: ok, 'refused 488', and more"},
	{.name = "instance",
	 .type = SCN_T_TEXT,
	 AT(instance),
	 .help = "the instance that sends it (default: each of them)"},
	{.name = "codec",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_step_codecs,
	 .help = "what the party offers from now on, best first"},
	{.name = "video",
	 .type = SCN_T_TEXTS,
	 .read = scn_read_step_video,
	 .help = "video that the party adds or changes, or none: it removes "
		 "it"},
	{.name = "keys",
	 .type = SCN_T_TEXT,
	 .read = scn_read_keys,
	 AT(step.keys),
	 .help = "pressed one after the other: 0-9, *, #, A-D"},
	{.name = "port",
	 .type = SCN_T_EITHER,
	 AT(step.new_port),
	 .word = ports,
	 .help = "new: the party's media moves"},
	{.name = "rekey",
	 .type = SCN_T_BOOL,
	 AT(step.rekey),
	 .help = "true, of 'update: recording': with other keys of SRTP"},
	{.name = "offer",
	 .type = SCN_T_WORD,
	 AT(step.offer),
	 .word = scn_word_recorder_offers,
	 .help = "SDP of a recorder's re-INVITE or UPDATE, as in 'script'; "
		 "none in a party's re-INVITE"},
	VERB("start", SCN_VERB_START, "recording, or an instance"),
	VERB("pause", SCN_VERB_PAUSE, "recording, or an instance"),
	VERB("resume", SCN_VERB_RESUME, "recording, or an instance"),
	VERB("stop", SCN_VERB_STOP, "recording, or an instance"),
	VERB("cancel", SCN_VERB_CANCEL, "call: the caller gives up"),
	VERB("bye", SCN_VERB_BYE,
	     "caller, callee or call; recording, by a recorder"),
	VERB("kill", SCN_VERB_KILL, "a recorder that vanishes"),
	VERB("revive", SCN_VERB_REVIVE, "a recorder that comes back"),
	VERB("send", SCN_VERB_SEND,
	     "a request in the recording's dialog: INFO, MESSAGE, OPTIONS or "
	     "any other method"),
	VERB("update", SCN_VERB_UPDATE,
	     "recording, or an instance: metadata now; recording, by a "
	     "recorder"),
	VERB("hold", SCN_VERB_HOLD, "caller or callee: the other falls silent"),
	VERB("unhold", SCN_VERB_UNHOLD, "caller or callee: takes it back"),
	VERB("mute", SCN_VERB_MUTE, "caller or callee: sends nothing"),
	VERB("unmute", SCN_VERB_UNMUTE, "caller or callee: sends again"),
	VERB("reinvite", SCN_VERB_REINVITE,
	     "caller or callee; recording, by a recorder"),
	VERB_LATER("join", "a party"),
	VERB_LATER("leave", "a party"),
	VERB("transfer", SCN_VERB_TRANSFER,
	     "caller or callee: the party 'to' takes its place"),
	VERB("identity", SCN_VERB_IDENTITY,
	     "caller or callee: is called 'to' from now on"),
	VERB("dtmf", SCN_VERB_DTMF, "caller or callee: presses 'keys'"),
	VERB_LATER("record", "a recording that the recorder begins"),
	VERB("options", SCN_VERB_OPTIONS, "recording, by a recorder"),
	{.name = "headers",
	 .type = SCN_T_HEADERS,
	 AT(step.headers),
	 .help = "lines added to what is sent"},
	{.name = "body",
	 .type = SCN_T_TEXT,
	 AT(step.body),
	 .help = "text in what is sent"},
	{.name = "type",
	 .type = SCN_T_TEXT,
	 AT(step.type),
	 .help = "media type of that text (default text/plain)"},
	{.name = "tag",
	 .type = SCN_T_EITHER,
	 AT(step.send_wrong_tag),
	 .word = scn_word_wrong_tags,
	 .otherwise = "right",
	 .help = "To tag of what is sent"},
	{.name = "cseq",
	 .type = SCN_T_EITHER,
	 AT(step.send_lower_cseq),
	 .word = scn_word_cseqs,
	 .otherwise = "next",
	 .help = "CSeq of what is sent; lower than that of the request before"},
	{.name = "dialog",
	 .type = SCN_T_EITHER,
	 AT(step.outside),
	 .word = dialogs,
	 .otherwise = "recording",
	 .help = "none: what is sent stands alone, whether anything is "
		 "recorded or not"},
	{.name = "to",
	 .type = SCN_T_TEXT,
	 AT(to),
	 .help = "of transfer: one of 'parties'; of identity: a name-addr"},
};
#undef AT
const struct scn_table scn_step_table = {"a step of timeline", step_keys,
					 COUNT(step_keys)};
