/*
 * scenario/text.h - texts of SIP that a scenario holds
 */
#ifndef SCENARIO_TEXT_H
#define SCENARIO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* "sip:" or "sips:" and a host, no blanks, controls or brackets. */
bool scn_text_is_sip_uri(const char *text);

/* The same, and "tel:" with a number. */
bool scn_text_is_aor(const char *text);

/* Splits `"Alice" <sip:a@h>`, `Alice <sip:a@h>` or a bare URI. `*name` is NULL
 * when there is none; both owned by the caller, also after false: the URI is
 * none. */
bool scn_text_name_addr(const char *text, char **aor, char **name);

/* Why a line cannot be added to our messages, owned by the caller; NULL when
 * it can: "Name: value" and not a header that is ours to write. */
char *scn_text_header_fault(const char *line);
/* The same for one of `names` (ends with NULL) besides. */
char *scn_text_header_taken(const char *line, const char *const *names);

/* True with the reason when the expression does not compile (POSIX extended,
 * case-blind). */
bool scn_text_regex_fault(const char *pattern, char *why, size_t size);

/* Letters, digits, '.', '_' and '-': fit for a file name and for "a/b". */
bool scn_text_is_plain_name(const char *text);

/* A request method of SIP, in capitals. */
bool scn_text_is_method(const char *text);
extern const char *const scn_text_method[]; /* ends with NULL */

#endif
