#!/usr/bin/env bash
# DOS-1, DOS-2, DOS-4, DOS-6 through the real program: renewal on a Rutoken at the office, of a citizen's organisation; of one whose
# head is a foreigner, with an accountant, after a change of holder and of particulars, in Osh; of a complex certificate, in
# Jalal-Abad. The list of papers follows the answers, the clerk takes the money and decides, the certificate comes onto
# the Rutoken with the key that was chosen.
# shellcheck disable=SC2154,SC2034  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
openssl engine gost >/dev/null 2>&1 || { echo "skipped: OpenSSL has no GOST engine" >&2; exit 77; }
stage_up
desk_ready
lang=$(turn ky)
D=dostek.doc

# --- the shortest list: head, citizen, nothing changed, Bishkek
FILLED=("${FIRM[@]}" "${HEAD_IS[@]}" -)
PAID=1 ANSWERS="1 1 1 1 1 1 1" renewed ky renew D2.2 5 "$(persona_value $HEAD user_pin)" $HEAD
listed "head" "$lang" "$n" $D.registration $D.head-id $D.power $D.trustee-passport $D.carrier
certificate "head" "$n" head "PIN21204197900147" "INN01203201810274" "$(printf 'title=директор')" 'Public-Key: (2048 bit)'
check "head: what it costs (seed 002)" on_paper "$n-payment.pdf" "$n" "1510" 42151410 42122900

# --- every condition of the source at once: a foreigner's translated passport, the accountant, both holders' papers, Osh
FILLED=("${FIRM[@]}" "Юсупов Шухрат Анварович" 20202197500118 "${ACCOUNTANT_IS[@]}" -)
SKIP=3 PAID=1 ANSWERS="2 2 2 2 2 2 2 2" renewed ky renew D2.2 12 "$(persona_value $ACCOUNTANT user_pin)" $ACCOUNTANT
listed "accountant" "$lang" "$n" $D.registration $D.head-passport $D.head-translation $D.head-pin $D.accountant-id $D.dismissal \
	$D.appointment $D.power $D.trustee-passport $D.carrier $D.first-package $D.seal $D.change-proof
check "accountant: no ID card of a citizen is asked for" not_on_paper "$n.pdf" "$(seed "$lang" $D.head-id)"
certificate "accountant" "$n" accountant-gost "PIN12309198500362" "INN01203201810274" 'GOST R 34.10-2001'
check "accountant: what it costs" on_paper "$n-payment.pdf" "1420"

# --- a complex certificate with its companies, Jalal-Abad
FILLED=("${FIRM[@]}" "Төлөгөнов Нурланбек Эркинович" "${ACCOUNTANT_IS[@]}" "01203201810274 «Ош Жибек Жолу» ЖЧК"
	"02203201810275 «Алтын Көл» ЖЧК" "03203201810276 «Ак Бата» ЖЧК" - -)
PAID=1 ANSWERS="4 3 1 1 1 1 1" renewed ky renew D2.2 7 "$(persona_value $ACCOUNTANT user_pin)" $ACCOUNTANT
listed "complex" "$lang" "$n" $D.registration $D.head-id $D.power $D.trustee-passport $D.carrier $D.first-package $D.seal
certificate "complex" "$n" complex "PIN12309198500362"
check "complex: what it costs" on_paper "$n-payment.pdf" "1800"
check "complex: the companies are on the form" on_paper "$n-D2.pdf" "«Алтын Көл» ЖЧК" "«Ак Бата» ЖЧК"

chains_hold
echo "$checks checks"
