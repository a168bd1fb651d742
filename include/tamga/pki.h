/* Layer: pki. Certificate profiles as data, CMP (RFC 4210, 9480, 4211) from OpenSSL, the sandbox CA. */
#ifndef TAMGA_PKI_H
#define TAMGA_PKI_H

#include "tamga/buf.h"
#include "tamga/clock.h"

/* --- Profiles (YAML files under screens/profiles): subject layout, key usage, extended key usage, policies, storage
 * extension, validity, roles, names of servers, whether the application must be accepted first. The kiosk uses the
 * subject layout, the CA everything. Source: domain-facts.md §1. Fields of forms that they name: surname, given-name,
 * patronymic, iin, organisation, bin, role, institution-code, domain, additional-domains, email. */
struct tg_profiles;
enum tg_status tg_profiles_load(struct tg_profiles **out, const char *dir, struct tg_error *err) TG_MUST_USE;
void tg_profiles_destroy(struct tg_profiles *p);
/* DER Name from the answers: `get` gives the answer of a field id, NULL or "" when there is none (the attribute is left
 * out then). Values are upper-cased as the profile says. TG_NOT_FOUND (profile), TG_INVALID (a must is missing or too
 * long). */
typedef const char *tg_answer_get(const char *field_id, const void *ctx);
enum tg_status tg_profile_subject(const struct tg_profiles *p, const char *profile, tg_answer_get *get, const void *ctx,
        struct tg_buf *der, struct tg_error *err) TG_MUST_USE;
/* The extensions the kiosk asks for (SEQUENCE OF Extension): e-mail as subjectAltName when there is one, key storage
 * (1.2.398.3.3.5) with `storage_oid`. */
enum tg_status tg_profile_request_extensions(const struct tg_profiles *p, const char *profile, const char *email,
        const char *storage_oid, struct tg_buf *der, struct tg_error *err) TG_MUST_USE;

/* Walks the ids of the profiles; NULL after the last. */
const char *tg_profiles_id(const struct tg_profiles *p, size_t i);
/* "number?K7M2-0004-9QX1%profile?nca-individual-sign%": what tg_token_request takes as `reg_info` (RFC 4211 appendix,
 * regInfo utf8Pairs). */
void tg_pki_reg_info(const char *number, const char *profile, struct tg_buf *out);

/* The OpenSSL that runs is 3.0.22 or newer: before it, a CMP peer could be crashed from outside (CVE-2026-63076).
 * TG_CONFIG. */
enum tg_status tg_pki_check_openssl(struct tg_error *err) TG_MUST_USE;

/* --- CMP client. One call is one transaction: request, answer, certConf, pkiConf. Blocking; run it on a worker. */
struct tg_cmp_transport {
	/* Sends one PKIMessage and waits for the answer. `endpoint` is the profile's id: a CA that has an address per
	 * profile is configured at the transport. TG_AGENT_DOWN, TG_CA_DOWN, TG_TIMEOUT, TG_CA_GARBAGE.
	 * Keep the HTTP connection from one call to the next, with "Connection: keep-alive": some servers (openssl cmp
	 * -port) forget the transaction with the connection and then refuse certConf. `answer` comes empty. */
	enum tg_status (*exchange)(void *ctx, const char *endpoint, struct tg_bytes request, struct tg_buf *answer,
	        int timeout_ms, struct tg_error *err);
	void *ctx;
};
struct tg_cmp_signer {
	enum tg_status (*sign)(void *ctx, struct tg_bytes message, struct tg_buf *signature, struct tg_buf *algorithm,
	        struct tg_error *err);
	struct tg_bytes certificate; /* DER, of the signing key */
	void *ctx;
};
struct tg_cmp_config {
	const char *trust_pem; /* file: CA certificates that answers and new certificates are checked against */
	const char *recipient; /* "/CN=…" or NULL */
	/* Protection by the kiosk's own certificate … */
	const char *cert_pem, *key_pem;
	/* … or by a shared secret (PBM): reference and a file with the secret. */
	const char *secret_ref, *secret_file;
	/* Or by the holder's own key on a carrier (kur and rr of RFC 4210 §5.3.5, §5.3.9): `sign` gives the signature
	 * over `message` and its AlgorithmIdentifier (as tg_token_sign); the certificate goes along in extraCerts. */
	const struct tg_cmp_signer *signer;
	bool accept_implicit_confirm;
	int timeout_ms;               /* of one message; 0 = 30 000. The whole transaction gets four times that */
	const struct tg_clock *clock; /* what time certificates are checked at; NULL: the machine's */
};
struct tg_cmp_result {
	struct tg_buf certificate; /* DER */
	struct tg_buf chain;       /* DER certificates after each other, leaf's issuer first; may be empty */
	char serial[48];           /* hex */
};
void tg_cmp_result_finish(struct tg_cmp_result *r);
/* ir with a finished CRMF CertReqMsg. The certificate is checked before certConf is sent: its key is `spki`, its chain
 * leads to trust_pem. `received` (may be NULL) is called before certConf: when it does not return TG_OK the
 * certificate is refused. Asking again with the same key and number gives the same certificate. TG_NOT_DECIDED: our own
 * CA says that nobody has accepted the application (yet); TG_UNPAID: that it is not paid; TG_CA_REFUSED: any other
 * refusal. */
