/* DOS-4: what an old certificate says beside what is answered now. Names and numbers as on the form of the provider. */
#include "screen_fixture.h"
#include "tamga/screen.h"

static const struct tg_field fields[] = {
        {.id = "organisation", .kind = TG_FIELD_TEXT, .certificate = "organisation", .role = "organisation"},
        {.id = "tax", .kind = TG_FIELD_DIGITS, .certificate = "organisation-number", .role = "organisation"},
        {.id = "place", .kind = TG_FIELD_TEXT}, {.id = "surname", .kind = TG_FIELD_NAME, .role = "subject"},
        {.id = "given", .kind = TG_FIELD_NAME, .role = "subject"},
        {.id = "patronymic", .kind = TG_FIELD_NAME, .role = "subject"},
        {.id = "title", .kind = TG_FIELD_TEXT, .certificate = "title", .role = "subject"},
        {.id = "pin", .kind = TG_FIELD_DIGITS, .certificate = "personal-number", .role = "subject"},
        {.id = "head", .kind = TG_FIELD_NAME, .role = "head", .when = "accountant"},
        {.id = "until", .kind = TG_FIELD_TEXT, .certificate = "until"}};
static const struct tg_form form = {.id = "f", .fields = fields, .n_fields = sizeof fields / sizeof fields[0]};

static const struct tg_old_facts old = {.common_name = "ТӨЛӨГӨНОВ НУРЛАНБЕК ЭРКИНОВИЧ",
        .organisation = "«Ош Жибек Жолу» ЖЧК",
        .organisation_number = "01203201810274",
        .title = "директор",
        .personal_number = "21204197900147"};

static const char *values[sizeof fields / sizeof fields[0]];

static const char *get(const char *id, const void *ctx)
{
	(void)ctx;
	for (unsigned i = 0; i < form.n_fields; i++)
		if (strcmp(fields[i].id, id) == 0)
			return values[i];
	return NULL;
}

static void begin(void)
{
	static const char *const same[] = {"«Ош Жибек Жолу» ЖЧК", "01203201810274", "Бишкек", "Төлөгөнов", "Нурланбек",
	        "Эркинович", "Директор", "21204197900147", "Асанова", "01.01.2030"};
	for (unsigned i = 0; i < form.n_fields; i++)
		values[i] = same[i];
}

static const char *changed(const struct tg_old_facts *facts, const char **was)
{
	const struct tg_answers_now now = {get, NULL, ""};
	const struct tg_field *f = tg_form_changed(&form, &now, facts, was);
	return f ? f->id : "";
}

static void set(const char *id, const char *value)
{
	for (unsigned i = 0; i < form.n_fields; i++)
		if (strcmp(fields[i].id, id) == 0)
			values[i] = value;
}

static void dos4_each_fact_that_differs_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *field, *value, *was;
	} rows[] = {{"organisation", "«Ош Жибек» ЖЧК", "«Ош Жибек Жолу» ЖЧК"},
	        {"tax", "01203201810275", "01203201810274"}, {"title", "башкы эсепчи", "директор"},
	        {"pin", "21204197900148", "21204197900147"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *was = NULL;
		begin();
		set(rows[i].field, rows[i].value);
		assert_string_equal(changed(&old, &was), rows[i].field);
		assert_string_equal(was, rows[i].was);
	}
}

static void dos4_the_names_of_the_holder_count_together(void **state)
{
	(void)state;
	const char *was = NULL;
	begin();
	set("surname", "Асанов");
	assert_string_equal(changed(&old, &was), "surname");
	assert_string_equal(was, "ТӨЛӨГӨНОВ НУРЛАНБЕК ЭРКИНОВИЧ");
	begin();
	set("patronymic", ""); /* it stands in the certificate */
	assert_string_equal(changed(&old, &was), "surname");
	begin();
	set("given", "Нурланбек Эркинович"); /* the same words in other boxes */
	set("patronymic", "");
	assert_string_equal(changed(&old, &was), "");
}

static void dos4_what_is_the_same_is_no_change(void **state)
{
	(void)state;
	const char *was = NULL;
	begin();
	assert_string_equal(changed(&old, &was), "");
	set("organisation", "  «ош жибек  жолу» жчк ");
	assert_string_equal(changed(&old, &was), "");
	set("organisation", ""); /* not answered */
	assert_string_equal(changed(&old, &was), "");
	begin();
	set("place", "Ош");        /* no certificate has it */
	set("head", "Башка Киши"); /* not asked, and not the holder */
	assert_string_equal(changed(&old, &was), "");
	const struct tg_old_facts silent = {.common_name = "", .organisation = ""};
	set("organisation", "Башка уюм");
	assert_string_equal(changed(&silent, &was), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dos4_each_fact_that_differs_is_named),
	        cmocka_unit_test(dos4_the_names_of_the_holder_count_together),
	        cmocka_unit_test(dos4_what_is_the_same_is_no_change)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
