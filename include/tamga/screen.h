/* Layer: screen. Everything a person is asked, as data: providers, services, applicant kinds, forms, fields, documents,
 * texts. Read once from screens/ (YAML, through libcyaml), checked, then const for the life of the program.
 *
 * Texts are message ids; the sentences stand in locale/<language>.po (i18n.h). A mistake in a file is TG_SCREEN_DATA
 * with file, line and column. Requirement rows K-13, NCA-A1; design.md §2.3. */
#ifndef TAMGA_SCREEN_H
#define TAMGA_SCREEN_H

#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

/* Kinds of field: how a value is typed and shown. Named rules say what it must be. */
/* clang-format off */
#define TG_FIELD_KINDS(X) \
	X(TEXT, "text") X(NAME, "name") X(DIGITS, "digits") X(EMAIL, "email") X(PHONE, "phone") X(DATE, "date") \
	X(CHOICE, "choice") X(LINES, "lines") X(PUBLIC_KEY, "public-key") X(NUMBER, "unique-number")
/* clang-format on */
#define TG_FIELD_ENUM(name, text) TG_FIELD_##name,
enum tg_field_kind { TG_FIELD_KINDS(TG_FIELD_ENUM) TG_FIELD_KIND_COUNT };
#undef TG_FIELD_ENUM

#define TG_FORM_FIELDS_MAX 40
#define TG_VALUE_MAX       512 /* bytes of one answer with its NUL */

struct tg_choice {
	const char *id;
	const char *label; /* message id */
};

struct tg_rule_use {
	const char *name; /* as in struct tg_rule */
	const char *arg;  /* NULL when none, e.g. "2..60" for length */
};

struct tg_field {
	const char *id;     /* "iin" */
	const char *number; /* "A1.2", the same on screen, paper, speech, error, record (K-13) */
	enum tg_field_kind kind;
	const char *label; /* message id of the source's field name */
	const char *hint;  /* message id or NULL */
	bool required;
	bool person;      /* asked of the person; false: filled by the program (unique number, public keys) */
	const char *chip; /* what an ID-card chip may fill it with (K-4): "iin", "number", "birth", "expiry", "sex",
	                     "nationality"; or may be compared with: "surname", "given"; NULL: nothing */
	const char
	        *certificate; /* which fact of the old certificate fills it in a renewal: "common-name", "organisation",
	                         "personal-number", "organisation-number", "title", "serial", "until"; or NULL */
	bool personal;        /* personal data */
	int max_chars;
	const struct tg_rule_use *rules;
	unsigned n_rules;
	const struct tg_choice *choices;
	unsigned n_choices;
	const char *default_value; /* or NULL */
};

struct tg_consent {
	const char *id;      /* "policy", "agreement", "personal-data", "email" (NCA-decl) */
	const char *text;    /* message id */
	const char *version; /* of the document it speaks of */
};

/* A key pair that a form asks for on the carrier (K-6). */
struct tg_key_plan {
	const char *id; /* "sign", "auth" */
	const char *
	        algorithm; /* "rsa-2048", "gost2001", "gost2012-256", "gost2012-512"; "as-old": the old certificate's */
	const char *label; /* CKA_LABEL */
	const char *profile;  /* certificate profile at the centre: "nca-individual-sign"; "as-old" */
	const char *field;    /* id of the form field that shows the public key */
	const char *carriers; /* purposes of the carriers it is made on, "id-card token"; NULL: on any (K-6: SIM) */
};

/* A line of the printed form that asks nothing: the heading over the fields, the validity, the tools of the keys. */
struct tg_form_line {
	const char *id;
	const char *text;  /* message id */
	const char *after; /* id of the field it stands behind on paper, NULL: before the first field */
};

struct tg_form {
	const char *id;   /* "nca-a1" */
	const char *code; /* "A1" */
	int version;
	const char *title; /* message id */
	const struct tg_field *fields;
	unsigned n_fields;
	const struct tg_consent *consents;
	unsigned n_consents;
	const struct tg_key_plan *keys;
	unsigned n_keys;
	const char *signer; /* message id: who signs (NCA-sign) */
	int validity_days;  /* NCA-valid */
	const char *date;   /* message id: name of the line with the date of application */
	const struct tg_form_line *lines;
	unsigned n_lines;
};

struct tg_document {
	const char *id;
	const char *label; /* message id */
	const char *when;  /* id of a struct tg_condition or NULL = always: "represented" … */
};

/* When a document of a list is asked for. Shown behind the document: "when a representative hands in the papers". */
struct tg_condition {
	const char *id;
	const char *label; /* message id */
};

struct tg_kind {
	const char *id;    /* "individual" */
	const char *label; /* message id */
	const struct tg_form *form;
	const char *carriers; /* purposes of the carriers it can be done with, "id-card sim"; NULL: any */
	const struct tg_document *documents;
	unsigned n_documents;
};