typedef enum tg_status tg_cmp_received(struct tg_bytes certificate, void *ctx);
enum tg_status tg_cmp_enrol(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes crmf, struct tg_bytes spki, tg_cmp_received *received, void *ctx, struct tg_cmp_result *out,
        struct tg_error *err) TG_MUST_USE;
/* kur: renewal of `old` by the same rules; crmf carries the new key. The request is signed already, so the old
 * certificate goes along in extraCerts, which Tamga's own CA reads; for other servers `crmf` must hold the oldCertID
 * control. */
enum tg_status tg_cmp_renew(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes old_certificate, struct tg_bytes crmf, struct tg_bytes spki, tg_cmp_received *received,
        void *ctx, struct tg_cmp_result *out, struct tg_error *err) TG_MUST_USE;
/* p10cr with a finished PKCS#10 (RFC 4210 §5.3.4), checked before with tg_csr_parse: its own signature is the proof of
 * possession. `reg_info` as for tg_token_request names application and profile. */
enum tg_status tg_cmp_enrol_p10(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes pkcs10, const char *reg_info, tg_cmp_received *received, void *ctx, struct tg_cmp_result *out,
        struct tg_error *err) TG_MUST_USE;
/* rr. `reason` as in RFC 5280 CRLReason, -1 unspecified. */
enum tg_status tg_cmp_revoke(const struct tg_cmp_config *c, const struct tg_cmp_transport *t, const char *endpoint,
        struct tg_bytes certificate, int reason, struct tg_error *err) TG_MUST_USE;

/* --- Signatures of every family there is (K-6): RSA, EC, Russian GOST identifiers, and the Kazakh ones
 * (1.2.398.3.10.*), whose keys and signatures are turned into the Russian form first (domain-facts.md §1.3).
 * TG_ALGORITHM names what cannot be verified ("GOST 34.310-2004 with hash parameters …"); TG_CERT_INVALID when the
 * signature does not fit. Times, extensions and revocation are not looked at. */
enum tg_status tg_pki_verify_certificate(
        struct tg_bytes certificate, struct tg_bytes issuer, struct tg_error *err) TG_MUST_USE;
enum tg_status tg_pki_verify_crl(struct tg_bytes crl, struct tg_bytes issuer, struct tg_error *err) TG_MUST_USE;
/* `algorithm`: DER AlgorithmIdentifier of the signature. */
enum tg_status tg_pki_verify_signature(struct tg_bytes certificate, struct tg_bytes algorithm, struct tg_bytes message,
        struct tg_bytes signature, struct tg_error *err) TG_MUST_USE;

/* --- What a person is told about a certificate. Text is cleaned for the screen. */
struct tg_certificate_facts {
	char serial[48]; /* hex */
	char sha256[65]; /* of the DER: how the centre names it */
	char common_name[128], organisation[128];
	char personal_number[32], organisation_number[32]; /* IIN / ПИН, BIN / tax number; "" when it has none */
	char title[64], issuer[128];                       /* position of the holder; common name of the issuer */
	char algorithm[32];                                /* "rsa-2048", "gost2001" …; "" when it is none of ours */
	int64_t from_ms, until_ms;
	bool signs, authenticates; /* what it is for, by key usage and extended key usage */
};
/* TG_CERT_INVALID when it is no certificate. */
enum tg_status tg_pki_certificate_facts(
        struct tg_bytes certificate, struct tg_certificate_facts *out, struct tg_error *err) TG_MUST_USE;
/* A public key (DER SubjectPublicKeyInfo): its algorithm as in the facts, "" when it is none of ours. TG_INVALID when
 * it is no key. */
enum tg_status tg_pki_public_key(struct tg_bytes spki, char algorithm[32], struct tg_error *err) TG_MUST_USE;
/* The DER Name of its subject. */
enum tg_status tg_pki_certificate_subject(
        struct tg_bytes certificate, struct tg_buf *der, struct tg_error *err) TG_MUST_USE;

