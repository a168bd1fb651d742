#include "tamga/sm.h"
#include "tamga/buf.h"

bool tg_sm_allows(const struct tg_sm *sm, int from, int to)
{
	if (from < 0 || to < 0 || from >= sm->n || to >= sm->n)
		return false;
	return (sm->rows[from].next & TG_SM_TO(to)) != 0;
}

const char *tg_sm_name(const struct tg_sm *sm, int state)
{
	return state >= 0 && state < sm->n ? sm->rows[state].name : "?";
}

void tg_sm_draw(const struct tg_sm *sm, struct tg_buf *out)
{
	tg_buf_addf(out, "digraph \"%s\" {\n", sm->name);
	for (int from = 0; from < sm->n; from++) {
		tg_buf_addf(out, "\t\"%s\"%s;\n", sm->rows[from].name, sm->rows[from].final ? " [peripheries=2]" : "");
		for (int to = 0; to < sm->n; to++)
			if (tg_sm_allows(sm, from, to))
				tg_buf_addf(out, "\t\"%s\" -> \"%s\";\n", sm->rows[from].name, sm->rows[to].name);
	}
	tg_buf_add_str(out, "}\n");
}
