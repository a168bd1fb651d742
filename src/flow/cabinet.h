/* Private to flow: what the stages of the cabinet share (DOS-9, DOS-10). */
#ifndef TAMGA_FLOW_CABINET_H
#define TAMGA_FLOW_CABINET_H

#include "parts.h"

extern const struct tg_stage_ops tg_stage_devices, tg_stage_company, tg_stage_enter, tg_stage_home,
        tg_stage_certificates, tg_stage_certificate, tg_stage_applications, tg_stage_try, tg_stage_leave;

/* The token of the cabinet, or of the way into it, has left: ends the session. True when it did. */
bool tg_cabinet_lost(struct tg_turn *t);
/* Between the right PIN and the way out: the session ends with LEAVE. */
bool tg_cabinet_inside(const struct tg_flow_state *s);
/* A worker is busy for the screen that is shown: the idle clock stands still. */
bool tg_cabinet_busy(const struct tg_flow_state *s);
/* PIN characters are wanted on ENTER. */
bool tg_enter_asks(const struct tg_flow_state *s);
/* Where RESULT, WAITING and FAILURE lead: back into the cabinet, or to wiping. */
void tg_cabinet_or_wiping(struct tg_turn *t);
/* Where a new application's first screen leads back to; false: not begun in the cabinet. */
bool tg_cabinet_back(struct tg_turn *t);
void tg_cabinet_leave(struct tg_turn *t, enum tg_leaving why);

/* The certificate that is entered with; NULL when there is none. */
const struct tg_held_certificate *tg_cabinet_certificate(const struct tg_flow_state *s);
/* The one that a renewal is for; NULL when there is none. */
const struct tg_held_certificate *tg_cabinet_old(const struct tg_flow_state *s);
/* Full days that are left; negative when it has ended. */
int64_t tg_days_left(const struct tg_flow_state *s, const struct tg_held_certificate *c);
#define TG_RENEWAL_DAYS 60 /* before the end: earlier the CA refuses (ca.h, renew_days) */
/* The provider's services that renew a certificate, those that have a form. */
unsigned tg_renewals(const struct tg_flow_state *s, const struct tg_service **out, unsigned max);
bool tg_can_renew(const struct tg_flow_state *s, const struct tg_held_certificate *c);
void tg_renew_begin(struct tg_turn *t, const struct tg_service *service, const struct tg_held_certificate *c);

/* The notice of a near end, and the order from it (DOS-3; notice.c). Certificates have places: those on the token, then
 * those in E-Cloud. */
unsigned tg_held_count(const struct tg_flow_state *s);
const struct tg_held_certificate *tg_held(const struct tg_flow_state *s, unsigned at); /* NULL when there is none */
#define TG_NOTICES_MAX 4
/* Places of the certificates of the company that was entered with whose end is near, that have no next one yet, and
 * that can be renewed (on the token) or ordered anew (in E-Cloud) from here; `out` holds TG_NOTICES_MAX. */
unsigned tg_offers(const struct tg_flow_state *s, bool cloud, unsigned *out);
bool tg_can_order(const struct tg_flow_state *s, const struct tg_held_certificate *c);
void tg_order_begin(struct tg_turn *t, const struct tg_held_certificate *c);
/* What there is in E-Cloud is asked of the centre, where the provider's data name an order; and taken over. */
void tg_ask_cloud(struct tg_turn *t);
void tg_take_cloud(struct tg_turn *t);
void tg_paint_notices(struct tg_paint *p);
void tg_paint_cloud_unknown(struct tg_paint *p);
void tg_paint_order_terms(struct tg_paint *p);

/* Asks for the certificates of the wanted reader, and takes the answer over: TG_OK, or what is wrong with the token. */
void tg_ask_certificates(struct tg_turn *t);
enum tg_status tg_take_certificates(struct tg_turn *t);

/* Painting. */
void tg_paint_tries(struct tg_paint *p); /* of the PIN: stage_pin.c */
/* The same where a device failed: `notice` said so, or the card in the reader is no good. */
void tg_paint_contact_on(struct tg_paint *p, enum tg_status notice);
void tg_paint_contact(struct tg_paint *p);                                     /* DOS-12 */
void tg_paint_counts(struct tg_paint *p, const struct tg_held_certificate *c); /* DOS-8 */
int tg_tries_today(const struct tg_held_certificate *c);
void tg_paint_counts_age(struct tg_paint *p, const struct tg_held_certificate *c);
const char *tg_organisation_of(const struct tg_held_certificate *c);
const char *tg_certificate_who(struct tg_paint *p, const struct tg_held_certificate *c);
const char *tg_certificate_lasts(struct tg_paint *p, const struct tg_held_certificate *c);
const char *tg_certificate_line(struct tg_paint *p, const struct tg_held_certificate *c);
const char *tg_paint_settle(struct tg_paint *p, size_t mark, const char *last);
const char *tg_paint_date(struct tg_paint *p, int64_t wall_ms);

#endif
