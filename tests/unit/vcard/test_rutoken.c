/* The virtual Rutoken by its APDUs: files and who may do what with them, PINs. What the files hold was written by
 * OpenSC 0.23's pkcs15-init (K-5, K-6, P-6). */
#include "card_tool.h"

#define SELECT_MF  "00A40000023F0000"
#define SELECT_APP "00A40800025000"
#define USER_OK    "00200002083132333435363738" /* 12345678 */
#define USER_WRONG "00200002083132333435363739"
#define SO_OK      "00200001083837363534333231" /* 87654321 */
#define SO_WRONG   "00200001083837363534333232"
#define ERASE      "808A0000"
#define END_SETUP  "80844E19"
#define LOG_OUT    "80400000"

static struct tg_vcard_persona persona(void)
{
	return (struct tg_vcard_persona){.kind = TG_VCARD_RUTOKEN,
	        .name = "test",
	        .serial = "3ba0c117",
	        .label = "Rutoken Spike",
	        .initialised = true,
	        .user_pin = "12345678",
	        .so_pin = "87654321"};
}

static void take(struct hand *h)
{
	struct tg_vcard_persona p = persona();
	hand_take_persona(h, &p);
	tg_vcard_reset(h->card);
}

static void take_blank(struct hand *h)
{
	struct tg_vcard_persona p = {.kind = TG_VCARD_RUTOKEN, .name = "blank", .serial = "1"};
	hand_take_persona(h, &p);
	tg_vcard_reset(h->card);
}

static void assert_data(const struct hand *h, const char *hex)
{
	char got[1024];
	assert_true(hand_data_len(h) * 2 < sizeof got);
	tg_hex(h->answer.data, hand_data_len(h), got);
	assert_string_equal(got, hex);
}

/* CREATE FILE as OpenSC sends it; `properties` "" or the data object 85 in hex. */
static uint16_t create(
        struct hand *h, const char *fid, unsigned size, const char *type, const char *properties, const char *access)
{
	char body[256], hex[300];
	snprintf(body, sizeof body, "8002%04X8202%s8302%s%s%s860F%s", size, type, fid, properties[0] ? "8506" : "",
	        properties, access);
	snprintf(hex, sizeof hex, "00E00000%02X6F%02X%s", (unsigned)strlen(body) / 2 + 2, (unsigned)strlen(body) / 2,
	        body);
	return hand_send(h, hex);
}

#define FOLDER_USER "43020200000000FF00000000000000"

static int status_after(struct hand *h, const char *login, const char *select, const char *command)
{
	tg_vcard_reset(h->card);
	if (login)
		assert_sw(h, login, 0x9000);
	assert_sw(h, select, 0x9000);
	return hand_send(h, command);
}

static void unknown_applications_are_not_found(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, "00A4040008A0000000620001", 0x6700); /* a length that lies */
	assert_sw(&h, "00A4040006A00000000101", 0x6a82);
	assert_sw(&h, "00CADF3000", 0x6a88);
	assert_sw(&h, "00F10000", 0x6d00);
	assert_sw(&h, "A0A40000023F00", 0x6e00);
	hand_drop(&h);
}

static void atr_is_one_that_opensc_knows(void **state)
{
	struct hand h;
	char hex[70];
	(void)state;
	take(&h);
	tg_hex(tg_vcard_atr(h.card).data, tg_vcard_atr(h.card).len, hex);
	assert_string_equal(hex, "3b8b015275746f6b656e20445320c1"); /* card-rtecp.c: Rutoken ECP (DS) */
	hand_drop(&h);
}

static void serial_number_is_eight_bytes(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, "00CA018100", 0x9000);
	assert_data(&h, "000000003ba0c117");
	assert_sw(&h, "00CA018200", 0x6a88);
	hand_drop(&h);
}

