#include "der.h"

#define TAG_INTEGER    0x02
#define TAG_BITS       0x03
#define TAG_OCTETS     0x04
#define TAG_OID        0x06
#define TAG_ENUMERATED 0x0a
#define TAG_UTF8       0x0c
#define TAG_SEQUENCE   0x30
#define TAG_CONTEXT(n) (uint8_t)(0xa0 | (n))

bool tg_der_next(struct tg_bytes *in, struct tg_der *out)
{
	if (in->len < 2 || (in->data[0] & 0x1f) == 0x1f)
		return false;
	size_t head = 2, len = in->data[1];
	if (len >= 0x80) {
		size_t n = len & 0x7f;
		if (n == 0 || n > 3 || in->len < 2 + n)
			return false;
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | in->data[2 + i];
		head += n;
	}
	if (in->len - head < len)
		return false;
	*out = (struct tg_der){in->data[0], {in->data + head, len}, {in->data, head + len}};
	*in = (struct tg_bytes){in->data + head + len, in->len - head - len};
	return true;
}

bool tg_der_take_tag(struct tg_bytes *in, uint8_t tag, struct tg_der *out)
{
	return in->len > 0 && in->data[0] == tag && tg_der_next(in, out);
}

void tg_der_put(struct tg_buf *out, uint8_t tag, struct tg_bytes content)
{
	uint8_t head[6] = {tag};
	size_t n = 2, octets = 0;
	if (content.len > 0xffffff)
		out->failed = true; /* what the reader above would not take */
	if (content.len < 0x80) {
		head[1] = (uint8_t)content.len;
	} else {
		for (size_t v = content.len; v > 0 && octets < 4; v >>= 8)
			octets++;
		head[1] = (uint8_t)(0x80 | octets);
		for (size_t i = octets; i > 0; i--)
			head[n++] = (uint8_t)(content.len >> 8 * (i - 1));
	}
	tg_buf_add(out, head, n);
	tg_buf_add(out, content.data, content.len);
}

int tg_der_small_int(const struct tg_der *e)
{
	if ((e->tag != TAG_INTEGER && e->tag != TAG_ENUMERATED) || e->content.len == 0 || e->content.len > 3 ||
	        (e->content.data[0] & 0x80) != 0)
		return -1;
	int v = 0;
	for (size_t i = 0; i < e->content.len; i++)
		v = v << 8 | e->content.data[i];
	return v;
}

/* 1.3.6.1.5.5.7.5.2.1, id-regInfo-utf8Pairs (RFC 4211 B.1) */
static const uint8_t pairs_oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x05, 0x02, 0x01};

/* InfoTypeAndValue and AttributeTypeAndValue alike: the pairs in a list of them. */
static bool find_pairs(struct tg_bytes list, struct tg_bytes *pairs)
{
	struct tg_der info, oid, text;
	while (tg_der_take_tag(&list, TAG_SEQUENCE, &info)) {
		struct tg_bytes parts = info.content;
		if (tg_der_take_tag(&parts, TAG_OID, &oid) && oid.content.len == sizeof pairs_oid &&
		        memcmp(oid.content.data, pairs_oid, sizeof pairs_oid) == 0 &&
		        tg_der_take_tag(&parts, TAG_UTF8, &text)) {
			*pairs = text.content;
			return true;
		}
	}
	return false;
}

/* 1.2.840.113533.7.66.13, PasswordBasedMac */
static const uint8_t pbm_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf6, 0x7d, 0x07, 0x42, 0x0d};

static bool peek_header(struct tg_bytes in, struct tg_cmp_peek *out)
{
	struct tg_der pvno, sender, recipient, e, alg, oid;
	if (!tg_der_take_tag(&in, TAG_INTEGER, &pvno) || !tg_der_next(&in, &sender) || !tg_der_next(&in, &recipient))
		return false;
	if (sender.tag == TAG_CONTEXT(4))
		out->sender = sender.content;
	while (tg_der_next(&in, &e)) {
		struct tg_bytes inner = e.content;
		if (e.tag == TAG_CONTEXT(1) && tg_der_take_tag(&inner, TAG_SEQUENCE, &alg)) {
			struct tg_bytes parts = alg.content;
			out->protection_alg = alg.whole;
			out->protection_pbm = tg_der_take_tag(&parts, TAG_OID, &oid) &&
			                      oid.content.len == sizeof pbm_oid &&
			                      memcmp(oid.content.data, pbm_oid, sizeof pbm_oid) == 0;
		} else if (e.tag == TAG_CONTEXT(2) && tg_der_take_tag(&inner, TAG_OCTETS, &alg)) {
			out->sender_kid = alg.content;
		} else if (e.tag == TAG_CONTEXT(8) && tg_der_take_tag(&inner, TAG_SEQUENCE, &alg)) {
			(void)find_pairs(alg.content, &out->reg_info);
		}
	}
	return in.len == 0;
}

bool tg_cmp_peek(struct tg_bytes message, struct tg_cmp_peek *out)
{
	struct tg_der all, header, body;
	memset(out, 0, sizeof *out);
	if (!tg_der_take_tag(&message, TAG_SEQUENCE, &all) || message.len != 0)
		return false;
	struct tg_bytes in = all.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &header) || !tg_der_next(&in, &body) || (body.tag & 0xe0) != 0xa0)
		return false;
	out->body = body.whole;
	out->body_tag = body.tag & 0x1f;
	if (tg_der_take_tag(&in, TAG_CONTEXT(0), &all)) {
		struct tg_bytes inner = all.content;
		if (tg_der_take_tag(&inner, TAG_BITS, &body) && body.content.len > 0 && body.content.data[0] == 0)
			out->protection = (struct tg_bytes){body.content.data + 1, body.content.len - 1};
	}
	if (tg_der_take_tag(&in, TAG_CONTEXT(1), &all)) {
		struct tg_bytes inner = all.content;
		if (tg_der_take_tag(&inner, TAG_SEQUENCE, &body))
			out->extra = body.content;
	}
	return peek_header(header.content, out);
}

