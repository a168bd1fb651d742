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
	X(CHOICE, "choice") X(LINES, "lines") X(PUBLIC_KEY, "public-key") X(NUMBER, "unique-number") \
	X(SERIALS, "serials") /* serial numbers of certificates, hex, one a line; picked where they are known */ \
	X(DOMAINS, "domains") /* names of a zone that the papers can prove, one a line; IDN as typed */ \
	X(PKCS10, "pkcs10")   /* Base64 of a PKCS#10, from a medium or typed line by line */ \
	X(LIST, "list")       /* short texts, one a line */ \
	X(COMPANIES, "companies") /* whom a complex certificate serves: "tax number name", one a line (DOS-6) */ \
	X(COMPANIES_ADDED, "companies-added") X(COMPANIES_REMOVED, "companies-removed") /* of a change of that list */
/* clang-format on */
#define TG_FIELD_ENUM(name, text) TG_FIELD_##name,
enum tg_field_kind { TG_FIELD_KINDS(TG_FIELD_ENUM) TG_FIELD_KIND_COUNT };
#undef TG_FIELD_ENUM

#define TG_FORM_FIELDS_MAX 40
#define TG_VALUE_MAX       4096 /* bytes of one answer with its NUL; lines of a list are separated by '\n' */
#define TG_DOCUMENTS_MAX   32   /* of one kind of applicant */
#define TG_QUESTIONS_MAX   12

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
	bool personal;    /* personal data */
	const char *chip; /* what an ID-card chip may fill it with (K-4): "iin", "number", "birth", "expiry", "sex",
	                     "nationality"; or may be compared with: "surname", "given"; NULL: nothing */
	const char *certificate; /* which fact of the old certificate fills it in a renewal: "common-name",
	                            "organisation", "personal-number", "organisation-number", "title", "serial", "from"
	                            (the day of issue), "until"; or NULL */
	int max_chars;
	const char *when; /* the conditions under which it is asked and printed (tg_when_holds), or NULL: always */
	const char
	        *role; /* whose data it is where a form knows several people (NCA-role): "subject", "head",
	                  "presenter", "organisation", "representative-1" … "-4", "worker"; or NULL: the applicant's */
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
	const char *after;   /* id of the field it stands behind on paper, NULL: at the end, before the date */
};

/* A key pair that a form asks for on the carrier (K-6). */
struct tg_key_plan {
	const char *id;        /* "sign", "auth" */
	const char *algorithm; /* "rsa-2048", "gost2001", "gost2012-256", "gost2012-512"; "as-old": the old
	                          certificate's; "as-request": the PKCS#10's, which `field` (kind "pkcs10") holds; its
	                          carrier is "medium" */
	const char *label;     /* CKA_LABEL */
	const char *profile;   /* certificate profile at the centre: "nca-individual-sign"; "as-old" */
	const char *field;     /* id of the form field that shows the public key */
	const char *carriers;  /* purposes of the carriers it is made on, "id-card token"; NULL: on any (K-6: SIM);
	                          "cloud": by the provider, in its own module (DOS-3) */
	const char *when; /* conditions of the application under which it is made (tg_when_holds), or NULL: always */
};

/* A line of the printed form that asks nothing: the heading over the fields, the validity, the tools of the keys. */
struct tg_form_line {
	const char *id;
	const char *text;  /* message id */
	const char *after; /* id of the field it stands behind on paper, NULL: before the first field */
	const char *when;  /* conditions under which it is printed, or NULL: always */
};

/* Who signs the printed form (NCA-sign): one line each, in order. */
struct tg_signature_line {
	const char *id;
	const char *label; /* message id */
	const char *when;  /* conditions, or NULL */
	const char *field; /* id of the field whose answer is printed beside it (the name), or NULL */
	const char *role;  /* as in struct tg_field: of a line that is there only when that person is named, if the form
	                      asks for one; the name is printed beside; or NULL */
	bool beside;       /* the place is beside the answer of `field`, not at the end (A3) */
};

