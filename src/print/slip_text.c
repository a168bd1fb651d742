#include "tamga/print.h"
#include "tamga/text.h"

/* A slip as lines of letters, for the screen and for paper rolls. */
struct lines {
	struct tg_buf *out;
	int columns;
};

static void put_line(const char *line, size_t bytes, void *ctx)
{
	struct lines *l = ctx;
	tg_buf_add(l->out, line, bytes);
	tg_buf_add_str(l->out, "\n");
}

static void put(struct lines *l, const char *text)
{
	tg_text_wrap(text, l->columns, put_line, l);
}

static void rule(struct lines *l, char c)
{
	for (int i = 0; i < l->columns; i++)
		tg_buf_add(l->out, &c, 1);
	tg_buf_add_str(l->out, "\n");
}

static void put_row(struct lines *l, const char *label, const char *value)
{
	char clean[1024], text[1400];
	tg_text_clean(clean, sizeof clean, value ? value : "", value ? strlen(value) : 0, 400);
	snprintf(text, sizeof text, "%s: %s", label, clean);
	put(l, text);
}

enum tg_status tg_slip_text(
        const struct tg_slip *s, const struct tg_i18n *i18n, enum tg_lang person, int columns, struct tg_buf *out)
{
	struct lines l = {.out = out, .columns = columns};
	TG_BUG_IF(columns < 24 || columns > 200 || !s->title);
	if (s->sandbox) {
		rule(&l, '*');
		put(&l, tg_text(i18n, person, "print.training"));
		rule(&l, '*');
	}
	put(&l, tg_text(i18n, person, s->title));
	rule(&l, '=');
	if (s->big)
		put(&l, s->big);
	if (s->number)
		put_row(&l, tg_text(i18n, person, "receipt.number"), s->number);
	for (unsigned i = 0; i < s->n_rows && i < TG_SLIP_ROWS; i++)
		put_row(&l, tg_text(i18n, person, s->rows[i].label),
		        s->rows[i].said && s->rows[i].value ? tg_text(i18n, person, s->rows[i].value)
		                                            : s->rows[i].value);
	if (s->worker)
		put_row(&l, tg_text(i18n, person, s->signer ? s->signer : "receipt.accepted-by"), s->worker);
	rule(&l, '-');
	for (unsigned i = 0; i < s->n_notes && i < TG_SLIP_NOTES; i++)
		put(&l, tg_text(i18n, person, s->notes[i]));
	return tg_buf_status(out);
}
