/* Erasure of personal data at the centre (C-8): by a written order, or what is due by screens/retention.yaml. */
#include "ctl.h"

#include "tamga/erase.h"
#include "tamga/retention.h"
#include "tamga/text.h"

#include <jansson.h>

#define SCREENS_DIR "/usr/share/tamga/screens"
#define AT_ONCE     1000

struct wish {
	const char *dir, *number, *person, *order, *screens, *clock_file;
	bool by_rule, dry, yes;
	struct tg_store *s;
};

/* --- Whose */

struct finding {
	const char *iin;
	json_t *numbers; /* in order, each once */
};

static enum tg_status see_submitted(const struct tg_entry *e, void *ctx)
{
	struct finding *f = ctx;
	if (!e->body || strcmp(e->kind, tg_record_kind_name(TG_RECORD_APPLICATION_SUBMITTED)) != 0)
		return TG_OK;
	json_t *body = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
	const char *iin = json_string_value(json_object_get(body, "iin"));
	const char *number = json_string_value(json_object_get(body, "number"));
	bool his = iin && number && strcmp(iin, f->iin) == 0;
	bool kept = !his || json_object_set_new(f->numbers, number, json_true()) == 0;
	json_decref(body);
	return kept ? TG_OK : TG_NO_MEMORY;
}

/* Only open applications have a fingerprint of their person: those that ended are found by what they say. */
static enum tg_status find_person(const struct wish *w, json_t *numbers, struct tg_error *err)
{
	struct finding f = {w->person, numbers};
	return tg_store_each(w->s, see_submitted, &f, err);
}

static enum tg_status find_number(const struct wish *w, json_t *numbers, struct tg_error *err)
{
	struct tg_app_row row;
	char number[TG_NUMBER_MAX];
	enum tg_status st = TG_NOT_FOUND;
	if (tg_number_check(w->number, number) == TG_OK)
		st = tg_store_app_find(w->s, number, &row, err);
	if (st == TG_NOT_FOUND)
		st = tg_store_app_find(w->s, w->number, &row, err);
	if (st == TG_OK && json_object_set_new(numbers, row.number, json_true()) != 0)
		st = TG_NO_MEMORY;
	return st == TG_NOT_FOUND ? TG_OK : st;
}

/* --- By order */

struct sum {
	uint64_t applications, bodies, refused;
};

static enum tg_status show(struct wish *w, const char *number, struct tg_error *err)
{
	struct tg_app_row row;
	char ended[TG_TIME_TEXT] = "open";
	TG_TRY(tg_store_app_find(w->s, number, &row, err));
	if (row.finished_ms != 0)
		tg_time_utc(row.finished_ms, ended);
	printf("%s  %s %s  %s  %s\n", row.number, row.provider, row.service, tg_app_state_name(row.state), ended);
	return TG_OK;
}

static enum tg_status erase_one(struct wish *w, const char *number, struct sum *sum, struct tg_error *err)
{
	uint64_t bodies = 0;
	TG_TRY(show(w, number, err));
	if (!w->yes)
		return TG_OK;
	enum tg_status st = tg_store_erase(w->s, number, w->order, ctl_now(w->clock_file), &bodies, err);
	if (st == TG_ERASE_OPEN) {
		printf("  not erased: %s\n", err->detail);
		sum->refused++;
		return TG_OK;
	}
	sum->applications += bodies > 0;
	sum->bodies += bodies;
	return st;
}

static enum ctl_exit wipe(struct wish *w, const struct sum *sum)
{
	struct tg_error err = {0};
	uint64_t left = 0;
	enum tg_status st = tg_store_erase_finish(w->s, &left, &err);
	printf("erased: %llu bodies of %llu applications", (unsigned long long)sum->bodies,
	        (unsigned long long)sum->applications);
	printf(sum->refused ? "; refused: %llu\n" : "\n", (unsigned long long)sum->refused);
	if (left > 0)
		printf("still in a file that is being read: %llu; the centre wipes them within minutes\n",
		        (unsigned long long)left);
	if (st != TG_OK)
		return ctl_fail(st, &err);
	return sum->refused ? CTL_NO : CTL_YES;
}

static enum ctl_exit erase_list(struct wish *w, json_t *numbers)
{
	struct tg_error err = {0};
	struct sum sum = {0};
	const char *number;
	json_t *value;
	enum tg_status st = TG_OK;
	json_object_foreach(numbers, number, value)
	{
		if (st == TG_OK)
			st = erase_one(w, number, &sum, &err);
	}
	if (st != TG_OK)
		return ctl_fail(st, &err);
	if (w->yes)
		return wipe(w, &sum);
	puts("Nothing was erased. What is erased cannot be brought back: say --yes to do it.");
	return CTL_NO;
}

