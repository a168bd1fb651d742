/* What the tests of this folder share: a folder, a clock, a CA on a SoftHSM token, kiosk credentials, requests made
 * by a software key, a transport that goes straight to the CA and can be made to misbehave. */
#ifndef TESTS_PKI_KIT_H
#define TESTS_PKI_KIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tamga/ca.h"
#include <openssl/evp.h>
#include <openssl/x509.h>

#define KIT_NOW_MS INT64_C(1795000000000) /* 2026-11-18 */
#define KIT_DATA   TAMGA_TESTS_DIR "/data/nca-test/"

/* --- Folders and programs */
void kit_folder(char out[64]);                              /* a new one */
void kit_folder_remove(const char *folder);                 /* with all that is in it */
const char *kit_path(const char *folder, const char *name); /* one of a few static buffers */
void kit_write(const char *path, const void *bytes, size_t n);
void kit_read(const char *path, struct tg_buf *out);
/* Runs a program, its output (both streams) into `out` (may be NULL); returns its exit code. */
int kit_run(struct tg_buf *out, const char *program, ...) __attribute__((sentinel));
int kit_spawn(const char *log, const char *program, ...) __attribute__((sentinel)); /* pid */
void kit_stop(int pid);
int kit_free_port(void);

/* --- Time */
struct kit_clock {
	int64_t wall_ms, mono_ms;
};
struct tg_clock kit_clock_port(struct kit_clock *c);

/* --- CA */
struct kit_person;
/* What the centre's replica would say. */
struct kit_application {
	char number[TG_NUMBER_MAX];
	enum tg_status status; /* of looking it up */
	enum tg_ca_standing standing;
	const char *conditions, *profiles, *keys;
	const struct kit_person *person;
	bool unpaid, wrong_companies, price_short;
	enum tg_status identified; /* TG_OK, or why nobody knows who asks */
	enum tg_status (*unchanged)(const struct tg_ca_application *a, const struct tg_certificate_facts *old);
	const char *old_serial;
};

struct kit {
	char dir[64];
	struct kit_clock time;
	struct tg_clock clock;
	struct tg_profiles *profiles;
	struct tg_ca_memory *memory;
	struct tg_ca_store store;
	struct tg_ca *ca;
	struct tg_ca_config config;
	struct tg_secret *pin;
	struct kit_application applications[24];
	unsigned n_applications, n_asked, n_released;
	char trust[256], kiosk_ca[256], kiosk_ca_key[256], kiosk_cert[256], kiosk_key[256];
};
void kit_start(struct kit *k);
void kit_start_at(struct kit *k, int64_t now_ms); /* for programs that know the machine's clock only */
/* Puts an application into the replica, or changes the one that is there. */
struct kit_application *kit_applies(struct kit *k, const char *number, enum tg_ca_standing standing,
        const char *conditions, const struct kit_person *person);
/* Whether profiles with `approval: identified` are what they are, or issued to anybody: most tests are about something
 * else than who asks, and begin so. */
void kit_identify(struct kit *k, bool as_shipped);
void kit_stop_ca(struct kit *k); /* closes the CA, keeps store and token */
void kit_open_ca(struct kit *k);
void kit_end(struct kit *k);
void kit_kiosk(struct kit *k, const char *id, char cert[256], char key[256]);
struct tg_cmp_config kit_client(const struct kit *k);

/* A fresh CRL of this list, DER. */
enum tg_status kit_crl(const struct kit *k, enum tg_ca_list list, struct tg_buf *der, struct tg_error *err);

/* --- Requests */
struct kit_person {
	const char *surname, *name, *patronymic, *iin, *email;
	const char *organisation, *organisation_number, *title;  /* or NULL */
	const char *bin, *institution, *role, *domain, *domains; /* or NULL */
};
extern const struct kit_person kit_aigul, kit_head; /* of both countries; `iin` is the ПИН of the second */
const char *kit_answer(const char *field, const void *person);
EVP_PKEY *kit_rsa(void);                   /* new each time */
EVP_PKEY *kit_gost(const char *algorithm); /* by the engine, which must be loaded; new each time */
void kit_spki(EVP_PKEY *key, struct tg_buf *out);
struct kit_request {
	const char *number, *profile, *storage;
	const char *reg_profile; /* what regInfo says; NULL: profile */
	const struct kit_person *person;
	EVP_PKEY *key;    /* in the template */
	EVP_PKEY *signer; /* of the proof of possession; NULL: key */
	bool no_reg_info, no_pop;
};
/* CRMF CertReqMsg. */
void kit_crmf(const struct kit *k, const struct kit_request *r, struct tg_buf *out);
const char *kit_number(unsigned n);

/* --- Transport into the CA */
struct kit_wire {
	struct tg_ca *ca;
	const char *peer;
	unsigned messages;
	/* Faults, by message number (from 1); 0 = none. */
	unsigned fail_at, lose_at, garbage_at, cut_at, flip_at; /* lose: the CA has seen it, the answer is lost */
	size_t flip_byte;
	enum tg_status fail_with;
	struct tg_error server; /* what the CA said for its log, of the last message */
	struct tg_buf last_request, last_answer;
};
struct tg_cmp_transport kit_wire_port(struct kit_wire *w);
void kit_wire_finish(struct kit_wire *w);

X509 *kit_x509(struct tg_bytes der);
static inline struct tg_bytes kit_bytes(const struct tg_buf *b)
{
	return (struct tg_bytes){b->data, b->len};
}

#endif
