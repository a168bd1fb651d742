/* YAML files: what libcyaml alone would take or tell without its place; and small files as a whole. What the tree
 * refuses is shown by the broken screens of tests/unit/screen. */
#include "tamga/file.h"
#include "tamga/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct thing {
	char name[9];
	uint8_t small;
	int8_t signed_small;
	bool open;
	uint32_t marks;
	char **colours;
	unsigned n_colours;
};

static const cyaml_strval_t marks[] = {{"round", 1}, {"square", 2}};
static const cyaml_schema_value_t colour = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, 20)};
static const cyaml_schema_field_t fields[] = {
        CYAML_FIELD_STRING("name", CYAML_FLAG_DEFAULT, struct thing, name, 1),
        CYAML_FIELD_UINT("small", CYAML_FLAG_OPTIONAL, struct thing, small),
        CYAML_FIELD_INT("signed", CYAML_FLAG_OPTIONAL, struct thing, signed_small),
        CYAML_FIELD_BOOL("open", CYAML_FLAG_OPTIONAL, struct thing, open),
        CYAML_FIELD_FLAGS("marks", CYAML_FLAG_OPTIONAL, struct thing, marks, marks, CYAML_ARRAY_LEN(marks)),
        CYAML_FIELD_SEQUENCE_COUNT(
                "colours", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct thing, colours, n_colours, &colour, 0, 4),
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct thing, fields)};

static enum tg_status no_red(const struct tg_yaml *y, const void *data)
{
	const struct thing *t = data;
	for (unsigned i = 0; i < t->n_colours; i++)
		if (strcmp(t->colours[i], "red") == 0)
			return tg_yaml_bad(y, "red is not sold", "colours/%u", i);
	return strcmp(t->name, "nothing") == 0 ? tg_yaml_bad(y, "a colour is needed", "colours/0") : TG_OK;
}

static const struct tg_yaml_form form = {&schema, TG_CONFIG, no_red};

static char dir[] = "/tmp/tamga-yaml-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/thing.yaml", dir);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static enum tg_status load(const char *text, struct thing **out, struct tg_error *err)
{
	void *data;
	assert_int_equal(tg_file_write(path, text, strlen(text), 0600, NULL), TG_OK);
	enum tg_status status = tg_yaml_load(&data, &form, path, err);
	assert_true((data != NULL) == (status == TG_OK));
	*out = data;
	return status;
}

static void refused(const char *text, int line, int column, const char *says)
{
	struct thing *t;
	struct tg_error err = {0};
	enum tg_status status = load(text, &t, &err);
	if (status != TG_CONFIG || err.status != TG_CONFIG || err.line != line || err.column != column ||
	        strcmp(err.file, path) != 0 || !strstr(err.detail, says))
		fail_msg("%s\n%s at %d:%d: %s", text, tg_status_name(status), err.line, err.column, err.detail);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	refused("name: a\nsmall: 256\n", 2, 8, "whole number: '256'");
	refused("name: a\nsmall: -1\n", 2, 8, "whole number");
	refused("name: a\nsmall: 010\n", 2, 8, "whole number");
	refused("name: a\nsmall: 99999999999999999999\n", 2, 8, "whole number");
	refused("name: a\nsigned: 128\n", 2, 9, "whole number");
	refused("name: a\nsigned: -129\n", 2, 9, "whole number");
	refused("name: a\nsigned: 1.5\n", 2, 9, "whole number");
	refused("name: a\nopen: yes\n", 2, 7, "true or false");
	refused("name: a\nmarks: [round, oval]\n", 2, 16, "unknown word: 'oval'");
	refused("name: a\nmarks: round\n", 2, 8, "a list: 'marks'");
	refused("name: a\nmarks: [[round]]\n", 2, 9, "one word");
	refused("name: a\ncolours:\n  - blue\n  - blue\n", 4, 5, "twice: 'blue'");
	refused("name: a\ncolours: [a, b, c, d, e]\n", 2, 23, "too many");
	refused("name: a\nsize: 1\n", 2, 1, "unknown key: 'size'");
	refused("small: 1\n", 1, 1, "a key is missing: 'name'");
	refused("name: a\ncolours: [blue,\nsmall: 3\n", 2, 10, "not valid YAML");
	refused("", 1, 1, "empty");
	refused("# nothing\n", 1, 1, "empty");
}

static void what_only_the_values_show_has_its_place_too(void **state)
{
	(void)state;
	refused("name: a\ncolours:\n  - blue\n  - red\n", 4, 5, "red is not sold");
	refused("\nname: nothing\ncolours: []\n", 3, 10, "a colour is needed");
	refused("\nname: nothing\n", 2, 1, "a colour is needed");
}

/* A PIN may stand in a file of the training set. */
static void a_text_is_not_repeated_in_an_error(void **state)
{
	(void)state;
	static const char *const wrong[] = {"name: \"9876543210\"\n", "name: 98765 \\ \n  x\n", "name: [98765]\n"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct thing *t;
		struct tg_error err = {0};
		assert_int_equal(load(wrong[i], &t, &err), TG_CONFIG);
		assert_int_equal(err.line, 1);
		assert_null(strstr(err.detail, "98765"));
	}
}

