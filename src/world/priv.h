/*
 * world/priv.h - what the files of this room share
 */
#ifndef WORLD_PRIV_H
#define WORLD_PRIV_H

#include "call/call.h"
#include "capture/capture.h"
#include "core/ids.h"
#include "core/list.h"
#include "core/loop.h"
#include "core/rng.h"
#include "net/wire.h"
#include "recorder/recorder.h"
#include "recording/health.h"
#include "recording/recording.h"
#include "sip/edit.h"
#include "world/world.h"

struct world {
	const struct scenario *s;
	const struct world_conf *conf;
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct rng rng;
	struct rng call_rng; /* the call's own: no draw of a recorder's may
			      * change what is lost or late in the call */
	struct ids *ids;
	struct dns *dns;	       /* hosts of outside servers */
	struct capture_writer *pcap;   /* NULL: none kept */
	struct disk *disk;	       /* what `files` finds of others */
	struct recorder **recorder;    /* by scenario.srs; NULL: external */
	struct recorder_line **script; /* the same */
	struct sip_edit *edit;	       /* by scenario.edit */
	struct sip_edits *edits;       /* of what the SRC sends, or NULL */
	struct tls_authority *authority;
	struct tls **tls;   /* by scenario.srs; NULL: external */
	struct sip_ua *src; /* one of the agents */
	struct agent *agent;
	size_t n_agents;
	struct recording_settings *set; /* by scenario.instance */
	struct health *health;		/* of the servers */
	char **aor;	   /* by scenario.call.party: what metadata says */
	struct list calls; /* struct world_call that run */
	int begun;	   /* calls started so far */
	struct timer begin_timer; /* the next call of a load */
	struct timer poll_timer;
	int64_t give_up_us; /* whatever still runs then is stuck */
	bool interrupted;
	struct err err; /* a later call could not be made */
};

/* A user agent of the SRC. */
struct agent {
	struct addr at; /* as `socket` asks for; no address: anywhere */
	const struct scn_tls *wants;
	struct tls *tls;
	struct sip_ua *ua;
};

/* One call, its recordings, and where its timeline is. */
struct world_call {
	struct le le;
	struct world *w;
	int index;
	struct call *call;
	struct recording *recording;
	struct timeline *timeline;
	struct call_party *party;      /* owned: everybody of the scenario */
	struct call_capture capture;   /* of a captured call */
	struct call_seat *seat;	       /* owned */
	char *aor[CALL_PARTIES];       /* owned: of one among several captured
					* calls, or NULL */
	unsigned person[CALL_PARTIES]; /* whom the recording knows */
};

/* ---- build.c: from the model to what actors take ---- */

int build_recorders(struct world *w, struct err *e);
int build_settings(struct world *w, struct err *e);
void build_parties(struct world *w);
/* The address of ours that the first outside server sees, port 0; NULL: the
 * loopback will do. */
const struct addr *build_local(const struct world *w, struct addr *local);
/* What the SRC, or a recorder, has of certificates; `local` may be NULL. */
struct tls *build_tls(struct world *w, const struct scn_tls *t,
		      const char *name, const struct addr *local,
		      struct err *e);
void build_free(struct world *w);
/* A time that the scenario leaves out is -1 to actors. */
int64_t build_or_never(int64_t us);
enum recorder_offer build_offer(enum scn_offer offer);
/* Scenario name of the party with an address-of-record, for recorders. */
const char *build_party_of(const char *aor, void *arg);

/* Edits of what the SRC sends; before its agents. */
void build_edits(struct world *w);
/* -1 (ERR_SCENARIO) when one of them found nothing to replace. */
int build_edits_check(const struct world *w, struct err *e);
void build_edits_free(struct world *w);

/* What nobody chose is what the run says. */
enum scn_transport build_transport(const struct world *w, enum scn_transport t);

/* "udp:ADDR:PORT", also "tcp:" and "tls:". */
bool build_addr(const char *text, struct addr *a);

/* ---- names.c: where outside servers are ---- */

/* What the scenario says of names. */
int names_build(struct world *w, struct err *e);
/* Of an outside server: asks DNS under the real clock, where the scenario does
 * not say it, and gives its addresses its name. A name that is not known is the
 * failure of each attempt to go there. */
int names_learn(struct world *w, const char *name, const char *uri,
		struct err *e);

/* ---- agents.c: the user agents of the SRC ---- */

/* Those with a socket of their own; before recorders take ports on the
 * simulated wire. */
int agents_make_sockets(struct world *w, struct err *e);
/* The others; now every instance has one. */
int agents_make(struct world *w, struct err *e);
bool agents_busy(const struct world *w);
struct sip_ua_left agents_left(const struct world *w);
void agents_free(struct world *w);

/* ---- calls.c ---- */

struct world_call *world_call_new(struct world *w, int index, struct err *e);
void world_call_free(struct world_call *c); /* its end goes on record */
bool world_call_over(const struct world_call *c);

/* ---- left.c: what a run leaves behind ---- */

/* Open descriptors of the process. */
size_t left_descriptors(void);
/* Counts what the actors still hold, before they are freed. */
void left_count(struct world *w, struct world_left *left);

/* ---- disk.c: what recorders outside write, for `files` ---- */

/* What lies there by now is not of this run. */
void disk_begin(struct world *w);
/* All is over: looks, and says whether to look again a little later, for more
 * is wanted, or something was still written. Never under the virtual clock,
 * and a few seconds at most. */
bool disk_waits(struct world *w);
/* What was found goes into the trace. */
void disk_end(struct world *w);
void disk_free(struct disk *d); /* NULL is fine */

/* ---- reached.c ---- */

/* The same as world_reached, of names that lead nowhere alone. */
int reached_by_name(const struct world *w, struct err *e);

/* ---- timeline.c: the steps of one call ---- */

struct timeline;

struct timeline *timeline_new(struct world_call *c);
void timeline_free(struct timeline *t);
void timeline_start(struct timeline *t); /* the INVITE goes out now */
void timeline_event(struct timeline *t, const char *kind);
/* Whether steps with a time of their own are still to come. */
bool timeline_pending(const struct timeline *t);

#endif