struct tg_form {
	const char *id;   /* "nca-a1" */
	const char *code; /* "A1" */
	int version;
	const char *title;    /* message id */
	const char *annex;    /* message id: which annex of which standard it is, in the upper right corner; or NULL */
	const char *language; /* of the source, in which it is printed: "kk"; NULL: the person's */
	const char *title_after; /* id of the field behind which the title stands on paper (A9), NULL: first of all */
	const struct tg_field *fields;
	unsigned n_fields;
	const struct tg_consent *consents;
	unsigned n_consents;
	const struct tg_key_plan *keys;
	unsigned n_keys;
	const char *signer;     /* message id: who signs (NCA-sign) */
	int validity_days;      /* NCA-valid; 0: the form asks for no certificate */
	const char *date;       /* message id: name of the line with the date of application */
	const char *date_after; /* id of the field behind which that line stands on paper (A3), or "signatures" (A9);
	                           NULL: between declarations and signatures */
	const struct tg_form_line *lines;
	unsigned n_lines;
	const struct tg_signature_line *signatures;
	unsigned n_signatures;
	const char *seal;      /* message id of the seal's place "if there is one" (A3, A8 only); NULL: none */
	const char *seal_when; /* conditions under which the place is printed, or NULL */
	const char *footnote;  /* message id of what stands under the signatures (A8), or NULL */
	int copies;            /* printed: 1, A9 and the complaint 2 */
	int lines_per_sheet;   /* of its SERIALS field before a further sheet is begun (A7: 17); 0: no limit */
};

/* What is asked for beside the form. Alternatives and conditions are data (NCA-9.1 … 9.8, R1 … R3): a document counts
 * as brought when it, or one that may stand `instead` of it, is ticked; documents of one `group` are alternatives of
 * each other ("any one of"). */
struct tg_document {
	const char *id;
	const char *label;     /* message id */
	const char *when;      /* conditions (tg_when_holds) or NULL = always: "represented !dismissal-order" … */
	const char *group;     /* id of the "any one of" that it belongs to, or NULL */
	const char *instead;   /* id of the document in whose place it may be brought, or NULL */
	bool optional;         /* asked for "if there is one" */
	const char *identity;  /* conditions under which it shows who asks (UBR-2), or NULL: never */
	const char *proven_by; /* what ticks it without paper: "form", "chip", "certificate", "head", "register",
	                          "carrier" (words separated by spaces), or NULL */
	const char *paper;     /* "original", "copy", "sealed-copy", "extract", "notarised", or NULL: not said */
	const char *form;      /* id of the form that it is (A3), or NULL */
	const char *rule;      /* named rule over its date, "within_working_days 3", or NULL: no date is asked */
	const char *asks; /* "presenter": names and IIN of who stands at the kiosk; "presenter-if-other": only if that
	                     is not whom the form is about; or NULL */
};

/* When a document or a field is asked for. Shown behind the document: "when a representative hands in the papers". */
struct tg_condition {
	const char *id;
	const char *label; /* message id */
};

/* A question of the kind that is asked before its form; the answer sets conditions. */
struct tg_question_option {
	const char *id;
	const char *label; /* message id */
	const char *sets;  /* conditions, separated by spaces, or NULL */
	const char *leads; /* id of a service of the same provider: with this answer the journey goes on there … */
	const char *why;   /* … and this message says why; both or neither (DOS-4, NCA-9.2) */
	const char *leads_way; /* id of the way by which one comes there, or NULL: it is asked for */
	int from, to; /* of a question with `number`: the answer that is typed chooses the option; to 0: no upper end */
};
struct tg_question {
	const char *id;
	const char *label; /* message id */
	const char *when;  /* or NULL */
	bool number;       /* a whole number is typed in place of choosing (DOS-5: how many companies) */
	const struct tg_question_option *options;
	unsigned n_options;
};

