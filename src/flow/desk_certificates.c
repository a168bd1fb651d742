/* The certificates that an application at the desk is about: locks that are to be reset (DOS-8), the old one of a
 * reissue, which is revoked as soon as the clerk has seen who asks and before the papers are judged (UBR-2). */
#include "desk.h"

/* ---- locks ---- */

bool tg_desk_unlocks(const struct tg_desk_application *a)
{
	return a->kind && tg_kind_is(a->service, a->kind, "unlock");
}

/* Somebody else's certificate, or nobody's: nothing could be reset. */
bool tg_desk_locks_fit(const struct tg_desk_application *a)
{
	if (!tg_desk_unlocks(a) || a->locks_known != TG_OK)
		return true;
	for (unsigned i = 0; i < a->n_locks; i++)
		if (a->locks[i].code != TG_OK)
			return false;
	return a->n_locks > 0;
}

static const char *lock_text(struct tg_paint *p, const struct tg_desk_lock *l)
{
	const char *id = l->code == TG_NOT_FOUND  ? "desk.lock-nobodys"
	                 : l->code != TG_OK       ? "desk.lock-others"
	                 : l->revoked             ? "desk.lock-revoked"
	                 : l->lock == TG_LOCK_ALL ? "desk.lock-all"
	                 : l->lock == TG_LOCK_DAY ? "desk.lock-day"
	                                          : "desk.lock-open";
	return TG_FILL(p, id, "serial", l->serial, "today", tg_paint_number(p, l->today), "all",
	        tg_paint_number(p, l->in_all));
}

void tg_desk_paint_locks(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	if (!tg_desk_unlocks(a))
		return;
	if (a->locks_known != TG_OK)
		tg_paint_notice(p, "desk.locks-unknown");
	for (unsigned i = 0; i < a->n_locks; i++)
		tg_paint_line(
		        p, a->locks[i].code == TG_OK ? TG_ITEM_NOTICE : TG_ITEM_ERROR, lock_text(p, &a->locks[i]));
	tg_paint_text(p, "desk.lock-token");
}

/* ---- the old certificate of a reissue ---- */

bool tg_desk_has_identity(const struct tg_desk *d)
{
	return d->app.reissue && d->app.revoked_ms == 0;
}

static bool shows_identity(const struct tg_desk *d, const struct tg_document *doc)
{
	return doc->identity && tg_when_holds(doc->identity, d->app.conditions);
}

bool tg_desk_identity_seen(const struct tg_desk *d)
{
	for (unsigned i = 0; i < tg_desk_n_documents(d); i++) {
		unsigned document = (unsigned)tg_desk_document_of(d, i);
		if (shows_identity(d, &d->app.kind->documents[document]) && tg_desk_good(d, document))
			return true;
	}
	return false;
}

void tg_desk_identify(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	if (!d->app.identified && !tg_desk_identity_seen(d)) {
		d->incomplete = true;
		return;
	}
	(void)tg_copy(d->move, sizeof d->move, "identified");
	tg_desk_ask(t, TG_FX_DESK_MOVE, TG_DESK_IDENTIFYING);
}

/* TG_EV_DESK: it is recorded; the centre may not have revoked yet. */
void tg_desk_identified(struct tg_turn *t)
{
	struct tg_desk *d = &t->s->desk;
	const struct tg_desk_application *a = t->ev->desk ? &t->ev->desk->application : NULL;
	d->work = TG_DESK_IDLE;
	d->told = t->ev->status;
	if (!a)
		return;
	d->app.identified = a->identified;
	d->app.revoked_ms = a->revoked_ms;
	d->app.revoked = a->revoked;
	d->app.n_revoked = a->n_revoked;
}

void tg_desk_paint_old(struct tg_paint *p)
{
	const struct tg_desk_application *a = &p->s->desk.app;
	if (!a->reissue)
		return;
	if (a->revoked_ms == 0)
		tg_paint_notice(p, a->identified ? "desk.old-going" : "desk.old-waits");
	else if (a->n_revoked > 0)
		TG_PAINT(p, TG_ITEM_NOTICE, "desk.old-revoked", "time", tg_paint_time_at(p, a->provider, a->revoked_ms),
		        "count", tg_paint_number(p, a->n_revoked));
	if (a->revoked_ms == 0 || a->revoked == TG_OK)
		return;
	char code[8];
	tg_status_code(a->revoked, code);
	TG_PAINT(p, TG_ITEM_ERROR, "desk.old-failed", "code", code);
}

void tg_desk_paint_identity(struct tg_paint *p)
{
	const struct tg_desk *d = &p->s->desk;
	if (!tg_desk_has_identity(d))
		return;
	bool focused = p->slot == p->focus;
	tg_paint_button(p, TG_ITEM_ID_YES, d->app.identified ? "desk.old-look" : "desk.identify");
	if (d->incomplete && focused)
		tg_paint_error(p, "desk.identity-first");
}
