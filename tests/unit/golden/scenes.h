/* The screens of the kiosk, each reached by events: every stage, every question over it, and what can stand on them. */
#ifndef TAMGA_TESTS_SCENES_H
#define TAMGA_TESTS_SCENES_H

#include "../flow/flow_fixture.h"

struct scene {
	const char *name; /* of its file */
	void (*make)(struct flow *f);
};

extern const struct scene golden_choice_scenes[], golden_form_scenes[], golden_papers_scenes[], golden_card_scenes[],
        golden_end_scenes[], golden_overlay_scenes[], golden_cabinet_scenes[], golden_document_scenes[],
        golden_desk_scenes[], golden_ways_scenes[], golden_medium_scenes[], golden_advice_scenes[],
        golden_money_scenes[], golden_second_scenes[]; /* each ends with a NULL name */

/* A reader event with the given service. */
void scene_reader(struct flow *f, enum tg_status service, bool card, bool mute);

#endif