/* How an applicant comes to the service (NCA-9.again, 9.rep, 9.head, NCA-14). */
struct tg_way {
	const char *id;    /* "spot", "papers", "representative", "signature", "address" */
	const char *label; /* message id */
	const char *hint;  /* message id: what is needed for it, or NULL */
	const char *proof; /* what stands for the identity: "chip" (issued at once), "desk" (a clerk decides first),
	                      "signature" (CMS with a valid certificate, judged by the centre) */
	const char *sets;  /* conditions, or NULL */
	bool field_set;    /* only at a field set at the applicant's address */
};

/* Money in hundredths of the provider's currency (tyiyn). Prices of one id follow each other by day (DOS-5, DOS-7). */
struct tg_price {
	const char *id; /* "head" */
	int amount;
	const char *from, *until; /* YYYY-MM-DD, both included; until NULL: no end is known */
	const char *source;       /* where it stands */
};
/* A kind of certificate that a provider sells (DOS-6). */
struct tg_product {
	const char *id;     /* "head", "accountant", "acting", "complex-5", "complex-10", "complex-all" */
	const char *label;  /* message id */
	const char *holder; /* message id: to whom it is issued */
	const char *price;  /* id of the prices */
	int months;
	bool complex;      /* serves other companies: it has a list of them */
	int companies_min; /* at registration */
	int companies_max; /* 0: no limit */
};
/* The PIN of the carriers that a provider hands out: narrower than what the carrier itself takes (UBR). */
struct tg_pin_plan {
	const char *id;
	const char *carriers; /* purposes, "token" */
	int min, max;         /* characters */
	bool digits;          /* digits only */
	const char *note;     /* message id: whose token it is, or NULL */
	const char *source;   /* where the fact is from, for a reader of the file */
};
/* How one pays (DOS-7). */
struct tg_payment {
	const char *id;           /* "bank", "cash", "terminal", "wallet", "internet-bank", "balance" */
	const char *label;        /* message id */
	const char *when;         /* conditions of the application, or NULL: always */
	const char *code, *code2; /* payment codes as the source gives them, or NULL */
	bool desk;                /* a clerk marks that the money came */
};
/* What the adviser says (DOS-5): the lines whose conditions hold, in order. */
struct tg_advice {
	const char *id;
	const char *when;    /* conditions that the answers set */
	const char *product; /* id */
	bool each_company;   /* once for each served company: counted beside the total, which has one (sources, line 52)
	                      */
	const char *reason;  /* message id */
};
/* A question and its answer (DOS-11). */
struct tg_help_topic {
	const char *id;
	const char *title;
	const char *const *text; /* message ids, one a paragraph */
	unsigned n_text;
	const char *source; /* where the answer is from, for a reader of the file */
};

/* What an application costs: the sum of the lines whose conditions hold. */
struct tg_charge {
	const char *product; /* id of a product of the provider */
	const char *when;    /* or NULL */
};

struct tg_kind {
	const char *id;    /* "individual" */
	const char *label; /* message id */
	const struct tg_form *form;
	const char *carriers;          /* purposes of the carriers it can be done with, "id-card sim"; NULL: any */
	const char *carriers_together; /* those of them that one application may be for at once, in the order of the
	                                  work, "id-card sim"; NULL: one at a time (NCA-6) */
	const struct tg_document *documents;
	unsigned n_documents;
	const char *ways; /* ids of the provider's ways, in the order of the screen; NULL: "spot" as it always was */
	const struct tg_question *questions;
	unsigned n_questions;
	const char *subject; /* "person" or "entity": whose name the certificate bears; NULL: person */
	const char *confirm; /* conditions under which the head must confirm beforehand (NCA-9.head), or NULL: never */
	const char *extensions; /* conditions that choose the extended key usages (role-head …): the profile of the key
	                           says which OID each stands for; or NULL */
	const char *operation;  /* in place of the service's (tg_kind_operation), or NULL */
	const struct tg_charge *charges;
	unsigned n_charges;
	const char *revokes;   /* conditions under which the old certificate is revoked as soon as it is proven who asks
	                          (UBR-2), or NULL */
	const char *unchanged; /* conditions under which the answers must be what the old certificate says (DOS-4), or
	                          NULL: never */
	const char *carrier_version; /* "2.0": a token that says it is older cannot be used (DOS-1); or NULL */
	const char *printed; /* ids of forms that are filled from the answers and printed beside the kind's own (UBR-3:
	                        agreement), words separated by spaces, or NULL */
};