/* The bytes come from a blank card after pkcs15-init, but for the date. */
static void files_are_those_of_pkcs15_init(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, SELECT_MF, 0x9000);
	assert_data(&h, "6f1d800200008202380083023f00860f47020201000000ff00000000000000");
	assert_sw(&h, "00A40800022F0000", 0x9000);
	assert_data(&h, "6f1d800200808202010083022f00860f430001000000000100000000000000");
	assert_sw(&h, "00B0000025", 0x9000);
	assert_data(&h, "61234f0ca000000063504b43532d3135500d5275746f6b656e205370696b6551043f005000");
	assert_sw(&h, "00A40800045000503200", 0x9000);
	assert_sw(&h, "00B0000031", 0x9000);
	assert_data(&h, "303e0201000408000000003ba0c1170c09416b74697620436f2e800d5275746f"
	                "6b656e205370696b6503020410a511180f");
	assert_sw(&h, "00A40800045000600500", 0x9000);
	assert_sw(&h, "00B000006E", 0x9000);
	assert_data(&h, "303b301a0c145365637572697479204f6666696365722050494e030206c03003040101a1183016"
	                "030200990a0101020108020120020120800101040100302f300e0c08557365722050494e0302"
	                "06c03003040102a1183016030203980a0101020104020120020120800102040100");
	assert_sw(&h, "00A408000710001000600200", 0x6700); /* one byte too many */
	assert_sw(&h, "00A408000610001000600200", 0x9000);
	assert_data(&h, "6f1d800200008202380083026002860f43020200000000ff00000000000000");
	hand_drop(&h);
}

static void rights_of_files(void **state)
{
	/* one row a line */
	/* clang-format off */
	static const struct {
		const char *login, *select, *command;
		int status;
	} rows[] = {
		{NULL,    "00A4080002" "2F00",         "00B0000010",               0x9000}, /* EF.DIR: anybody reads */
		{NULL,    "00A4080002" "2F00",         "00D600000100",             0x6982},
		{USER_OK, "00A4080002" "2F00",         "00D600000100",             0x6982},
		{SO_OK,   "00A4080002" "2F00",         "00D600000161",             0x9000}, /* the officer writes */
		{USER_OK, "00A4080002" "2F00",         "00E40000",                 0x6982},
		{NULL,    "00A4080004" "50006005",     "00D600000130",             0x6982}, /* descriptions of PINs */
		{USER_OK, "00A4080004" "50006005",     "00D600000130",             0x6982},
		{SO_OK,   "00A4080004" "50006005",     "00D600000130",             0x9000},
		{NULL,    "00A4080004" "50005032",     "00D600000130",             0x9000}, /* TokenInfo: as OpenSC has it */
		{NULL,    "00A4080004" "50005032",     "00E40000",                 0x6982},
		{SO_OK,   "00A4080004" "50005032",     "00E40000",                 0x6982},
		{NULL,    "00A4080006" "100010006002", "00E40000",                 0x6982}, /* the folder of keys: nobody */
		{USER_OK, "00A4080006" "100010006002", "00E40000",                 0x6982},
		{SO_OK,   "00A4080006" "100010006002", "00E40000",                 0x6982},
		{NULL,    "00A4080002" "5000",         "00E40000",                 0x6982},
		{SO_OK,   "00A4080002" "5000",         "00E40000",                 0x6982},
	};
	/* clang-format on */
	struct hand h;
	(void)state;
	take(&h);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int got = status_after(&h, rows[i].login, rows[i].select, rows[i].command);
		if (got != rows[i].status)
			fail_msg("row %zu: %04x", i, (unsigned)got);
	}
	assert_int_equal(status_after(&h, USER_OK, "00A40800025000", "00E40000"), 0x9000);
	assert_sw(&h, "00A40800045000503200", 0x6a82); /* with all below it */
	assert_sw(&h, SELECT_MF, 0x9000);
	hand_drop(&h);
}