struct tg_service {
	const char *id;    /* "issue" */
	const char *label; /* message id */
	const struct tg_kind *kinds;
	unsigned n_kinds;
	bool open;             /* offered on the idle screen */
	const char *opens;     /* "form", or "cabinet": entering with a certificate (DOS-9); NULL is "form" */
	const char *operation; /* "issue"; "renew": a new key beside the old one, asked for with it (kur); "replace":
	                          the same, and the old pair is removed when the new one is proven. NULL is "issue" */
};

/* What the service rests on (NCA-0). A kiosk never shows a repealed text as the law in force. Dates are ISO 8601. */
struct tg_legal_basis {
	const char *id;
	const char *order, *order_date;          /* the order that made the standard */
	const char *wording, *wording_date;      /* the order that gave it this wording, or NULL */
	const char *in_force_from;               /* the earliest day the wording can be in force */
	const char *in_force_until;              /* or NULL: not known or still in force */
	const char *repealed_by, *repealed_date; /* NULL while in force */
	const char *text;                        /* message id: the same as a sentence */
};

/* A misprint of the source: what stands there, and what this program shows and prints in its place. */
struct tg_erratum {
	const char *id;
	const char *form;    /* id of the form, or NULL when it is not on one */
	const char *where;   /* place in the source, for a reader */
	const char *printed; /* as the source has it */
	const char *mended;
};

struct tg_provider {
	const char *id;      /* "kz-nca" */
	const char *label;   /* message id */
	const char *country; /* "KZ" */
	int utc_offset_minutes;
	const char *office_language; /* second language of receipts: "kk" or "ru" */
	const char *place;           /* message id: where the result is handed out */
	const char *contact;         /* message id: whom to ask */
	bool accept_nca_test_numbers;
	int lock_per_day, lock_in_all; /* wrong PINs until a certificate is locked (DOS-8); 0: no such rule */
	const struct tg_service *services;
	unsigned n_services;
	const struct tg_legal_basis *basis;
	unsigned n_basis;
	const struct tg_erratum *errata;
	unsigned n_errata;
};

struct tg_catalog {
	const struct tg_provider *providers;
	unsigned n_providers;
	const struct tg_condition *conditions;
	unsigned n_conditions;
	char hash[65]; /* SHA-256 over all files, hex: goes into the record */
};

/* A named rule. `arg` as written in the file; `values` gives other answers of the same form by field id.
 * Returns NULL when the value is right, else the message id of what is wrong and how to mend it. `mend` (TG_VALUE_MAX
 * bytes) may get a proposed value, "" if there is none (P-7). Pure. An empty value is never passed in. */
struct tg_rule_values {
	const char *(*get)(const char *field_id, const void *ctx);
	const void *ctx;
	const char *today; /* "2026-11-22", at the provider's place */
	bool accept_nca_test_numbers;
};
struct tg_rule {
	const char *name;
	const char *(*check)(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
	/* Tells whether `arg` makes sense, when the catalogue is loaded. NULL: the rule takes no argument. */
	bool (*arg_ok)(const char *arg);
	const char *const
	        *messages; /* NULL-ended list of every message id it can return: the translation test reads it */
};

/* Loads and checks everything under `dir`. `rules` is the NULL-named-ended table of rules there are (flow/rules.c).
 * On failure `err` names file, line, column. */
enum tg_status tg_catalog_load(
        struct tg_catalog **out, const char *dir, const struct tg_rule *rules, struct tg_error *err) TG_MUST_USE;
void tg_catalog_destroy(struct tg_catalog *c);
/* Calls `fn` for every message id the catalogue uses. */
void tg_catalog_messages(const struct tg_catalog *c, void (*fn)(const char *id, void *ctx), void *ctx);
/* The same with the first place where each is used: `file` is relative to the folder of the screens. */
typedef void tg_message_use(const char *id, const char *file, int line, int column, void *ctx);
void tg_catalog_message_uses(const struct tg_catalog *c, tg_message_use *fn, void *ctx);
struct tg_i18n;
/* TG_SCREEN_DATA with file, line, column for the first message id that one of the four languages lacks. */
enum tg_status tg_catalog_check_texts(
        const struct tg_catalog *c, const struct tg_i18n *i18n, struct tg_error *err) TG_MUST_USE;
const struct tg_condition *tg_catalog_condition(const struct tg_catalog *c, const char *id); /* NULL if none */
const struct tg_field *tg_form_field(const struct tg_form *form, const char *id);            /* NULL if none */
/* The key pairs that the form asks for on a carrier of this purpose ("" counts as "id-card": records of earlier
 * versions name none), in order; how many. */
unsigned tg_form_keys(const struct tg_form *form, const char *purpose, const struct tg_key_plan **out, unsigned max);
/* Whether `word` is one of the words of `list` (separated by spaces); true for a list of NULL. */
bool tg_words_have(const char *list, const char *word);
bool tg_service_is(const struct tg_service *s, const char *operation); /* "issue", "renew", "replace" */
bool tg_service_opens_cabinet(const struct tg_service *s);
const struct tg_provider *tg_catalog_provider(const struct tg_catalog *c, const char *id);
const struct tg_form *tg_catalog_form(const struct tg_catalog *c, const char *id);

#endif