struct tg_service {
	const char *id;    /* "issue" */
	const char *label; /* message id */
	const struct tg_kind *kinds;
	unsigned n_kinds;
	bool open; /* offered on the idle screen */
	const char
	        *opens; /* "form"; "cabinet": entering with a certificate (DOS-9); "status": an application by its
	                   number (K-15); "confirm": the head's pending requests (NCA-9.head); "about": legal
	                   basis and where to ask (NCA-0, 13, 16, 17), or the service's own `lines`; "ticket": a number
	                   of the electronic queue (NCA-8); "adviser" (DOS-5); "help" (DOS-11). NULL is "form" */
	const struct tg_form_line *lines; /* of "about": what the page says in place of the provider's contacts (DOS-0);
	                                     `after` and `when` are not used */
	unsigned n_lines;
	const char *operation; /* "issue"; "renew": a new key beside the old one, asked for with it (kur); "replace":
	                          the same, and the old pair is removed when the new one is proven; "revoke"; "ssl": by
	                          PKCS#10 (p10cr), no carrier; "paper": filled, printed and recorded (A3); "complaint";
	                          "cloud": the provider makes the key when it has accepted and been paid, no carrier
	                          (DOS-3); "unlock": the lock of a certificate is reset by the desk (DOS-8);
	                          "companies": the list of a complex certificate is changed (DOS-6); "order": somebody
	                          is to be called back (UBR-3). NULL is "issue" */
};

/* Working calendar (NCA-8): minutes are of the local day. */
struct tg_calendar_hours {
	int weekday;              /* 1 Monday … 7 Sunday */
	int from, to;             /* open from … to, minutes since midnight */
	int break_from, break_to; /* equal: none */
};
struct tg_calendar_day {
	const char *date;  /* "2026-03-21"; "*-03-21": in every year that has no days of its own (the rule for later) */
	bool working;      /* true: a day off that is worked (moved), false: off */
	bool moves;        /* of a day of the rule: when it falls on a day without hours, the next working day is off */
	const char *label; /* message id, or NULL */
	const char *source; /* where it is from */
};
struct tg_calendar {
	const char *id;    /* "provider", "corporation", "portal" */
	const char *label; /* message id */
	bool round_the_clock;
	const struct tg_calendar_hours *hours;
	unsigned n_hours;
	const struct tg_calendar_day *days;
	unsigned n_days;
	struct tg_workdays *workdays; /* made when the catalogue is loaded; read it by tg_calendar_workdays */
};
/* A promised time (NCA-4, NCA-11). */
struct tg_term {
	const char *id; /* "result", "queue", "service", "complaint", "complaint-quality" */
	const char *label;
	int working_days, minutes, days; /* one of them; `days` are those of the calendar on the wall (DOS-3) */
	const char *calendar;            /* id; or NULL for minutes */
	const char
	        *when; /* of "complaint-…": conditions of the complaint under which it holds in place of "complaint" */
};
/* Why a service or the acceptance of papers is refused (NCA-10). */
struct tg_ground {
	const char *id;
	const char *label;
	const char *event; /* "service" or "acceptance" */
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
	const char *contact_for; /* message id: what they may be asked; beside `contact` when a device fails (DOS-12);
	                            or NULL */
	bool accept_nca_test_numbers;
	int lock_per_day, lock_in_all; /* wrong PINs until a certificate is locked (DOS-8); 0: no such rule */
	const struct tg_service *services;
	unsigned n_services;
	const struct tg_legal_basis *basis;
	unsigned n_basis;
	const struct tg_erratum *errata;
	unsigned n_errata;
	const struct tg_way *ways;
	unsigned n_ways;
	const struct tg_calendar *calendars;
	unsigned n_calendars;
	const struct tg_term *terms;
	unsigned n_terms;
	const struct tg_ground *grounds;
	unsigned n_grounds;
	const struct tg_form_line *contacts; /* where to ask, in order (NCA-13, 16, 17); `after` is not used */
	unsigned n_contacts;
	const char *refusal_form; /* id of the form of refused acceptance (A9), or NULL */
	const struct tg_pin_plan *pins;
	unsigned n_pins;
	const char *currency; /* "KGS", or NULL: nothing is paid here */
	const struct tg_price *prices;
	unsigned n_prices;
	const struct tg_product *products;
	unsigned n_products;
	const struct tg_payment *payments;
	unsigned n_payments;
	const char *payment_note;          /* message id of what the slip says of refunds, or NULL */
	const struct tg_question *adviser; /* its questions, then what it advises; adviser.yaml */
	unsigned n_adviser;
	const struct tg_advice *advice;
	unsigned n_advice;
	const struct tg_help_topic *help; /* help.yaml */
	unsigned n_help;
	int notice_days; /* before the end of a certificate its holder is told, and may order the next one (DOS-3); 0:
	                    not */
	/* By which service and which of its ways the next certificate in E-Cloud is ordered from that notice, or NULL
	 */
	const char *order_service, *order_way;
};

