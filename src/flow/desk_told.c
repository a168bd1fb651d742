/* Below the desk's queue: what the centre tells the staff, never an applicant (C-5). */
#include "cabinet.h"
#include "desk.h"

static void paint_software(struct tg_paint *p, const struct tg_desk_software *s)
{
	bool late = p->s->now_wall_ms >= s->until_ms;
	TG_PAINT(p, TG_ITEM_NOTICE, late ? "desk.software-late" : "desk.software", "version", s->version, "text",
	        s->text[p->s->lang], "date", tg_paint_date(p, s->until_ms - 1));
}

void tg_desk_paint_told(struct tg_paint *p)
{
	const struct tg_desk_told *t = &p->s->desk.queue.told;
	for (unsigned i = 0; i < t->n_software; i++)
		paint_software(p, &t->software[i]);
	for (unsigned i = 0; i < t->n_registers; i++)
		TG_PAINT(p, TG_ITEM_TEXT, "desk.register-fresh", "source", t->registers[i].source, "time",
		        tg_paint_time_at(p, p->s->provider, t->registers[i].time_ms), "count",
		        tg_paint_number(p, t->registers[i].records));
}
