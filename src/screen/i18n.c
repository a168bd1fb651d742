/* Four mapped catalogues. A missing message is a defect that tests find; the screen then shows its id, not nothing. */
#include "tamga/i18n.h"

#include "mo.h"
#include "tamga/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MO_BYTES_MAX (4 * 1024 * 1024)
#define MISSING_MAX  64
#define MISSING_LEN  80

struct missing {
	pthread_mutex_t lock;
	unsigned n;
	char list[MISSING_MAX][MISSING_LEN]; /* "<id>" */
};

struct tg_i18n {
	struct mo mo[TG_LANG_COUNT];
	struct missing *missing; /* behind a pointer: filled by tg_text, which promises not to change the catalogue */
};

/* Takes over `fd`. */
static enum tg_status map_opened(struct mo *m, int fd, const char *path, struct tg_error *err)
{
	struct stat st;
	void *data = MAP_FAILED;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > MO_BYTES_MAX) {
		close(fd);
		return tg_error_at(err, TG_TRANSLATION_MISSING, path, 0, 0, "not a file of a sensible size");
	}
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return tg_error_at(err, TG_TRANSLATION_MISSING, path, 0, 0, "mapping: %s", strerror(errno));
	const char *wrong = mo_open(m, data, (size_t)st.st_size);
	if (wrong)
		return tg_error_at(err, TG_TRANSLATION_MISSING, path, 0, 0, "%s", wrong);
	return TG_OK;
}

static enum tg_status map_file(struct mo *m, const char *dir, enum tg_lang lang, struct tg_error *err)
{
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/%s.mo", dir, tg_lang_code(lang));
	if (n < 0 || (size_t)n >= sizeof(path))
		return tg_error_set(err, TG_TRANSLATION_MISSING, "the path of the translations is too long");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return tg_error_at(err, TG_TRANSLATION_MISSING, path, 0, 0, "%s", strerror(errno));
	return map_opened(m, fd, path, err);
}

enum tg_status tg_i18n_load(struct tg_i18n **out, const char *dir, struct tg_error *err)
{
	*out = NULL;
	struct tg_i18n *i = calloc(1, sizeof(*i));
	struct missing *missing = calloc(1, sizeof(*missing));
	if (!i || !missing || pthread_mutex_init(&missing->lock, NULL) != 0) {
		free(i);
		free(missing);
		return tg_error_set(err, TG_NO_MEMORY, "no memory for the translations");
	}
	i->missing = missing;
	enum tg_status status = TG_OK;
	for (int l = 0; l < TG_LANG_COUNT && status == TG_OK; l++)
		status = map_file(&i->mo[l], dir, (enum tg_lang)l, err);
	if (status == TG_OK)
		*out = i;
	else
		tg_i18n_destroy(i);
	return status;
}

void tg_i18n_destroy(struct tg_i18n *i)
{
	if (!i)
		return;
	for (int l = 0; l < TG_LANG_COUNT; l++)
		if (i->mo[l].data)
			munmap((void *)(uintptr_t)i->mo[l].data, i->mo[l].len);
	pthread_mutex_destroy(&i->missing->lock);
	free(i->missing);
	free(i);
}

static const char *find(const struct tg_i18n *i, enum tg_lang lang, const char *id)
{
	if ((unsigned)lang >= TG_LANG_COUNT || !id || !*id)
		return NULL;
	const char *s = mo_find(&i->mo[lang], id);
	return s && *s ? s : NULL;
}

static const char *missing_text(struct missing *m, const char *id)
{
	char shown[MISSING_LEN];
	snprintf(shown, sizeof(shown), "<%.70s>", id);
	pthread_mutex_lock(&m->lock);
	unsigned at = 0;
	while (at < m->n && strcmp(m->list[at], shown) != 0)
		at++;
	if (at == m->n && m->n < MISSING_MAX)
		tg_copy(m->list[m->n++], MISSING_LEN, shown);
	const char *s = at < MISSING_MAX ? m->list[at] : "<?>";
	pthread_mutex_unlock(&m->lock);
	return s;
}

const char *tg_text(const struct tg_i18n *i, enum tg_lang lang, const char *id)
{
	const char *s = find(i, lang, id);
	return s ? s : missing_text(i->missing, id ? id : "");
}

bool tg_text_has(const struct tg_i18n *i, enum tg_lang lang, const char *id)
{
	return find(i, lang, id) != NULL;
}