struct tg_catalog {
	const struct tg_provider *providers;
	unsigned n_providers;
	const struct tg_condition *conditions;
	unsigned n_conditions;
	char hash[65]; /* SHA-256 over all files, hex: goes into the record */
};

/* What a PKCS#10 says, for people. */
#define TG_PKCS10_NAMES_MAX 8
struct tg_pkcs10_facts {
	char algorithm[32];                   /* "rsa-2048" */
	char names[TG_PKCS10_NAMES_MAX][128]; /* as people read them; the first ones */
	unsigned n_names;                     /* all there are */
};

/* A named rule. `arg` as written in the file; `values` gives other answers of the same form by field id.
 * Returns NULL when the value is right, else the message id of what is wrong and how to mend it. `mend` (TG_VALUE_MAX
 * bytes) may get a proposed value, "" if there is none (P-7). Pure. An empty value is never passed in. */
struct tg_rule_values {
	const char *(*get)(const char *field_id, const void *ctx);
	const void *ctx;
	const char *today; /* "2026-11-22", at the provider's place */
	bool accept_nca_test_numbers;
	const char *chip_birth;             /* YYYY-MM-DD, as a chip proved it, or NULL */
	const struct tg_workdays *workdays; /* by which the provider counts; NULL: Monday to Friday */
	/* What this library cannot know itself (tg_domain_parse, tg_csr_parse of pki.h); pure. NULL: shape only. */
	enum tg_status (*domain)(const char *name, const char *zones, char ascii[256], char shown[256]);
	enum tg_status (*pkcs10)(
	        const char *text, const char *domain, const char *more_domains, struct tg_pkcs10_facts *out);
};
struct tg_rule {
	const char *name;
	const char *(*check)(const char *value, const char *arg, const struct tg_rule_values *v, char *mend);
	/* Tells whether `arg` makes sense, when the catalogue is loaded. NULL: the rule takes no argument. */
	bool (*arg_ok)(const char *arg);
	const char *const
	        *messages; /* NULL-ended list of every message id it can return: the translation test reads it */
	const char *const *warnings; /* those of `messages` that are only said and stop nobody, or NULL */
};

/* Loads and checks everything under `dir`. `rules` is the NULL-named-ended table of rules there are (flow/rules.c);
 * NULL: names of rules are not checked (a program that asks nobody anything: the centre).
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
 * versions name none) under these conditions (words separated by spaces, may be NULL), in order; how many. */
