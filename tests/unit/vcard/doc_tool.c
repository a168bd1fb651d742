#include "doc_tool.h"
#include <fcntl.h>
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

char doc_folder[64];

int doc_group_setup(void **state)
{
	(void)state;
	tg_copy(doc_folder, sizeof doc_folder, "/tmp/tamga-csca-XXXXXX");
	return mkdtemp(doc_folder) && tg_vcard_csca_make(doc_folder, DOC_NOW, NULL) == TG_OK ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	(void)where;
	return remove(path);
}

int doc_group_teardown(void **state)
{
	(void)state;
	return nftw(doc_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct tg_vcard_persona doc_specimen(const char *number, const char *birth, const char *expiry, unsigned access)
{
	struct tg_vcard_persona p = hand_persona();
	p.document = (struct tg_vcard_document){
	        .present = true, .format = "TD1", .access = access, .state = "KAZ", .code = "I"};
	tg_copy(p.person.document, sizeof p.person.document, number);
	tg_copy(p.person.birth, sizeof p.person.birth, birth);
	tg_copy(p.person.expiry, sizeof p.person.expiry, expiry);
	tg_copy(p.person.nationality, sizeof p.person.nationality, "UTO");
	tg_copy(p.person.surname_latin, sizeof p.person.surname_latin, "ERIKSSON");
	tg_copy(p.person.given_latin, sizeof p.person.given_latin, "ANNA MARIA");
	tg_copy(p.person.sex, sizeof p.person.sex, "F");
	return p;
}

void doc_take(struct hand *h, const struct tg_vcard_persona *p)
{
	struct tg_error err = {0};
	hand_take_persona(h, p);
	if (tg_vcard_issue(h->card, doc_folder, DOC_NOW, &err) != TG_OK)
		fail_msg("%s", err.detail);
}

const char *doc_file(const char *name, const void *bytes, size_t n)
{
	static char paths[4][128];
	static unsigned at;
	char *path = paths[at++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", doc_folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	return path;
}

static pid_t start(const char *program, char **argv, int out)
{
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execvp(program, argv);
		_exit(127);
	}
	assert_true(pid > 0);
	close(out);
	return pid;
}

int doc_run(char *out, size_t cap, const char *program, ...)
{
	char *argv[24];
	size_t n = 0, have = 0;
	int pipes[2], status;
	ssize_t got;
	va_list ap;
	va_start(ap, program);
	argv[n] = strdup(program);
	while (argv[n] && n + 1 < sizeof argv / sizeof *argv) {
		const char *word = va_arg(ap, const char *);
		argv[++n] = word ? strdup(word) : NULL;
	}
	va_end(ap);
	assert_null(argv[n]);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t pid = start(program, argv, pipes[1]);
	while (have + 1 < cap && (got = read(pipes[0], out + have, cap - 1 - have)) > 0)
		have += (size_t)got;
	out[have] = '\0';
	close(pipes[0]);
	while (n-- > 0)
		free(argv[n]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
