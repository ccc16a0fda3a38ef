#include "capture/frame.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

#include "capture/link.h"

/* Why pcap_next_ex gave up; what came before counts. */
static int after_error(pcap_t *p, FILE *f, struct capture_info *info,
		       struct err *e)
{
	if (ferror(f))
		return err_set(e, ERR_ENV, "cannot be read: %s",
			       strerror(errno));
	if (feof(f)) {
		info->broken_off = true;
		capture_warn(info, "the file breaks off inside packet %zu",
			     info->frames + 1);
		return 0;
	}
	capture_warn(info, "packet %zu is damaged, the rest is left out: %s",
		     info->frames + 1, pcap_geterr(p));
	return 0;
}

static int64_t time_ns(const struct timeval *tv)
{
	int64_t sec = tv->tv_sec, ns;

	/* with nanosecond precision tv_usec holds nanoseconds */
	if (__builtin_mul_overflow(sec, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, (int64_t)tv->tv_usec, &ns) || ns < 0)
		return 0;
	return ns;
}

static int read_packets(pcap_t *p, FILE *f, const struct capture_sink *s,
			struct err *e)
{
	int link = pcap_datalink(p), rc;
	struct pcap_pkthdr *head;
	const u_char *data;
	char number[16];

	snprintf(s->info->link_type, sizeof(s->info->link_type), "%s",
		 capture_link_name(link, number));
	if (!capture_link_known(link))
		return err_set(e, ERR_INPUT, "link type %s is not supported",
			       s->info->link_type);
	while ((rc = pcap_next_ex(p, &head, &data)) == 1)
		capture_sink_put(s, time_ns(&head->ts), link,
				 span_from((const char *)data, head->caplen),
				 head->len);
	return rc == PCAP_ERROR_BREAK ? 0 : after_error(p, f, s->info, e);
}

int capture_pcap_read(FILE *f, const struct capture_sink *s, struct err *e)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_fopen_offline_with_tstamp_precision(
		f, PCAP_TSTAMP_PRECISION_NANO, text);
	int rc;

	if (!p) {
		fclose(f);
		return err_set(e, ERR_INPUT, "not a capture file: %s", text);
	}
	rc = read_packets(p, f, s, e);
	pcap_close(p);
	return rc;
}
