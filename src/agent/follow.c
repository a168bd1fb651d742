/* The centre says that another one keeps this stream (C-7): its address takes the place of the one in the identity
 * directory, and the agent begins again from there. The channel CA is the same, so that an address that is none of ours
 * leads nowhere. */
#include "agent.h"
#include "tamga/log.h"

#include <signal.h>
#include <unistd.h>

/* Two centres that each name the other: once in a while is enough. */
#define AGAIN_MS 30000

/* An address that a technician wrote into agent.yaml is his. */
static bool is_ours_to_change(const struct tg_agent_config *c)
{
	char *line = c->identity ? tg_identity_line(c->identity, TG_ID_CENTRE) : NULL;
	bool same = line && strcmp(line, c->centre->url) == 0;
	free(line);
	return same;
}

bool tg_agent_follow(struct tg_agent *a, struct tg_store *s, const char *url)
{
	char line[300];
	struct tg_error err = {0};
	int64_t now = a->clock.mono_ms(a->clock.ctx);
	if (url[0] == '\0' || !is_ours_to_change(a->config) || (a->begun_elsewhere && now - a->begun_ms < AGAIN_MS))
		return false;
	/* First the feed, which is another one there: read again here, it is only the same. */
	if (tg_store_feed_again(s, &err) != TG_OK) {
		tg_log_error(&err, "the feed of another centre");
		return false;
	}
	(void)snprintf(line, sizeof(line), "%s\n", url);
	if (tg_identity_write(a->config->identity, TG_ID_CENTRE, line, &err) != TG_OK) {
		tg_log_error(&err, "the centre's new address");
		return false;
	}
	tg_log_info("another centre keeps this kiosk: %s", url);
	atomic_store(&a->elsewhere, true);
	/* As if somebody stopped us: main.c begins again. */
	return kill(getpid(), SIGUSR1) == 0;
}