static enum ctl_exit by_order(struct wish *w)
{
	struct tg_error err = {0};
	json_t *numbers = json_object();
	enum tg_status st = w->person ? find_person(w, numbers, &err) : find_number(w, numbers, &err);
	enum ctl_exit code = CTL_NO;
	if (st != TG_OK)
		code = ctl_fail(st, &err);
	else if (json_object_size(numbers) == 0)
		puts(w->person ? "no application of this person holds personal data" : "no record with this number");
	else
		code = erase_list(w, numbers);
	json_decref(numbers);
	return code;
}

/* --- By rule */

static enum ctl_exit sweep(struct wish *w, struct tg_retention *r)
{
	const struct tg_erase_rules rules = {tg_retention_centre_days, tg_retention_centre_min(r), r};
	struct tg_erase_sweep at = {0};
	struct tg_erase_count part;
	struct tg_error err = {0};
	struct sum sum = {0};
	struct tg_idle_rule idle = {.days = w->dry ? 0 : (int)r->idle_days};
	enum tg_status st = TG_OK;
	while (st == TG_OK && !idle.done)
		st = tg_store_abandon(w->s, &idle, ctl_now(w->clock_file), &err);
	if (idle.ended > 0)
		printf("ended as abandoned: %llu applications\n", (unsigned long long)idle.ended);
	while (st == TG_OK && !(at.applications_done && at.entries_done)) {
		st = tg_store_erase_due(w->s, &rules, ctl_now(w->clock_file), AT_ONCE, w->dry, &at, &part, &err);
		sum.applications += part.applications;
		sum.bodies += part.bodies;
	}
	if (st != TG_OK)
		return ctl_fail(st, &err);
	if (!w->dry)
		return wipe(w, &sum);
	printf("due: %llu bodies of %llu applications\n", (unsigned long long)sum.bodies,
	        (unsigned long long)sum.applications);
	return CTL_YES;
}

static enum ctl_exit by_rule(struct wish *w)
{
	struct tg_retention *r = NULL;
	struct tg_error err = {0};
	char path[600];
	(void)snprintf(path, sizeof(path), "%s/retention.yaml", w->screens);
	enum tg_status st = tg_retention_load(&r, path, tg_record_personal_kinds(), NULL, &err);
	enum ctl_exit code = st == TG_OK ? sweep(w, r) : ctl_fail(st, &err);
	tg_retention_destroy(r);
	return code;
}

/* --- */

static const char *wrong(const struct wish *w)
{
	if ((w->number != NULL) + (w->person != NULL) + w->by_rule != 1)
		return "one of --number, --person, --by-rule";
	if (w->by_rule)
		return w->order || w->yes ? "--order and --yes go with --number and --person" : NULL;
	if (w->dry)
		return "--dry-run goes with --by-rule; without --yes nothing is erased either";
	if (!w->order || !*w->order || strlen(w->order) > TG_ERASE_ORDER_MAX)
		return "--order TEXT: what orders it (number, date, from whom; no personal data), at most 200 bytes";
	if (w->person && tg_id_iin(w->person) != TG_ID_OK && tg_id_kg_pin(w->person) != TG_ID_OK &&
	        tg_id_kg_pin(w->person) != TG_ID_ODD)
		return "--person: an IIN of 12 digits or a PIN of 14";
	return NULL;
}

enum ctl_exit ctl_erase(const struct ctl_args *args)
{
	struct wish w = {.screens = SCREENS_DIR};
	const struct ctl_option options[] = {{"--data", &w.dir, NULL}, {"--number", &w.number, NULL},
	        {"--person", &w.person, NULL}, {"--order", &w.order, NULL}, {"--screens", &w.screens, NULL},
	        {"--clock-file", &w.clock_file, NULL}, {"--by-rule", NULL, &w.by_rule}, {"--dry-run", NULL, &w.dry},
	        {"--yes", NULL, &w.yes}, {NULL, NULL, NULL}};
	if (!ctl_parse(args, options, NULL, 0))
		return CTL_TROUBLE;
	const char *what = wrong(&w);
	if (what) {
		fprintf(stderr, "tamgactl: %s\n", what);
		return CTL_TROUBLE;
	}
	enum ctl_exit code = ctl_open_centre(w.dir, &w.s);
	if (code == CTL_YES)
		code = w.by_rule ? by_rule(&w) : by_order(&w);
	tg_store_close(w.s);
	return code;
}