static void rights_of_new_files(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	/* In the master file and the folders of the system only the user creates. */
	assert_sw(&h, SELECT_MF, 0x9000);
	assert_int_equal(create(&h, "7777", 16, "0100", "", "43000200000000020000000000000000"), 0x6a80); /* 16 bytes */
	assert_int_equal(create(&h, "7777", 16, "0100", "", "430002000000000200000000000000"), 0x6982);
	assert_sw(&h, SO_OK, 0x9000);
	assert_int_equal(create(&h, "7777", 16, "0100", "", "430002000000000200000000000000"), 0x6982);
	assert_sw(&h, USER_OK, 0x9000);
	assert_int_equal(create(&h, "7777", 16, "0100", "", "430002000000000200000000000000"), 0x9000);
	assert_int_equal(create(&h, "7777", 16, "0100", "", "430002000000000200000000000000"), 0x6a89);
	assert_sw(&h, "00D6000003AABBCC", 0x9000);
	assert_sw(&h, LOG_OUT, 0x9000);
	assert_sw(&h, "00D6000003000000", 0x6982);
	assert_sw(&h, "00B0000003", 0x9000);
	assert_data(&h, "aabbcc");
	/* What is not said is nobody's, not even the user's. */
	assert_sw(&h, USER_OK, 0x9000);
	assert_int_equal(create(&h, "7778", 16, "0100", "", "400000000000000200000000000000"), 0x9000);
	assert_sw(&h, "00B0000003", 0x6982);
	assert_sw(&h, "00D600000100", 0x6982);
	assert_sw(&h, "00E40000", 0x9000);
	/* Kinds and names that are none. */
	assert_int_equal(create(&h, "7779", 16, "0200", "", "430002000000000200000000000000"), 0x6a80);
	assert_int_equal(create(&h, "0000", 16, "0100", "", "430002000000000200000000000000"), 0x6a80);
	assert_int_equal(create(&h, "3F00", 0, "3800", "", FOLDER_USER), 0x6a89);
	hand_drop(&h);
}

static void reading_and_writing_stay_inside(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, SELECT_APP, 0x9000);
	assert_sw(&h, "00B0000010", 0x6986); /* no file chosen */
	assert_sw(&h, "00A4000002503200", 0x9000);
	assert_sw(&h, "00B0007F00", 0x9000);
	assert_int_equal(hand_data_len(&h), 1);
	assert_sw(&h, "00B0008000", 0x9000);
	assert_int_equal(hand_data_len(&h), 0);
	assert_sw(&h, "00B0008100", 0x6b00);
	assert_sw(&h, "00B0850000", 0x6b00); /* a short name */
	assert_sw(&h, "00D6007F020000", 0x6a84);
	assert_sw(&h, "00D60080020000", 0x6a84);
	assert_sw(&h, "00D60000", 0x6700);
	hand_drop(&h);
}

static void memory_has_an_end(void **state)
{
	struct hand h;
	struct tg_vcard_persona p = persona();
	(void)state;
	p.memory = 6500;
	hand_take_persona(&h, &p);
	assert_sw(&h, USER_OK, 0x9000);
	assert_sw(&h, SELECT_MF, 0x9000);
	assert_int_equal(create(&h, "7777", 2000, "0100", "", "430002000000000200000000000000"), 0x6a84);
	assert_int_equal(create(&h, "7777", 100, "0100", "", "430002000000000200000000000000"), 0x9000);
	hand_drop(&h);
}

static void folders_are_listed(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, SELECT_MF, 0x9000);
	assert_sw(&h, "00A4000000", 0x9000); /* the first: EF.DIR */
	assert_int_equal(h.answer.data[12], 0x2f);
	assert_sw(&h, "00A40002022F0000", 0x9000); /* then a folder, which is entered */
	assert_int_equal(h.answer.data[12], 0x10);
	assert_sw(&h, "00A40300", 0x9000); /* and left */
	assert_sw(&h, "00A4000202100000", 0x9000);
	assert_int_equal(h.answer.data[12], 0x50);
	assert_sw(&h, "00A40300", 0x9000);
	assert_sw(&h, "00A4000202500000", 0x6a82); /* the end: PINs are in no list */
	assert_sw(&h, "00A4000002000200", 0x6a82);
	hand_drop(&h);
}

static void wrong_pins_count_and_lock(void **state)
{
	struct hand h;
	struct tg_vcard_facts f;
	(void)state;
	take(&h);
	assert_sw(&h, "00200002", 0x63c5);
	assert_sw(&h, USER_WRONG, 0x63c4);
	assert_sw(&h, "00200002", 0x63c4);
	assert_sw(&h, USER_OK, 0x9000);
	assert_sw(&h, "00200002", 0x9000);
	assert_sw(&h, USER_WRONG, 0x63c4); /* and whoever was in is out */
	assert_sw(&h, "00200002", 0x63c4);
	for (uint16_t left = 3; left > 0; left--)
		assert_sw(&h, USER_WRONG, (uint16_t)(0x63c0 + left));
	assert_sw(&h, USER_WRONG, 0x63c0);
	assert_sw(&h, USER_OK, 0x6983);
	assert_sw(&h, "00200002", 0x6983);
	tg_vcard_describe(h.card, &f);
	assert_int_equal(f.tries, 0);
	assert_int_equal(f.so_tries, 10);
	assert_false(f.logged_in);
	assert_sw(&h, "00200003023131", 0x6a88);
	hand_drop(&h);
}

