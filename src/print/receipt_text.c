#include "content.h"

#include "tamga/text.h"

/* The receipt as lines of letters, for the screen and for paper rolls. */
struct lines {
	struct tg_buf *out;
	int columns, indent;
};

static void put_line(const char *line, size_t bytes, void *ctx)
{
	struct lines *l = ctx;
	tg_buf_addf(l->out, "%*s", l->indent, "");
	tg_buf_add(l->out, line, bytes);
	tg_buf_add_str(l->out, "\n");
}

static void put(struct lines *l, int indent, const char *text)
{
	l->indent = indent;
	tg_text_wrap(text, l->columns - indent, put_line, l);
}

static void rule(struct lines *l, char c)
{
	for (int i = 0; i < l->columns; i++)
		tg_buf_add(l->out, &c, 1);
	tg_buf_add_str(l->out, "\n");
}

static void put_banner(void *ctx, const char *text)
{
	struct lines *l = ctx;
	rule(l, '*');
	put(l, 0, text);
	rule(l, '*');
}

static void put_title(void *ctx, const char *text)
{
	struct lines *l = ctx;
	char upper[512];
	put(l, 0, tg_text_to_upper(upper, sizeof upper, text) ? upper : text);
	rule(l, '=');
}

static void put_heading(void *ctx, const char *text)
{
	struct lines *l = ctx;
	tg_buf_add_str(l->out, "\n");
	put(l, 0, text);
	rule(l, '-');
}

/* "1. Label: value" on one line when it fits, else the value below. */
static void put_row(void *ctx, const char *number, const char *label, const char *value)
{
	struct lines *l = ctx;
	char text[1200];
	const char *n = number ? number : "", *gap = number ? " " : "";
	int indent = number && !*number ? 2 : 0;
	gap = indent ? "" : gap;
	snprintf(text, sizeof text, "%s%s%s%s%s", n, gap, label, value ? ": " : "", value ? value : "");
	if (!value || tg_text_columns(text) + indent <= l->columns) {
		put(l, indent, text);
		return;
	}
	snprintf(text, sizeof text, "%s%s%s:", n, gap, label);
	put(l, indent, text);
	put(l, indent + 2, value);
}

static void put_number(void *ctx, const char *label, const char *number, const char *how)
{
	put_row(ctx, NULL, label, number);
	put(ctx, 0, how);
	rule(ctx, '-');
}

static void tell(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang lang, struct lines *l)
{
	const struct tg_receipt_sink sink = {put_banner, put_title, put_number, put_heading, put_row, l};
	tg_receipt_tell(r, i18n, lang, &sink);
}

enum tg_status tg_receipt_text(const struct tg_receipt *r, const struct tg_i18n *i18n, enum tg_lang first,
        enum tg_lang office, int columns, struct tg_buf *out)
{
	struct lines l = {.out = out, .columns = columns};
	TG_BUG_IF(columns < 24 || columns > 200 || !r->number);
	tell(r, i18n, first, &l);
	if (office != first) {
		tg_buf_add_str(out, "\n");
		rule(&l, '=');
		tell(r, i18n, office, &l);
	}
	return tg_buf_status(out);
}
