#include "secinfo.h"
#include "chip.h"
#include "ber.h"

#define TAG_SEQUENCE 0x30
#define TAG_OID      0x06
#define TAG_INTEGER  0x02

bool tg_security_infos(struct tg_bytes set, struct tg_reader *r)
{
	struct tg_bytes list;
	if (!tg_ber_whole(set, TG_TAG_SET, &list))
		return false;
	tg_reader_init(r, list.data, list.len);
	return true;
}

bool tg_security_of_dg14(struct tg_bytes dg14, struct tg_reader *r)
{
	struct tg_bytes set;
	return tg_ber_whole(dg14, TG_TAG_DG14, &set) && tg_security_infos(set, r);
}

bool tg_security_info_next(struct tg_reader *r, struct tg_security_info *out)
{
	struct tg_ber info, oid;
	while (tg_ber_next(r, &info)) {
		struct tg_reader inner;
		tg_reader_init(&inner, info.value.data, info.value.len);
		if (info.tag != TAG_SEQUENCE || !tg_ber_next(&inner, &oid) || oid.tag != TAG_OID)
			continue;
		out->oid = oid.value;
		out->rest = (struct tg_bytes){inner.p, (size_t)(inner.end - inner.p)};
		return true;
	}
	return false;
}

bool tg_security_protocol(struct tg_bytes oid, uint8_t family, uint8_t *a, uint8_t *b)
{
	static const uint8_t bsi[] = {0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02};
	if (oid.len < sizeof bsi + 2 || oid.len > sizeof bsi + 3 || memcmp(oid.data, bsi, sizeof bsi) != 0 ||
	        oid.data[sizeof bsi] != family)
		return false;
	*a = oid.data[sizeof bsi + 1];
	*b = oid.len == sizeof bsi + 3 ? oid.data[sizeof bsi + 2] : 0;
	return true;
}

bool tg_security_cipher(uint8_t b, enum tg_cipher *cipher)
{
	if (b < 1 || b > 4)
		return false;
	*cipher = (enum tg_cipher)(b - 1);
	return true;
}

bool tg_security_integer(struct tg_bytes rest, unsigned n, unsigned *value)
{
	struct tg_reader r;
	struct tg_ber t;
	tg_reader_init(&r, rest.data, rest.len);
	while (tg_ber_next(&r, &t)) {
		if (t.tag != TAG_INTEGER || n-- > 0)
			continue;
		if (t.value.len == 0 || t.value.len > 2 || t.value.data[0] & 0x80)
			return false;
		*value = t.value.len == 1 ? t.value.data[0] : (unsigned)(t.value.data[0] << 8 | t.value.data[1]);
		return true;
	}
	return false;
}