unsigned tg_form_keys(const struct tg_form *form, const char *purpose, const char *conditions,
        const struct tg_key_plan **out, unsigned max);
/* Whether `word` is one of the words of `list` (separated by spaces); true for a list of NULL. */
bool tg_words_have(const char *list, const char *word);
bool tg_service_is(const struct tg_service *s, const char *operation); /* "issue", "renew", "replace", "revoke" … */
bool tg_service_has_opens(const struct tg_service *s, const char *opens); /* "form", "status" … */
/* The operation of a kind: its own, else its service's, else "issue". `kind` may be NULL. */
const char *tg_kind_operation(const struct tg_service *s, const struct tg_kind *kind);
bool tg_kind_is(const struct tg_service *s, const struct tg_kind *kind, const char *operation);
/* `when`: words separated by spaces, all must hold; "!word" holds when the condition is not set. NULL holds.
 * `set`: the conditions that are set, words separated by spaces, may be NULL. */
bool tg_when_holds(const char *when, const char *set);
const struct tg_way *tg_provider_way(const struct tg_provider *p, const char *id); /* NULL if none */
const struct tg_calendar *tg_provider_calendar(const struct tg_provider *p, const char *id);
const struct tg_term *tg_provider_term(const struct tg_provider *p, const char *id);
const struct tg_service *tg_provider_service(const struct tg_provider *p, const char *id);
const struct tg_product *tg_provider_product(const struct tg_provider *p, const char *id);
/* What the provider says of the PIN of carriers of this purpose; NULL: nothing. */
const struct tg_pin_plan *tg_provider_pin(const struct tg_provider *p, const char *purpose);
/* The price of a product, by the product's id, on a day ("2026-11-22", at the provider's place); NULL: none holds on
 * that day. */
const struct tg_price *tg_provider_price(const struct tg_provider *p, const char *id, const char *day);
/* What a kind costs under `conditions` (words) on a day; how many lines. */
#define TG_CHARGES_MAX 8
struct tg_charged {
	const struct tg_product *product;
	int64_t amount; /* hundredths; -1: no price is known for that day */
};
unsigned tg_kind_charges(const struct tg_provider *p, const struct tg_kind *kind, const char *conditions,
        const char *day, struct tg_charged out[TG_CHARGES_MAX]);
/* 0: it costs nothing; -1: a price is missing. */
int64_t tg_charged_sum(const struct tg_charged *list, unsigned n);
/* "2026-11-22" at the provider's place; NULL: in UTC. */
void tg_provider_day(const struct tg_provider *p, int64_t wall_ms, char out[11]);
/* What an old certificate says beside what is answered now (DOS-4). Empty strings and NULL say nothing. */
struct tg_old_facts {
	const char *common_name, *organisation, *organisation_number, *title, *personal_number;
};
struct tg_answers_now {
	const char *(*get)(const char *field_id, const void *ctx); /* NULL or "": not answered */
	const void *ctx;
	const char *conditions; /* words separated by spaces */
};
/* The first field whose answer is another than the certificate's, `was` what stands there; NULL: none. Small and large
 * letters, and how many spaces there are, make no difference. The names of the holder count together. */
const struct tg_field *tg_form_changed(
        const struct tg_form *form, const struct tg_answers_now *now, const struct tg_old_facts *old, const char **was);
/* The provider's calendar as the working calendar of base (calendar.h): kept alive by the catalogue. */
struct tg_workdays;
const struct tg_workdays *tg_calendar_workdays(const struct tg_provider *p, const struct tg_calendar *c);
bool tg_service_opens_cabinet(const struct tg_service *s);
const struct tg_provider *tg_catalog_provider(const struct tg_catalog *c, const char *id);
const struct tg_form *tg_catalog_form(const struct tg_catalog *c, const char *id);

#endif
