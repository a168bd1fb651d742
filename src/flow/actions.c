/* Keys and what they do: one list (view.h). */
#include "tamga/view.h"

#define KEY(name, key, id) key,
static const char *const keys[] = {TG_ACTIONS(KEY)};
#undef KEY
#define LABEL(name, key, id) id,
static const char *const labels[] = {TG_ACTIONS(LABEL)};
#undef LABEL

const char *tg_action_key(enum tg_action action)
{
	return (unsigned)action < TG_ACTION_COUNT ? keys[action] : "";
}

const char *tg_action_label(enum tg_action action)
{
	return (unsigned)action < TG_ACTION_COUNT ? labels[action] : "";
}