static int reason_of(struct tg_bytes extensions)
{
	static const uint8_t reason_oid[] = {0x55, 0x1d, 0x15};
	struct tg_der e, oid, skip, octets, value;
	while (tg_der_take_tag(&extensions, TAG_SEQUENCE, &e)) {
		struct tg_bytes in = e.content;
		if (!tg_der_take_tag(&in, TAG_OID, &oid) || oid.content.len != sizeof reason_oid ||
		        memcmp(oid.content.data, reason_oid, sizeof reason_oid) != 0)
			continue;
		(void)tg_der_take_tag(&in, 0x01, &skip); /* critical */
		if (!tg_der_take_tag(&in, TAG_OCTETS, &octets))
			return -2;
		struct tg_bytes inner = octets.content;
		int v = tg_der_take_tag(&inner, TAG_ENUMERATED, &value) ? tg_der_small_int(&value) : -1;
		return v < 0 ? -2 : v;
	}
	return -1;
}

int tg_cmp_peek_reason(const struct tg_cmp_peek *m)
{
	struct tg_der body, list, details, certificate, extensions;
	struct tg_bytes in = m->body;
	if (m->body_tag != 11 || !tg_der_next(&in, &body))
		return -2;
	in = body.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &list))
		return -2;
	in = list.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &details))
		return -2;
	in = details.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &certificate))
		return -2;
	return tg_der_take_tag(&in, TAG_SEQUENCE, &extensions) ? reason_of(extensions.content) : -1;
}

bool tg_template_spki(struct tg_bytes template_der, struct tg_buf *spki)
{
	struct tg_der all, e;
	if (!tg_der_take_tag(&template_der, TAG_SEQUENCE, &all))
		return false;
	struct tg_bytes in = all.content;
	while (tg_der_next(&in, &e)) {
		if (e.tag != TAG_CONTEXT(6))
			continue;
		/* IMPLICIT: the tag stands in the place of SEQUENCE's, all else is the same. */
		tg_buf_add_u8(spki, TAG_SEQUENCE);
		tg_buf_add(spki, e.whole.data + 1, e.whole.len - 1);
		return !spki->failed;
	}
	return false;
}

int tg_pkisi_status(struct tg_bytes si_der)
{
	struct tg_der all, status;
	if (!tg_der_take_tag(&si_der, TAG_SEQUENCE, &all))
		return -1;
	struct tg_bytes in = all.content;
	return tg_der_take_tag(&in, TAG_INTEGER, &status) ? tg_der_small_int(&status) : -1;
}

/* --- regInfo. OpenSSL's own OSSL_CRMF_MSG_get0_regInfo_utf8Pairs (3.0.22) looks among the controls of the request,
 * where regInfo does not stand, and finds nothing. */
bool tg_crmf_reg_info(struct tg_bytes message, struct tg_bytes *pairs)
{
	struct tg_der all, request, e;
	if (!tg_der_take_tag(&message, TAG_SEQUENCE, &all))
		return false;
	struct tg_bytes in = all.content;
	if (!tg_der_take_tag(&in, TAG_SEQUENCE, &request))
		return false;
	while (tg_der_next(&in, &e)) {
		if (e.tag == TAG_SEQUENCE && find_pairs(e.content, pairs))
			return true;
	}
	return false;
}

static size_t until(struct tg_bytes in, char end)
{
	const uint8_t *p = in.len == 0 ? NULL : memchr(in.data, end, in.len);
	return p == NULL ? in.len : (size_t)(p - in.data);
}

/* The end of a value: a '%' that does not begin %XX. */
static size_t value_end(struct tg_bytes in)
{
	uint8_t byte;
	size_t n = 0;
	while (n < in.len) {
		if (in.data[n] != '%') {
			n++;
			continue;
		}
		char hex[3] = {0};
		if (in.len - n >= 3)
			memcpy(hex, in.data + n + 1, 2);
		if (hex[0] == '\0' || tg_unhex(hex, &byte, 1) != 1)
			return n;
		n += 3;
	}
	return n;
}

static bool undo_escapes(struct tg_bytes in, char *out, size_t cap)
{
	size_t o = 0;
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.data[i];
		if (c == '%' && in.len - i >= 3) {
			char hex[3] = {(char)in.data[i + 1], (char)in.data[i + 2], '\0'};
			if (tg_unhex(hex, &c, 1) != 1)
				return false;
			i += 2;
		}
		if (c == '\0' || o + 1 >= cap)
			return false;
		out[o++] = (char)c;
	}
	out[o] = '\0';
	return o > 0;
}

bool tg_reg_info_get(struct tg_bytes pairs, const char *name, char *out, size_t cap)
{
	size_t name_len = strlen(name);
	while (pairs.len > 0) {
		size_t n = until(pairs, '?');
		if (n == pairs.len)
			return false;
		bool ours = n == name_len && memcmp(pairs.data, name, n) == 0;
		pairs = (struct tg_bytes){pairs.data + n + 1, pairs.len - n - 1};
		size_t v = value_end(pairs);
		if (ours)
			return undo_escapes((struct tg_bytes){pairs.data, v}, out, cap);
		size_t skip = v < pairs.len ? v + 1 : v;
		pairs = (struct tg_bytes){pairs.data + skip, pairs.len - skip};
	}
	return false;
}
