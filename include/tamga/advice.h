/* Layer: flow. What a provider tells people who ask before they apply: which certificates they need and what those cost
 * (DOS-5), the list of companies that a complex certificate serves (DOS-6), answers to questions (DOS-11). All of it
 * is the provider's data. Plain values; the companies are personal data: erased with the state that holds them.
 *
 *   service ─┬─► adviser ► advice ► (a service of these certificates)
 *            ├─► topics ► topic
 *            ╰─► devices ► company ► enter ► companies ► form … the change of a complex certificate's list */
#ifndef TAMGA_ADVICE_H
#define TAMGA_ADVICE_H

#include "tamga/record.h"
#include "tamga/screen.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Questions and what was answered */
#define TG_TYPED_BYTES 8
struct tg_replies {
	unsigned option[TG_QUESTIONS_MAX];            /* of each question, from 1; 0: not answered */
	char typed[TG_QUESTIONS_MAX][TG_TYPED_BYTES]; /* of one with `number`: its digits */
};

/* --- The adviser */
#define TG_ADVICE_MAX 32
struct tg_advised {
	const struct tg_advice *advice;
	const struct tg_product *product;
	const struct tg_price *price; /* NULL: none is known for that day */
};
/* The lines that hold under these conditions, in order, with the prices of a day ("2026-11-22"); how many. */
unsigned tg_advice_lines(
        const struct tg_provider *p, const char *conditions, const char *day, struct tg_advised out[TG_ADVICE_MAX]);
/* What they cost together, in hundredths: lines of each company `companies` times. False: a price is not known, or the
 * sum is beyond every price list. */
bool tg_advice_sum(const struct tg_advised *list, unsigned n, unsigned companies, int64_t *sum);
struct tg_adviser {
	struct tg_replies replies; /* to the provider's questions */
};

/* --- Help */
#define TG_TOPICS_MAX 64
struct tg_topics {
	unsigned list[TG_TOPICS_MAX]; /* indexes into the provider's topics, the best first */
	unsigned n;
};

/* --- The companies of a complex certificate */
#define TG_COMPANIES_MAX    64 /* that are shown; a list may be longer */
#define TG_COMPANY_NAME_MAX 160
#define TG_COMPANY_INN_MAX  20
struct tg_company {
	char inn[TG_COMPANY_INN_MAX];
	char name[TG_COMPANY_NAME_MAX]; /* "" when it is not known */
};
/* One line of an answer: the tax number, a space, the name. False: no number of digits, or too long. */
bool tg_company_parse(const char *line, size_t n, struct tg_company *out);
struct tg_companies {
	char number[TG_NUMBER_MAX]; /* of the application that the certificate came from */
	char product[32];           /* id */
	int count;                  /* how many there are */
	struct tg_company list[TG_COMPANIES_MAX];
	unsigned n; /* of the list: at most count */
};

/* The change of a complex certificate's list, before it becomes answers of a form (DOS-6). */
struct tg_company_change {
	bool known; /* the present list was told */
	struct tg_companies now;
	bool removed[TG_COMPANIES_MAX]; /* of now.list */
};

#endif
