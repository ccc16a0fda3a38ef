/*
 * capture/capture.h - RTP streams out of capture files
 *
 * Reads pcap and pcapng: Ethernet with VLAN tags, MPLS and PPPoE, Linux cooked
 * 1 and 2, raw IP, null and loop; IPv4, IPv6, IP in IP and GRE, fragments.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/err.h"
#include "core/span.h"

/* One UDP datagram of a capture, or one segment of TCP, in time order of the
 * file's frames. */
struct capture_packet {
	int64_t at_us; /* since 1970, UTC */
	struct addr src, dst;
	struct span data;   /* borrowed for the call */
	bool cut;	    /* the snap length cut it */
	size_t frame;	    /* from 1; of fragments the last to come */
	const size_t *part; /* the frames of all its fragments, borrowed for
			     * the call; NULL when it came in one */
	size_t n_parts;
	bool tcp;
	/* Of TCP; `length` is that of the data before it was cut. */
	uint8_t flags;
	uint32_t seq;
	size_t length;
};

typedef void(capture_packet_h)(const struct capture_packet *p, void *arg);

struct capture_info {
	char link_type[32]; /* "EN10MB" */
	size_t frames;
	size_t cut, first_cut; /* by the snap length: how many, and which */
	size_t disordered;     /* the first that is earlier than the one before;
			    * 0: none */
	bool broken_off;       /* the file ends inside a packet */
	char warning[1024];    /* separated by "; ", or "" */
};

/* Cuts the next warning off `*rest`, which begins as `info->warning`. */
bool capture_next_warning(struct span *rest, struct span *one);

/* Hands out every UDP datagram. -1 with ERR_ENV (cannot open) or ERR_INPUT
 * ("call.pcap: not a capture file", "...: link type IEEE802_11 is not
 * supported"); a file that breaks off hands out what is whole, returns 0 and
 * says so in `info`. Text begins with the path. */
int capture_read(const char *path, capture_packet_h *h, void *arg,
		 struct capture_info *info, struct err *e);

/* The same in one pass instead of two, for those who can begin again: when the
 * frames turn out not to be in time order, `again` is called, what was handed
 * out is void, and all datagrams come once more, sorted. `info` as above. */
typedef void(capture_again_h)(void *arg);
int capture_read_once(const char *path, capture_packet_h *h,
		      capture_again_h *again, void *arg,
		      struct capture_info *info, struct err *e);

/* The same with the segments of TCP among the datagrams. */
int capture_read_all(const char *path, capture_packet_h *h,
		     capture_again_h *again, void *arg,
		     struct capture_info *info, struct err *e);

/* One RTP stream, kept whole for replay. */
struct capture_rtp {
	struct addr src, dst;
	uint32_t ssrc;
	size_t n;
	size_t cut; /* of these, packets that the snap length cut */
	int64_t first_us;
	struct capture_rtp_packet {
		int64_t at_us;	  /* from the stream's first packet */
		struct span data; /* whole RTP packet, owned by the set */
	} * packet;		  /* sorted by time */
	/* From the SDP of SIP messages in the capture, or static types. */
	char codec[32]; /* "" when nothing says */
	uint32_t clock_rate;
	uint8_t channels;
	char *rtpmap; /* "opus/48000/2", or NULL */
	char *fmtp;   /* or NULL */
	uint8_t pt;   /* of the first packet */
};

struct capture_streams {
	struct capture_rtp *at; /* owned, in order of their first packet */
	size_t n;
	struct capture_info info;
	char *path;		       /* owned, for messages */
	struct capture_store *packets; /* owned, the bytes of all packets */
};

/* All RTP streams: at least 5 packets of one (src, dst, SSRC) in sequence.
 * Errors as capture_read; a capture without RTP is none. */
int capture_streams(struct capture_streams *out, const char *path,
		    struct err *e);
void capture_streams_fini(struct capture_streams *s);

/* By SSRC, or by number from 1 when has_ssrc is false (0: the first). NULL with
 * ERR_SCENARIO and a list of what is there. */
const struct capture_rtp *capture_pick(const struct capture_streams *s,
				       bool has_ssrc, uint32_t ssrc, int stream,
				       struct err *e);

/* ---- out ---- */

/* Writes UDP datagrams as Ethernet frames (classic pcap, nanoseconds); large
 * ones as IP fragments of 1500 octets. What goes over a connection is written as
 * TCP segments, with a handshake and an end; of TLS the readable bytes, so that
 * whoever reads the file sees SIP on that port. The same bytes give the same
 * file: MAC addresses come from the IP addresses, IPv4 ids count from 1, TCP
 * numbers from 1000. */
struct capture_writer;
struct capture_writer *capture_writer_open(const char *path, struct err *e);

/* `src` and `dst` are of one family and transport. More than 65507 octets (IPv6:
 * 65527) are no datagram and left out. */
void capture_writer_add(struct capture_writer *w, int64_t wall_us,
			const struct addr *src, const struct addr *dst,
			const void *p, size_t n);

enum capture_mark { CAPTURE_OPENED, CAPTURE_CLOSED, CAPTURE_RESET };

/* A connection is opened, closed or reset by `src`. */
void capture_writer_mark(struct capture_writer *w, int64_t wall_us,
			 enum capture_mark mark, const struct addr *src,
			 const struct addr *dst);

/* After it the file holds all that was added, even if the program ends now. */
void capture_writer_flush(struct capture_writer *w);

/* -1 with ERR_ENV when something could not be written. NULL is fine. */
int capture_writer_close(struct capture_writer *w, struct err *e);

#endif
