/* Every sentence that flow can show. A test paints all screens and finds what is missing here. */
#include "parts.h"

static const char *const ids[] = {
	"app.title", "banner.sandbox", "status.sentence",
	"idle.choose", "idle.sandbox", "idle.card-in",
	"reader.no-service", "reader.none", "reader.no-card", "reader.mute", "reader.reading", "reader.other-card", "reader.card",
	"title.provider", "title.service", "title.kind", "title.carrier", "title.documents", "title.review", "title.consent",
	"title.pin", "title.submitting", "title.working", "title.result", "title.waiting", "title.resume", "title.failure",
	"title.undone", "title.wiping",
	"choice.not-here",
	"carrier.insert", "carrier.reading", "carrier.found", "carrier.certificates", "carrier.leave-in",
	"form.required", "form.required-missing", "form.by-chip", "form.by-staff", "form.number-later", "form.key-later",
	"form.choice-hint", "form.mend", "form.wrong",
	"documents.intro", "documents.missing", "documents.needed", "documents.if-needed",
	"review.intro", "review.empty", "review.wrong",
	"consent.intro", "consent.missing", "consent.version",
	"pin.intro", "pin.undo", "pin.pad", "pin.label", "pin.tries", "pin.tries-low", "pin.tries-unknown", "pin.last-try",
	"pin.length",
	"submitting.text", "working.leave-card", "working.card-gone",
	"step.generate", "step.request", "step.enrol", "step.write", "step.prove", "step.undo",
	"key-plan.sign", "key-plan.auth", "key-plan.other",
	"work.number", "work.accepted", "work.sent", "work.not-sent", "work.registered", "work.not-registered",
	"receipt.busy", "receipt.paper", "receipt.file", "receipt.screen", "receipt.where",
	"result.text", "result.certificate", "result.take-card",
	"waiting.text", "waiting.come-back",
	"resume.text", "resume.insert", "resume.continue", "resume.undo", "resume.leave",
	"failure.code", "out-of-service.text",
	"wiping.text", "wiping.take-card",
	"cancel.title", "cancel.text", "cancel.recorded", "cancel.no", "cancel.yes", "cancel.leave",
	"idle-warning.title", "idle-warning.text", "idle-warning.countdown", "idle-warning.more",
	"language.title", "last-try.title", "last-try.text", "last-try.no", "last-try.yes",
	"help.title", "help.keys", "help.idle", "help.provider", "help.service", "help.kind", "help.carrier", "help.form",
	"help.documents", "help.review", "help.consent", "help.pin", "help.submitting", "help.working", "help.result",
	"help.waiting", "help.resume", "help.failure",
	"button.continue", "button.retry", "button.leave", "button.finish", "button.receipt", "button.close", "button.to-review",
	"button.all-right",
	"key.choose", "key.continue", "key.next-field", "key.tick", "key.change", "key.confirm",
};

static void status_messages(void (*fn)(const char *id, void *ctx), void *ctx)
{
	enum tg_status status;
	for (size_t i = 0; tg_status_each(i, &status); i++) {
		char id[48];
		if (status == TG_OK)
			continue;
		(void)snprintf(id, sizeof id, "error.%s", tg_status_name(status));
		fn(id, ctx);
		(void)snprintf(id, sizeof id, "mend.%s", tg_status_name(status));
		fn(id, ctx);
	}
}

void tg_flow_messages(void (*fn)(const char *id, void *ctx), void *ctx)
{
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		fn(ids[i], ctx);
	for (int a = TG_ACTION_CHAR; a < TG_ACTION_COUNT; a++)
		fn(tg_action_label((enum tg_action)a), ctx);
	for (const struct tg_rule *r = tg_flow_rules; r->name; r++)
		for (const char *const *id = r->messages; *id; id++)
			fn(*id, ctx);
	status_messages(fn, ctx);
}
