/* Layer: flow. Entering with the certificate on a token, and the cabinet behind it (DOS-8, DOS-9, DOS-10): what the
 * kiosk tells the journey of devices, certificates, news and applications. Plain values; personal data: erased with the
 * state that holds them. Texts are cleaned for the screen before they come here.
 *
 *   service ► devices ► company ► enter ► home ► certificates ► certificate ► (renewal: form, review … result) ► home
 *                                           ├─► applications
 *                                           ├─► try, pin-change
 *                                           ╰─► leave ► wiping */
#ifndef TAMGA_CABINET_H
#define TAMGA_CABINET_H

#include "tamga/i18n.h"
#include "tamga/record.h"
#include "tamga/status.h"
#include <stdbool.h>
#include <stdint.h>

#define TG_DEVICES_MAX            8  /* as many as readers are watched */
#define TG_HELD_CERTIFICATES_MAX  32 /* as many as tg_token_certificates tells */
#define TG_CLOUD_CERTIFICATES_MAX 8  /* those that end first */
#define TG_NEWS_MAX               3
#define TG_SHOWN_APPLICATIONS_MAX 8

/* A reader with a card in it. */
struct tg_device {
	char reader[128];      /* as PC/SC names it: tg_flow_state.wanted_reader; "" for a token without a reader */
	char shown[64];        /* the same for the screen */
	enum tg_status status; /* TG_OK: can be chosen; else what is wrong with the card */
	char carrier_name[64]; /* message id, "" when no row of the carriers table fits */
	char label[64], serial[64];
};

/* A certificate on the chosen token, or one of the same organisation whose key is in E-Cloud. */
struct tg_held_certificate {
	char sha256[65], serial[48]; /* hex */
	char holder[128], organisation[128], title[64], issuer[128];
	char personal_number[32], organisation_number[32];
	char algorithm[32];
	int64_t from_ms, until_ms;
	enum tg_status status; /* TG_OK: can be entered with; TG_CERT_EXPIRED, TG_CERT_INVALID … */
	bool foreign;          /* of another provider */
	bool signs, authenticates;
	bool cloud;                  /* in E-Cloud: not on the token */
	enum tg_status order;        /* of such a one: TG_OK: the next one may be ordered online (DOS-3) */
	enum tg_status lock;         /* TG_OK, TG_LOCK_DAY, TG_LOCK_ALL (DOS-8) */
	int left_today, left_in_all; /* wrong PINs that are still allowed; -1: the provider has no such rule */
	int64_t lock_known_ms;       /* up to when tries at other kiosks are known; 0: never asked with success */
};

struct tg_shown_news {
	int64_t time_ms;
	char title[TG_LANG_COUNT][160], text[TG_LANG_COUNT][600];
};

struct tg_shown_application {
	char number[TG_NUMBER_MAX], service[32], state[16]; /* id of the service; name of the state (store.h) */
	int64_t accepted_ms, sent_ms, registered_ms;
};

/* What an event of the cabinet brings; only the part that the event is about is filled. */
struct tg_cabinet_facts {
	struct tg_device devices[TG_DEVICES_MAX];
	unsigned n_devices;
	struct tg_held_certificate certificates[TG_HELD_CERTIFICATES_MAX];
	unsigned n_certificates;
	bool centre_reached; /* for the counts of wrong PINs: the centre's word is fresh */
	struct tg_held_certificate in_cloud[TG_CLOUD_CERTIFICATES_MAX];
	unsigned n_in_cloud;
	struct tg_shown_news news[TG_NEWS_MAX];
	unsigned n_news;
	struct tg_shown_application applications[TG_SHOWN_APPLICATIONS_MAX];
	unsigned n_applications;
};

enum tg_storage { TG_STORAGE_NOT_CHOSEN, TG_STORAGE_TOKEN, TG_STORAGE_CLOUD };
/* Why LEAVE came. */
enum tg_leaving { TG_LEAVING_BY_HAND, TG_LEAVING_PULLED, TG_LEAVING_IDLE };

/* The journey's side, in tg_flow_state. */
struct tg_cabinet {
	const struct tg_service *service; /* the one that opened it */
	enum tg_storage storage;
	enum tg_leaving leaving;
	struct tg_cabinet_facts facts;
	unsigned certificate;        /* the one that is entered with, an index */
	unsigned shown;              /* the one on CERTIFICATE: first those on the token, then those in E-Cloud */
	bool listed;                 /* the devices were told once */
	bool entered;                /* between the right PIN and LEAVE or wiping */
	bool trying;                 /* the PIN on ENTER is for trying the signature */
	bool stale;                  /* the token holds other certificates than those that are known */
	bool ordering;               /* the application is an order from the notice (DOS-3) */
	enum tg_status cloud;        /* of the question about E-Cloud: TG_OK, or why nothing is known */
	char old[65];                /* SHA-256 of the certificate that a renewal is for, or "" */
	enum tg_status tried, chain; /* of TRY: the signature, the chain of the certificate */
};

#endif
