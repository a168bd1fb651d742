/* Program centre: what is known of a certificate in E-Cloud whose holder orders the next one (DOS-3). */
#ifndef CENTRE_CLOUD_H
#define CENTRE_CLOUD_H

#include "centre.h"

struct tg_provider;
struct tg_cloud_old {
	struct tg_certificate_facts facts;
	bool cloud, good; /* its key is in the centre's token; it was not taken back */
};
/* By its serial number as people write it, and the tax number that stands in it. TG_NOT_FOUND: both do not fit. */
enum tg_status tg_cloud_old(struct tg_registry *registry, const char *serial, const char *account,
        struct tg_cloud_old *out, struct tg_error *err) TG_MUST_USE;
/* Whether an order made at `at_ms` may take over from it; TG_ORDER_OFFICE names why not. */
enum tg_status tg_cloud_may_order(
        const struct tg_cloud_old *old, const struct tg_provider *p, int64_t at_ms, struct tg_error *err) TG_MUST_USE;
/* Jobs of the works; ctx is the court. */
enum tg_status tg_cloud_charge(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_cloud_issue(struct tg_store *s, int64_t now_ms, void *court, struct tg_error *err) TG_MUST_USE;

#endif
