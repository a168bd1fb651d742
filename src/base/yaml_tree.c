/* From libyaml's events to the tree. */
#include "tamga/text.h"
#include "tamga/yaml.h"

#include <string.h>
#include <yaml.h>

struct walk {
	yaml_parser_t parser;
	struct tg_arena *arena;
	const struct tg_yaml *y;
	struct tg_yaml_node *stack[TG_YAML_DEPTH_MAX], *root;
	unsigned depth, count;
	struct tg_yaml_node pending; /* key of a map whose value comes next */
	yaml_mark_t bracket;         /* the outermost that is open, when `in_brackets` is not 0 */
	unsigned in_brackets;        /* depth of what it opened */
	bool done;
};

static enum tg_status bad(const struct walk *w, yaml_mark_t at, const char *what)
{
	return tg_error_at(w->y->err, w->y->mistake, w->y->file, (int)at.line + 1, (int)at.column + 1, "%s", what);
}

static enum tg_status no_memory(const struct walk *w)
{
	return tg_error_set(w->y->err, TG_NO_MEMORY, "no memory for %s", w->y->file);
}

static bool wants_key(const struct walk *w)
{
	return w->depth > 0 && w->stack[w->depth - 1]->kind == TG_YAML_MAP && !w->pending.key;
}

static enum tg_status take_key(struct walk *w, const yaml_event_t *e)
{
	const char *key = (const char *)e->data.scalar.value;
	if (e->data.scalar.length == 0 || e->data.scalar.length > 60)
		return bad(w, e->start_mark, "a key is empty or too long");
	if (tg_yaml_key(w->stack[w->depth - 1], key)) {
		char shown[128];
		tg_text_clean(shown, sizeof(shown), key, strlen(key), 40);
		return tg_error_at(w->y->err, w->y->mistake, w->y->file, (int)e->start_mark.line + 1,
		        (int)e->start_mark.column + 1, "the key '%s' stands here a second time", shown);
	}
	w->pending.key = tg_arena_text(w->arena, key, e->data.scalar.length);
	w->pending.key_line = (int)e->start_mark.line + 1;
	w->pending.key_column = (int)e->start_mark.column + 1;
	return w->pending.key ? TG_OK : no_memory(w);
}

static void hang_in(struct walk *w, struct tg_yaml_node *n)
{
	if (w->depth == 0) {
		w->root = n;
		return;
	}
	struct tg_yaml_node *up = w->stack[w->depth - 1];
	if (up->last)
		up->last->next = n;
	else
		up->first = n;
	up->last = n;
	up->n++;
}

static enum tg_status add_node(struct walk *w, enum tg_yaml_kind kind, const yaml_event_t *e, struct tg_yaml_node **out)
{
	if (++w->count > TG_YAML_NODES_MAX)
		return bad(w, e->start_mark, "the file holds too many entries");
	struct tg_yaml_node *n = tg_arena_get(w->arena, sizeof(*n));
	if (!n)
		return no_memory(w);
	*n = w->pending;
	w->pending = (struct tg_yaml_node){0};
	n->kind = kind;
	n->line = (int)e->start_mark.line + 1;
	n->column = (int)e->start_mark.column + 1;
	hang_in(w, n);
	*out = n;
	return TG_OK;
}

static yaml_mark_t missing_end(const struct walk *w, const yaml_event_t *e)
{
	return w->in_brackets && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? w->bracket : e->start_mark;
}

static enum tg_status take_scalar(struct walk *w, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	if (e->data.scalar.anchor || e->data.scalar.tag)
		return bad(w, e->start_mark, "anchors (&) and tags (!) are not used in these files");
	/* An unclosed quotation mark or bracket swallows lines; said here, it is told at the mark and not at the end of
	 * the file. */
	if (e->start_mark.line != e->end_mark.line)
		return bad(w, missing_end(w, e), "a value stands on one line; is a quotation mark or bracket missing?");
	if (len > TG_YAML_TEXT_MAX)
		return bad(w, e->start_mark, "the value is longer than 2000 bytes");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return bad(w, e->start_mark, "the value holds a control character or a line break");
	if (wants_key(w))
		return take_key(w, e);
	struct tg_yaml_node *n = NULL;
	TG_TRY(add_node(w, TG_YAML_SCALAR, e, &n));
	TG_BUG_IF(!n);
	n->text = tg_arena_text(w->arena, text, len);
	return n->text ? TG_OK : no_memory(w);
}

static bool in_brackets(const yaml_event_t *e)
{
	return e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
	                                            : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
}

