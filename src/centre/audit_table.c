/* Which entries of the journal there are for each class of event that an authority has to record, and who writes them.
 * tests/integration/centre/audit.sh makes every one of them happen and reads it back. */
#include "audit.h"

static const struct tg_audit_class classes[] = {
        {"RFC 3647 5.4.1, ETSI EN 319 411-1 6.4.5", "keys of the CA and of its signers are made, used, destroyed",
                "ca.key ca.certificate", "centre"},
        {"RFC 3647 5.4.1, 4.1, 4.2", "a certificate is applied for, by whom, and how it was found out who asks",
                "application.submitted application.signed desk.claimed desk.decided head.decided application.verified "
                "application.cancelled application.abandoned",
                "kiosk centre"},
        {"RFC 3647 5.4.1, 4.3", "a certificate is asked of the CA, issued, refused, taken",
                "chip.intent certificate.issued certificate.refused certificate.state application.issued "
                "application.delivered application.undone",
                "kiosk centre"},
        {"RFC 3647 5.4.1, 4.9", "a certificate is revoked or held, by whom, why",
                "certificate.revoked certificate.state "
                "application.revoked",
                "centre"},
        {"RFC 3647 5.4.1, 4.10", "lists of revoked certificates are published", "crl.published", "centre"},
        {"RFC 3647 5.4.1, 5.3", "the system starts, stops, is configured, what runs there",
                "centre.started "
                "centre.stopped centre.changed kiosk.started",
                "centre kiosk"},
        {"RFC 3647 5.4.1, 6.8", "the clock and where it has its time", "clock.stepped centre.started", "centre"},
        {"RFC 3647 5.4.1, 6.5, 6.7", "somebody tries to get in who may not",
                "access.refused enrolment.refused "
                "signature.tried pin.tried",
                "centre kiosk"},
        {"RFC 3647 5.4.1, 5.2", "who is trusted with what", "staff.entered kiosk.role", "kiosk centre"},
        {"RFC 3647 5.4.1, 6.2.3", "carriers and their PINs in the authority's hands",
                "token.state pin.intent pin.done lock.reset", "kiosk centre"},
        {"RFC 3647 5.4.1, 4.1.1", "kiosks are let in, shut out, replaced, get another certificate",
                "kiosk.added kiosk.enrolled kiosk.renewed kiosk.disabled kiosk.enabled kiosk.replaced "
                "enrolment.closed",
                "tamgactl centre"},
        {"RFC 3647 5.4.1, 5.5, 5.7", "records are erased, restored, mended",
                "bodies.erased tree.restarted backup.made "
                "replica.restored replica.mended",
                "tamgactl centre"},
};

const struct tg_audit_class *tg_audit_class(size_t i)
{
	return i < sizeof(classes) / sizeof(classes[0]) ? &classes[i] : NULL;
}
