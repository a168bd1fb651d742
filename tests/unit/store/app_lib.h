/* Applications and the places they are at: a kiosk, a desk, the centre. */
#ifndef TG_STORE_TESTS_APP_LIB_H
#define TG_STORE_TESTS_APP_LIB_H

#include "lib.h"

#define CHIP ",\"serial\":\"S1\",\"step\":\"generate\""

/* Two kiosks, of which K2 is a desk, and the centre. */
struct world {
	struct tg_store *a, *b, *c;
};

void app_add(struct tg_store *s, enum tg_record_kind kind, const char *number, const char *more);
void app_submit(struct tg_store *s, const char *number, const char *more);
void app_assert_state(struct tg_store *s, const char *number, const char *state);
int app_code(struct tg_store *s, const char *number);
void app_role(struct tg_store *c, const char *kiosk, const char *name);
enum tg_status app_claim(struct tg_store *c, const char *number, const char *kiosk, const char *staff, int64_t now);
struct world world_open(void);
void world_turn(struct world *w);
void world_close(struct world *w);

#endif
