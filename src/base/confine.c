#include "tamga/confine.h"
#include "tamga/secret.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool tg_confine_begin(int fd)
{
	/* Before all else: a parent that is gone already will send no signal, but its end of the socket is closed. */
	struct pollfd parent = {.fd = fd, .events = POLLIN};
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || poll(&parent, 1, 0) < 0 || parent.revents & (POLLHUP | POLLNVAL))
		return false;
	if (tg_secret_harden_process() != TG_OK || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	return close_range((unsigned)fd + 1, ~0u, 0) == 0;
}

bool tg_confine_limit(int what, uint64_t value)
{
	struct rlimit r;
	rlim_t bound = (rlim_t)value;
	if (getrlimit((__rlimit_resource_t)what, &r))
		return false;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < bound)
		bound = r.rlim_max;
	r.rlim_cur = r.rlim_max = bound;
	return setrlimit((__rlimit_resource_t)what, &r) == 0;
}
