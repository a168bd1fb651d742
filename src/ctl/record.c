#include "ctl.h"

#include "tamga/store.h"
#include "tamga/text.h"

static void print_clean(const char *name, const char *value)
{
	char clean[160];
	tg_text_clean(clean, sizeof(clean), value, strlen(value), 60);
	printf("  %-16s %s\n", name, *clean ? clean : "-");
}

static void print_time(const char *name, int64_t ms)
{
	char text[TG_TIME_TEXT] = "-";
	if (ms != 0)
		tg_time_utc(ms, text);
	printf("  %-16s %s\n", name, text);
}

static void print_row(const struct tg_app_row *r)
{
	printf("record in replica: kiosk %s seq %llu..%llu state %s\n", r->kiosk, (unsigned long long)r->first_seq,
	        (unsigned long long)r->last_seq, tg_app_state_name(r->state));
	print_clean("number", r->number);
	print_clean("provider", r->provider);
	print_clean("service", r->service);
	print_clean("form", r->form);
	print_clean("carrier", r->carrier_serial);
	print_time("accepted", r->accepted_ms);
	print_time("finished", r->finished_ms);
	print_time("sent", r->sent_ms);
	print_time("registered", r->registered_ms);
	printf("  %-16s %lld\n", "personal bodies", (long long)r->held);
}

/* Numbers of other systems are kept as they came, ours are found however they were typed. */
static enum tg_status find(struct tg_store *s, const char *typed, struct tg_app_row *row, struct tg_error *err)
{
	char number[TG_NUMBER_MAX];
	if (tg_number_check(typed, number) == TG_OK) {
		enum tg_status st = tg_store_app_find(s, number, row, err);
		if (st != TG_NOT_FOUND)
			return st;
	}
	return tg_store_app_find(s, typed, row, err);
}

enum ctl_exit ctl_record_show(const struct ctl_args *args)
{
	const char *words[CTL_WORDS_MAX];
	struct tg_store *s = NULL;
	struct tg_app_row row;
	struct tg_error err = {0};
	if (!ctl_parse(args, NULL, words, 2))
		return CTL_TROUBLE;
	enum tg_status st = tg_store_open_readonly(&s, words[0], &err);
	if (st == TG_OK)
		st = find(s, words[1], &row, &err);
	tg_store_close(s);
	if (st == TG_NOT_FOUND) {
		puts("no record with this number");
		return CTL_NO;
	}
	if (st != TG_OK)
		return ctl_fail(st, &err);
	print_row(&row);
	return row.state == TG_APP_DELIVERED ? CTL_YES : CTL_NO;
}
