/* One file of the catalogue, from bytes to checked structs: the first byte says which kind of file it is, the rest is
 * the file. Whatever the bytes are, the outcome is a struct or one error with file, line and column. */
#include "catalog.h"
#include "form_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct tg_rule rules[] = {{.name = "iin"}, {.name = NULL}};

static enum tg_status check_more(const struct loaded *l, const struct check *c)
{
	if (l->kind == FILE_FORM)
		return form_check(c, l->y.root, l->data, rules);
	if (l->kind == FILE_PROVIDER)
		return provider_check(c, l->y.root, &((const struct raw_provider *)l->data)->p);
	return TG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_arena scratch = {0};
	struct uses uses = {.arena = &scratch};
	struct tg_error err = {0};
	if (n == 0)
		return 0;
	struct loaded l = {.kind = (enum file_kind)(data[0] % (FILE_OTHER + 1))};
	struct screen_file f = {.path = "fuzz.yaml", .bytes = data + 1, .len = n - 1};
	struct check c = {&l.y, &uses};
	enum tg_status status = loaded_read(&l, &f, &scratch, &uses, &err);
	if (status == TG_OK && l.data)
		status = check_more(&l, &c);
	/* an error without a place, or one that libcyaml found and our own walk did not, is a defect of ours */
	if (status != TG_OK &&
	        (err.status != status || !err.line || !err.column || strncmp(err.detail, "libcyaml: ", 10) == 0))
		abort();
	loaded_finish(&l);
	tg_arena_finish(&scratch);
	return 0;
}
