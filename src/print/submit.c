#include "tamga/print.h"

#include <cups/cups.h>

#define CONNECT_MS 5000
#define ANSWER_S   10.0

/* Called when the printing service has been silent for ANSWER_S: it has had its time. */
static int on_silence(http_t *http, void *ctx)
{
	(void)http;
	(void)ctx;
	return 0; /* do not wait on */
}

static bool plain_name(const char *printer)
{
	if (!printer || !*printer || strlen(printer) > 127)
		return false;
	for (const char *p = printer; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 127 || strchr("/#?%\\\"'", *p))
			return false;
	return true;
}

static ipp_t *new_job(const char *printer, const char *title)
{
	char uri[256];
	ipp_t *ipp = ippNewRequest(IPP_OP_PRINT_JOB);
	snprintf(uri, sizeof uri, "ipp://localhost/printers/%s", printer);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "tamga");
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, title);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL, "application/pdf");
	return ipp;
}

/* Takes `request`. */
static ipp_t *exchange(http_t *http, const char *printer, ipp_t *request, struct tg_bytes pdf)
{
	char resource[192];
	snprintf(resource, sizeof resource, "/printers/%s", printer);
	http_status_t status = cupsSendRequest(http, request, resource, ippLength(request) + pdf.len);
	if (status == HTTP_STATUS_CONTINUE)
		status = cupsWriteRequestData(http, (const char *)pdf.data, pdf.len);
	/* An answer may also come before all is written: a printer that there is not. */
	ipp_t *answer =
	        status == HTTP_STATUS_CONTINUE || status == HTTP_STATUS_OK ? cupsGetResponse(http, resource) : NULL;
	ippDelete(request);
	return answer;
}

static enum tg_status read_answer(ipp_t *answer, const char *printer, int *job, struct tg_error *err)
{
	ipp_status_t status = answer ? ippGetStatusCode(answer) : cupsLastError();
	ipp_attribute_t *id = answer ? ippFindAttribute(answer, "job-id", IPP_TAG_INTEGER) : NULL;
	if (status == IPP_STATUS_ERROR_NOT_FOUND)
		return tg_error_set(err, TG_PRINTER_NONE, "there is no printer %s", printer);
	if (status > IPP_STATUS_OK_EVENTS_COMPLETE || !answer)
		return tg_error_set(err, TG_PRINT_FAILED, "printer %s: %s", printer, ippErrorString(status));
	if (job)
		*job = id ? ippGetInteger(id, 0) : 0;
	return TG_OK;
}

enum tg_status tg_print_submit(
        const char *printer, const char *title, struct tg_bytes pdf, int *job, struct tg_error *err)
{
	if (!plain_name(printer))
		return tg_error_set(err, TG_PRINTER_NONE, "no printer is named in the settings");
	http_t *http = httpConnect2(
	        cupsServer(), ippPort(), NULL, AF_UNSPEC, HTTP_ENCRYPTION_IF_REQUESTED, 1, CONNECT_MS, NULL);
	if (!http)
		return tg_error_set(err, TG_PRINTER_NONE, "the printing service does not answer");
	httpSetTimeout(http, ANSWER_S, on_silence, NULL);
	ipp_t *answer = exchange(http, printer, new_job(printer, title), pdf);
	enum tg_status st = read_answer(answer, printer, job, err);
	ippDelete(answer);
	httpClose(http);
	return st;
}