static void a_sound_file_fills_the_struct(void **state)
{
	(void)state;
	struct thing *t;
	struct tg_error err = {0};
	if (load("name: thing\nsmall: 255\nsigned: -128\nopen: true\nmarks: [square, round]\n"
	         "colours: [blue, green]\n",
	            &t, &err) != TG_OK)
		fail_msg("%d:%d: %s", err.line, err.column, err.detail);
	assert_string_equal(t->name, "thing");
	assert_int_equal(t->small, 255);
	assert_int_equal(t->signed_small, -128);
	assert_true(t->open);
	assert_int_equal(t->marks, 3);
	assert_int_equal(t->n_colours, 2);
	assert_string_equal(t->colours[1], "green");
	tg_yaml_free(&form, t);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
	(void)state;
	static char long_text[TG_YAML_BYTES_MAX + 2];
	struct tg_error err = {0};
	struct thing *t;
	void *data = &err;
	assert_int_equal(tg_yaml_load(&data, &form, "/nowhere.yaml", &err), TG_CONFIG);
	assert_null(data);
	assert_int_equal(err.status, TG_CONFIG);
	assert_int_equal(err.line, 0);
	assert_int_equal(tg_yaml_load(&data, &form, "/nowhere.yaml", NULL), TG_CONFIG);
	assert_int_equal(tg_yaml_load(&data, &form, dir, &err), TG_IO);
	memset(long_text, '#', sizeof long_text - 1);
	assert_int_equal(load(long_text, &t, &err), TG_CONFIG);
	assert_non_null(strstr(err.detail, "longer"));
}

static void an_error_reads_as_compilers_write_it(void **state)
{
	(void)state;
	char text[64];
	struct tg_error err;
	(void)tg_error_at(&err, TG_CONFIG, "a.yaml", 3, 7, "wrong");
	tg_error_text(&err, text, sizeof text);
	assert_string_equal(text, "a.yaml:3:7: wrong");
	(void)tg_error_at(&err, TG_CONFIG, "a.yaml", 0, 0, "wrong");
	tg_error_text(&err, text, sizeof text);
	assert_string_equal(text, "a.yaml: wrong");
	(void)tg_error_set(&err, TG_CONFIG, "wrong");
	tg_error_text(&err, text, 4);
	assert_string_equal(text, "wro");
}

static void a_file_is_written_for_its_owner_only(void **state)
{
	(void)state;
	struct stat st;
	struct tg_buf back = TG_BUF_INIT;
	struct tg_error err = {0};
	static const char bytes[] = "a\0b";
	assert_int_equal(tg_file_write(path, "an older and longer text", 24, 0600, &err), TG_OK);
	assert_int_equal(tg_file_write(path, bytes, 3, 0600, &err), TG_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(tg_file_read(&back, path, 3, &err), TG_OK);
	assert_int_equal(back.len, 3);
	assert_memory_equal(back.data, bytes, 3);
	assert_int_equal(tg_file_read(&back, path, 2, &err), TG_LIMIT);
	assert_int_equal(tg_file_read(&back, "/nowhere", 2, &err), TG_NOT_FOUND);
	assert_string_equal(err.file, "/nowhere");
	assert_int_equal(tg_file_write("/nowhere/file", bytes, 3, 0600, &err), TG_IO);
	tg_buf_finish(&back);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
	(void)state;
	struct tg_error err = {0};
	struct tg_buf back = TG_BUF_INIT;
	char beside[80];
	struct rlimit limit, tiny;
	snprintf(beside, sizeof beside, "%s.new", path);
	assert_int_equal(tg_file_write(path, "old", 3, 0600, &err), TG_OK);
	/* Room for two bytes of three. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tiny = (struct rlimit){2, limit.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	enum tg_status status = tg_file_write(path, "new", 3, 0600, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(status, TG_IO);
	assert_int_equal(access(beside, F_OK), -1);
	/* And what lies beside the file and is a link is not written through. */
	assert_int_equal(symlink("thing.yaml", beside), 0);
	assert_int_equal(tg_file_write(path, "new", 3, 0600, &err), TG_IO);
	assert_int_equal(tg_file_read(&back, path, 3, &err), TG_OK);
	assert_string_equal(tg_buf_str(&back), "old");
	tg_buf_finish(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	        cmocka_unit_test(what_only_the_values_show_has_its_place_too),
	        cmocka_unit_test(a_text_is_not_repeated_in_an_error),
	        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
	        cmocka_unit_test(a_failed_write_leaves_the_old_file),
	        cmocka_unit_test(a_file_is_written_for_its_owner_only),
	        cmocka_unit_test(an_error_reads_as_compilers_write_it),
	        cmocka_unit_test(a_sound_file_fills_the_struct),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
