/* What is public of the CA: its CRLs, kept in ca.db so that a start serves them at once, made anew when something was
 * revoked, by this program or by another, and when their time comes (ca.h). */
#ifndef CENTRE_PUBLISH_H
#define CENTRE_PUBLISH_H

#include "works.h"

#include "tamga/ca.h"
#include "tamga/registry.h"

struct tg_audit;
struct tg_centre_paths;

struct tg_publisher {
	pthread_mutex_t lock; /* lists, registry */
	struct tg_registry *registry;
	struct tg_ca *ca;
	struct tg_audit *audit;
	struct tg_clock clock;
	struct tg_ca_published lists[TG_CA_LISTS];
	enum tg_status told[TG_CA_LISTS]; /* why each could not be made anew */
	struct tg_works works;
};
enum tg_status tg_publisher_start(struct tg_publisher *p, struct tg_ca *ca, struct tg_audit *audit,
        const struct tg_centre_paths *paths, struct tg_clock clock, struct tg_error *err) TG_MUST_USE;
void tg_publisher_stop(struct tg_publisher *p);
void tg_publisher_wake(struct tg_publisher *p); /* from any thread; takes NULL, and one that was not started */

/* A file that anybody may have: "/crl/issuing.crl" … */
struct tg_public_file {
	struct tg_buf bytes;
	const char *type;
	int64_t since_ms, until_ms; /* Last-Modified; end of what it says (0: none) */
};
/* As it is now: after a change that was made before the call. `file` is the caller's. TG_NOT_FOUND; TG_CLOCK_WRONG and
 * others: what was published before is given, where there is something. */
enum tg_status tg_publisher_get(struct tg_publisher *p, const char *path, struct tg_public_file *file) TG_MUST_USE;

#endif
