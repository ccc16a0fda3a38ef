#include "core/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void addr_init(struct addr *a)
{
	memset(a, 0, sizeof(*a));
}

struct addr addr_loopback(uint16_t port)
{
	struct addr a = {.family = 4, .port = port, .ip = {127, 0, 0, 1}};

	return a;
}

bool addr_parse_ip(struct span text, struct addr *out)
{
	char z[INET6_ADDRSTRLEN];

	addr_init(out);
	if (span_case_is(text, "localhost")) {
		*out = addr_loopback(0);
		return true;
	}
	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = span_from(text.p + 1, text.n - 2);
	if (text.n == 0 || text.n >= sizeof(z))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, out->ip) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, z, out->ip) == 1)
		out->family = 6;
	return out->family != 0;
}

bool addr_parse(struct span text, struct addr *out)
{
	struct span host = text, port = span_from(NULL, 0);
	uint32_t number = 0;

	if (text.n && text.p[0] == '[') {
		size_t end = span_chr(text, ']');

		if (end == text.n)
			return false;
		host = span_from(text.p, end + 1);
		port = span_skip(text, end + 1);
		if (port.n && port.p[0] != ':')
			return false;
	} else if (span_chr(text, ':') < text.n) {
		host = span_from(text.p, span_chr(text, ':'));
		port = span_skip(text, host.n);
	}
	if (port.n && !parse_u32(span_skip(port, 1), 0, 65535, &number))
		return false;
	if (!addr_parse_ip(host, out))
		return false;
	out->port = (uint16_t)number;
	return true;
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool addr_ip_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool addr_is_reliable(const struct addr *a)
{
	return a->proto != ADDR_UDP;
}

struct addr addr_with(const struct addr *a, enum addr_proto proto)
{
	struct addr with = *a;

	with.proto = (uint8_t)proto;
	return with;
}

const char *addr_proto_text(const struct addr *a)
{
	static const char *const text[] = {"UDP", "TCP", "TLS"};

	return text[a->proto];
}

bool addr_is_set(const struct addr *a)
{
	return a->family != 0;
}

bool addr_is_any(const struct addr *a)
{
	static const uint8_t none[16];

	return memcmp(a->ip, none, sizeof(none)) == 0;
}

const char *addr_ip_text(const struct addr *a, char out[ADDR_TEXT])
{
	if (!a->family || !inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->ip,
				     out, ADDR_TEXT))
		snprintf(out, ADDR_TEXT, "?");
	return out;
}

const char *addr_host_text(const struct addr *a, char out[ADDR_TEXT])
{
	char ip[ADDR_TEXT];

	addr_ip_text(a, ip);
	snprintf(out, ADDR_TEXT, a->family == 6 ? "[%.50s]" : "%.50s", ip);
	return out;
}

const char *addr_text(const struct addr *a, char out[ADDR_TEXT])
{
	char host[ADDR_TEXT];

	addr_host_text(a, host);
	snprintf(out, ADDR_TEXT, "%.48s:%u", host, a->port);
	return out;
}

socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->family == 6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	in->sin_family = AF_INET;
	in->sin_port = htons(a->port);
	memcpy(&in->sin_addr, a->ip, 4);
	return sizeof(*in);
}

bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *out)
{
	addr_init(out);
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		out->family = 4;
		out->port = ntohs(in->sin_port);
		memcpy(out->ip, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		out->family = 6;
		out->port = ntohs(in6->sin6_port);
		memcpy(out->ip, &in6->sin6_addr, 16);
	}
	return out->family != 0;
}