static void officer_has_ten_tries(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	for (int left = 9; left >= 0; left--)
		assert_sw(&h, SO_WRONG, (uint16_t)(0x63c0 + left));
	assert_sw(&h, SO_OK, 0x6983);
	assert_sw(&h, USER_OK, 0x9000); /* the user is not concerned */
	hand_drop(&h);
}

static void only_the_officer_unblocks(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	for (int i = 0; i < 5; i++)
		(void)hand_send(&h, USER_WRONG);
	assert_sw(&h, "002C0302", 0x6982);
	assert_sw(&h, "002401020C80020006A506393939393939", 0x6983); /* locked: not even a new one */
	assert_sw(&h, SO_OK, 0x9000);
	assert_sw(&h, "002C0301", 0x6982); /* nobody unblocks the officer */
	assert_sw(&h, "002C0302", 0x9000);
	assert_sw(&h, "002401020C80020006A506393939393939", 0x9000);
	assert_sw(&h, LOG_OUT, 0x9000);
	assert_sw(&h, USER_OK, 0x63c4);
	assert_sw(&h, "0020000206393939393939", 0x9000);
	hand_drop(&h);
}

static void pins_change_only_after_login(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, "002401020C80020006A506393939393939", 0x6982);
	assert_sw(&h, USER_OK, 0x9000);
	assert_sw(&h, "002401020980020003A503393939", 0x6a80);           /* three: fewer than OpenSC's profile allows */
	assert_sw(&h, "002401020C80020007A506393939393939", 0x6a80);     /* a length that lies */
	assert_sw(&h, "0024010206A50431323334", 0x6a80);                 /* none at all */
	assert_sw(&h, "002401010E80020008A5083939393939393939", 0x6982); /* the officer's is not the user's to change */
	assert_sw(&h, "0024010006A50431323334", 0x6a81);                 /* a key from outside */
	assert_sw(&h, "002401020A80020004A50439393939", 0x9000);
	tg_vcard_reset(h.card);
	assert_sw(&h, USER_OK, 0x63c4);
	assert_sw(&h, "002000020439393939", 0x9000);
	hand_drop(&h);
}

static void power_ends_the_session(void **state)
{
	struct hand h;
	(void)state;
	take(&h);
	assert_sw(&h, USER_OK, 0x9000);
	tg_vcard_reset(h.card);
	assert_sw(&h, "00200002", 0x63c5);
	assert_sw(&h, "00B0000010", 0x6986);
	hand_drop(&h);
}

/* What pkcs15-init does to a blank token, in short. */
static void set_up(struct hand *h)
{
	assert_sw(h, SELECT_MF, 0x6a82);
	assert_sw(h, END_SETUP, 0x6985);
	assert_sw(h, ERASE, 0x9000);
	assert_int_equal(
	        create(h, "2F00", 128, "0100", "", "430001000000000100000000000000"), 0x6986); /* no root yet */
	assert_int_equal(create(h, "3F00", 0, "3800", "", "47020201000000FF00000000000000"), 0x9000);
	assert_int_equal(create(h, "2F00", 128, "0100", "", "430001000000000100000000000000"), 0x9000);
	assert_int_equal(create(h, "0001", 8, "1000", "02080100AA00", "43FF0100000000FF00000000000000"), 0x6a80);
	assert_int_equal(create(h, "0001", 8, "1000", "010801AA0000", "43FF0100000000FF00000000000000"), 0x9000);
	assert_int_equal(create(h, "0001", 8, "1000", "010801AA0000", "43FF0100000000FF00000000000000"), 0x6a89);
	assert_sw(h, "002401010E80020008A5083837363534333231", 0x9000);
}