static enum tg_status open_group(struct walk *w, enum tg_yaml_kind kind, const yaml_event_t *e, bool marked)
{
	if (marked)
		return bad(w, e->start_mark, "anchors (&) and tags (!) are not used in these files");
	if (wants_key(w))
		return bad(w, e->start_mark, "a key must be a plain word");
	if (w->depth == TG_YAML_DEPTH_MAX)
		return bad(w, e->start_mark, "nested too deep");
	struct tg_yaml_node *n = NULL;
	TG_TRY(add_node(w, kind, e, &n));
	w->stack[w->depth++] = n;
	if (!w->in_brackets && in_brackets(e)) {
		w->in_brackets = w->depth;
		w->bracket = e->start_mark;
	}
	return TG_OK;
}

static enum tg_status close_group(struct walk *w)
{
	if (w->in_brackets == w->depth)
		w->in_brackets = 0;
	w->depth--;
	return TG_OK;
}

static enum tg_status take_event(struct walk *w, const yaml_event_t *e)
{
	switch ((int)e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return w->root ? bad(w, e->start_mark, "a second document begins here; one file holds one") : TG_OK;
	case YAML_ALIAS_EVENT:
		return bad(w, e->start_mark, "aliases (*) are not used in these files");
	case YAML_SCALAR_EVENT:
		return take_scalar(w, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_group(w, TG_YAML_LIST, e, e->data.sequence_start.anchor || e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return open_group(w, TG_YAML_MAP, e, e->data.mapping_start.anchor || e->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_group(w);
	case YAML_STREAM_END_EVENT:
		w->done = true;
		return TG_OK;
	default:
		return TG_OK;
	}
}

/* libyaml names the place where it noticed the mistake. A text, bracket or key without an end is noticed lines later;
 * the person who mends it wants to know where it began. */
static enum tg_status syntax_error(const struct walk *w)
{
	const yaml_parser_t *p = &w->parser;
	const char *what = p->problem ? p->problem : "not YAML";
	bool endless = p->context &&
	               (strstr(what, "end of stream") || strstr(what, "expected ':'") || strstr(p->context, "flow"));
	yaml_mark_t at = endless ? p->context_mark : p->problem_mark;
	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(w);
	return tg_error_at(
	        w->y->err, w->y->mistake, w->y->file, (int)at.line + 1, (int)at.column + 1, "not valid YAML: %s", what);
}

static enum tg_status walk_events(struct walk *w)
{
	enum tg_status status = TG_OK;
	while (status == TG_OK && !w->done) {
		yaml_event_t e;
		if (!yaml_parser_parse(&w->parser, &e))
			return syntax_error(w);
		status = take_event(w, &e);
		yaml_event_delete(&e);
	}
	return status;
}

/* libyaml would take UTF-16 too, and gives no place for a byte that is no text; so this is looked at first. */
static enum tg_status check_text(const struct tg_yaml *y)
{
	const char *p = (const char *)y->text.data, *end = p + y->text.len;
	int line = 1, column = 1;
	while (p < end) {
		const char *at = p;
		uint32_t cp = tg_utf8_next(&p, end);
		bool invalid = (cp == 0xfffd && p - at == 1) || (cp < 0x20 && cp != '\n' && cp != '\r') || cp == 0x7f;
		if (invalid)
			return tg_error_at(y->err, y->mistake, y->file, line, column,
			        "a byte here is not UTF-8 text, or a tab or control character");
		column = cp == '\n' ? 1 : column + 1;
		line += cp == '\n';
	}
	return TG_OK;
}

enum tg_status tg_yaml_parse(struct tg_yaml *y, struct tg_arena *a)
{
	struct walk w = {.arena = a, .y = y};
	y->root = NULL;
	if (y->text.len > TG_YAML_BYTES_MAX)
		return tg_error_at(y->err, y->mistake, y->file, 1, 1, "the file is larger than 128 KiB");
	if (y->text.len == 0)
		return tg_error_at(y->err, y->mistake, y->file, 1, 1, "the file is empty");
	TG_TRY(check_text(y));
	if (!yaml_parser_initialize(&w.parser))
		return no_memory(&w);
	yaml_parser_set_encoding(&w.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&w.parser, y->text.data, y->text.len);
	enum tg_status status = walk_events(&w);
	yaml_parser_delete(&w.parser);
	if (status == TG_OK && !w.root)
		status = tg_error_at(y->err, y->mistake, y->file, 1, 1, "the file is empty");
	y->root = w.root;
	return status;
}

const struct tg_yaml_node *tg_yaml_key(const struct tg_yaml_node *map, const char *key)
{
	const struct tg_yaml_node *n = map && map->kind == TG_YAML_MAP ? map->first : NULL;
	while (n && strcmp(n->key, key) != 0)
		n = n->next;
	return n;
}

const struct tg_yaml_node *tg_yaml_item(const struct tg_yaml_node *list, unsigned i)
{
	const struct tg_yaml_node *n = list && list->kind == TG_YAML_LIST ? list->first : NULL;
	while (n && i--)
		n = n->next;
	return n;
}