/* --- CMS (RFC 5652): SignedData with its content, one signer, signed attributes with the signing time. The signature
 * is made by whoever holds the key (a carrier); its algorithm may be any of tg_pki_verify_signature. */
enum tg_status tg_cms_sign(struct tg_bytes content, const struct tg_cmp_signer *signer, int64_t at_ms,
        struct tg_buf *cms, struct tg_error *err) TG_MUST_USE;
/* `revoked` says whether the issuer took the certificate back: TG_OK, TG_CERT_REVOKED, or why it is not known. */
typedef enum tg_status tg_cms_revoked(struct tg_bytes certificate, int64_t at_ms, void *ctx, struct tg_error *err);
struct tg_cms_judged {
	struct tg_buf content, certificate; /* both filled also when only the certificate is not good */
	int64_t signed_ms;                  /* as the signer says */
};
void tg_cms_judged_finish(struct tg_cms_judged *j);
/* TG_SIGNATURE_BAD (no CMS, no content, other content, wrong signature, signed more than a day from `at_ms`),
 * TG_CERT_INVALID (chain, or its key may not sign documents), TG_CERT_EXPIRED, TG_CERT_REVOKED, TG_ALGORITHM. */
enum tg_status tg_cms_verify(struct tg_bytes cms, const char *trust_pem, int64_t at_ms, tg_cms_revoked *revoked,
        void *ctx, struct tg_cms_judged *out, struct tg_error *err) TG_MUST_USE;

/* --- PKCS#10 that a person brings along (NCA-9.dom). Foreign bytes: at most 16 KiB, DER or PEM or bare Base64. */
#define TG_CSR_NAMES_MAX 32
struct tg_csr {
	struct tg_buf der, spki;
	char algorithm[32];                /* "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384" */
	char common_name[256];             /* cleaned for the screen */
	char names[TG_CSR_NAMES_MAX][256]; /* dNSName and common name, A-labels, lower case, each once */
	unsigned n_names;
};
void tg_csr_finish(struct tg_csr *c);
/* TG_PKCS10 (no request, too long, signature does not fit, a name that is none), TG_KEY_WEAK (RSA below 2048 bits or
 * exponent below 65537, curves other than P-256 and P-384, a key on the list of known weak ones), TG_LIMIT. */
enum tg_status tg_csr_parse(struct tg_bytes text, struct tg_csr *out, struct tg_error *err) TG_MUST_USE;
/* Every name of the form stands in the request and every name of the request on the form. `additional`: one a line, may
 * be "". TG_PKCS10_NAMES names the first that does not. */
enum tg_status tg_csr_names_fit(
        const struct tg_csr *c, const char *domain, const char *additional, struct tg_error *err) TG_MUST_USE;
/* A domain name as typed, U-labels or A-labels (IDNA 2008), to its A-label form in lower case and to the form that
 * people read; "*." may stand before it. TG_INVALID: no name of two labels or more, or a label of two scripts. Whether
 * its zone can be proven is the rule's business: `zones` "kz қаз"; TG_NOT_FOUND. */
enum tg_status tg_domain_parse(const char *name, const char *zones, char ascii[256], char shown[256]) TG_MUST_USE;

/* --- What an application asks for that goes with a right, for whoever decides on it without papers (NCA-9.again). By
 * every profile there is, so that no application says itself which one it is held against.
 *
 * The roles that `conditions` (words separated by spaces) would put into a certificate stand in `certificate`:
 * TG_ROLE_BEYOND names the first condition that does not. TG_CERT_INVALID. */
enum tg_status tg_profiles_roles_within(const struct tg_profiles *p, const char *conditions,
        struct tg_bytes certificate, struct tg_error *err) TG_MUST_USE;
/* The names of servers that the answers would put into a certificate, A-labels, each once; none: `n` is 0. TG_INVALID
 * (an answer is no domain name), TG_LIMIT. */
struct tg_domain_names {
	char list[TG_CSR_NAMES_MAX][256];
	unsigned n;
};
enum tg_status tg_profiles_domains(const struct tg_profiles *p, tg_answer_get *get, const void *ctx,
        struct tg_domain_names *out, struct tg_error *err) TG_MUST_USE;
bool tg_domain_names_have(const struct tg_domain_names *all, const char *ascii);

/* The chain of `certificate` leads to a certificate of `trust_pem`, at `at_ms`; TG_CERT_INVALID. */
enum tg_status tg_pki_check_chain(struct tg_bytes certificate, struct tg_bytes chain, const char *trust_pem,
        int64_t at_ms, struct tg_error *err) TG_MUST_USE;

#endif