static void being_set_up_asks_nobody(void **state)
{
	struct hand h;
	struct tg_vcard_facts f;
	(void)state;
	take_blank(&h);
	set_up(&h);
	tg_vcard_reset(h.card);
	assert_sw(&h, "00A40800022F0000", 0x9000);
	assert_sw(&h, "00D600000161", 0x9000); /* the officer's file, and nobody asked */
	assert_int_equal(create(&h, "0002", 8, "1000", "010401330000", "43010300000000FF00000000000000"), 0x9000);
	tg_vcard_describe(h.card, &f);
	assert_false(f.initialised);
	assert_sw(&h, "002401020E80020008A5083132333435363738", 0x9000);
	assert_sw(&h, "00D600000161", 0x9000);
	assert_sw(&h, END_SETUP, 0x9000);
	assert_sw(&h, "00D600000161", 0x6982);
	assert_sw(&h, USER_WRONG, 0x63c2); /* three tries, as it was created with */
	tg_vcard_describe(h.card, &f);
	assert_true(f.initialised);
	hand_drop(&h);
}

/* OpenSC's C_InitToken never says that setting up has ended. */
static void set_up_ends_with_power_when_both_pins_are_there(void **state)
{
	struct hand h;
	(void)state;
	take_blank(&h);
	set_up(&h);
	assert_int_equal(create(&h, "0002", 8, "1000", "010401550000", "43010300000000FF00000000000000"), 0x9000);
	assert_sw(&h, "002401020E80020008A5083132333435363738", 0x9000);
	assert_sw(&h, "00A40800022F0000", 0x9000);
	assert_sw(&h, "00D600000161", 0x9000);
	tg_vcard_reset(h.card);
	assert_sw(&h, "00A40800022F0000", 0x9000);
	assert_sw(&h, "00D600000161", 0x6982);
	hand_drop(&h);
}

static void erasing_leaves_nothing(void **state)
{
	struct hand h;
	struct tg_vcard_facts f;
	struct tg_buf bytes = TG_BUF_INIT;
	(void)state;
	take(&h);
	assert_sw(&h, ERASE, 0x9000);
	assert_sw(&h, SELECT_MF, 0x6a82);
	assert_sw(&h, USER_OK, 0x6a88);
	tg_vcard_describe(h.card, &f);
	assert_false(f.initialised);
	assert_int_equal(tg_vcard_pack(h.card, &bytes), TG_OK);
	assert_null(memmem(bytes.data, bytes.len, "PKCS-15", 7));
	tg_buf_finish(&bytes);
	hand_drop(&h);
}

static void personas_that_cannot_be(void **state)
{
	static const struct {
		const char *serial, *user, *so, *what;
		unsigned tries;
	} rows[] = {{"KZ0019", "12345678", "87654321", "serial", 5}, {"3ba0", "123", "87654321", "user_pin", 5},
	        {"3ba0", "12345678", "8765432", "so_pin", 5}, {"3ba0", "12345678", "87654321", "user_tries", 16}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tg_vcard_persona p = persona();
		struct tg_error err = {0};
		struct tg_vcard *card = NULL;
		p.user_tries = rows[i].tries;
		assert_true(tg_copy(p.serial, sizeof p.serial, rows[i].serial));
		assert_true(tg_copy(p.user_pin, sizeof p.user_pin, rows[i].user));
		assert_true(tg_copy(p.so_pin, sizeof p.so_pin, rows[i].so));
		assert_int_equal(tg_vcard_create(&card, &p, &err), TG_CONFIG);
		assert_null(card);
		assert_non_null(strstr(err.detail, rows[i].what));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(unknown_applications_are_not_found),
	        cmocka_unit_test(atr_is_one_that_opensc_knows),
	        cmocka_unit_test(serial_number_is_eight_bytes),
	        cmocka_unit_test(files_are_those_of_pkcs15_init),
	        cmocka_unit_test(rights_of_files),
	        cmocka_unit_test(rights_of_new_files),
	        cmocka_unit_test(reading_and_writing_stay_inside),
	        cmocka_unit_test(memory_has_an_end),
	        cmocka_unit_test(folders_are_listed),
	        cmocka_unit_test(wrong_pins_count_and_lock),
	        cmocka_unit_test(officer_has_ten_tries),
	        cmocka_unit_test(only_the_officer_unblocks),
	        cmocka_unit_test(pins_change_only_after_login),
	        cmocka_unit_test(power_ends_the_session),
	        cmocka_unit_test(being_set_up_asks_nobody),
	        cmocka_unit_test(set_up_ends_with_power_when_both_pins_are_there),
	        cmocka_unit_test(erasing_leaves_nothing),
	        cmocka_unit_test(personas_that_cannot_be),
	};
	return cmocka_run_group_tests_name("vcard_rutoken", tests, NULL, NULL);
}
