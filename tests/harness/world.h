/* What a walk does beside keys: cards, network, processes, clock. Each returns TG_OK or fills `err`. */
#ifndef TAMGA_WALK_WORLD_H
#define TAMGA_WALK_WORLD_H

#include "tamga/status.h"
#include <stdint.h>
#include <sys/types.h>

/* One command line to the virtual card's control socket; "ok …" is wanted as answer. */
enum tg_status tg_world_control(const char *socket, const char *command, struct tg_error *err) TG_MUST_USE;
/* Runs `command` by the shell with `argument` as $1; its exit status 0 is wanted. */
enum tg_status tg_world_hook(const char *command, const char *argument, struct tg_error *err) TG_MUST_USE;
/* The network is down while the file is there. */
enum tg_status tg_world_net(const char *switch_file, int down, struct tg_error *err) TG_MUST_USE;
/* Adds to the decimal offset (milliseconds) in the file, which may be missing. */
enum tg_status tg_world_clock(const char *file, int64_t ms, struct tg_error *err) TG_MUST_USE;
/* SIGKILL to the process whose number stands in DIR/NAME.pid; returns when it is gone. */
enum tg_status tg_world_kill_named(const char *dir, const char *name, struct tg_error *err) TG_MUST_USE;
/* SIGKILL to every descendant of `ancestor` whose command is `name`; TG_NOT_FOUND when there is none. */
enum tg_status tg_world_kill_descendant(pid_t ancestor, const char *name, struct tg_error *err) TG_MUST_USE;

#endif
