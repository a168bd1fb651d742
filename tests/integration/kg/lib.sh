# Shared by the walks of Kyrgyzstan's providers (DosTek, UBR): one service after the other, by each way, through the real program
# with cards, agent, centre and desk. Pieces as in nca/lib.sh; a walk waits for numbers of questions ("D2.2") and for
# sentences of the language that is walked. What must stand on paper is typed from the providers' own pages (seeds 000 … 003).
# shellcheck shell=bash disable=SC2034  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/../nca/lib.sh"
PROVIDER=kg-dostek
CONSENTS=1
HEAD=rutoken-head
ACCOUNTANT=rutoken-accountant
# Particulars as they are typed: organisation, tax number, OKPO, place
FIRM=("«Ош Жибек Жолу» ЖЧК" 01203201810274 30110456 Ош)
HEAD_IS=(Төлөгөнов Нурланбек Эркинович 21204197900147 директор ID2874620 +996555123456 -)
ACCOUNTANT_IS=(Күмүшалиева Айзада Түмөнбаевна 12309198500362 "башкы эсепчи" ID1905533 +996555654321 -)

# questions LANG ANSWER…: the place of the option, one a question that is asked
questions() {
	local at
	in_lang "$1" title.questions
	shift
	for at; do [ "$at" -eq 1 ] || printf 'key Down*%s\n' $((at - 1)); printf 'key Enter\n'; done
	printf 'key Enter\n' # continue
}
# ticks N: marks N papers, from the first that can be marked
ticks() { local i; printf 'Home'; for i in $(seq "$1"); do printf ' Space'; [ "$i" -eq "$1" ] || printf ' Down'; done; }
# ticks_up N: the same at the desk, upwards from the consent; below the uppermost SKIP papers stands one that proves itself
ticks_up() { local i; for i in $(seq "$1"); do [ "$(($1 - i + 1))" != "${SKIP:-}" ] || printf ' Up'; printf ' Up Space'; done; }

# at_form LANG SERVICE FIRST-FIELD: from idle over the questions (ANSWERS: places of options) to the form
at_form() {
	begin "$1" "$2" "${KIND:-}" "${WAY:-}"
	# shellcheck disable=SC2086
	[ -z "${ANSWERS:-}" ] || questions "$1" $ANSWERS
	printf 'wait "%s"\n' "$3"
}
# handed_in LANG SERVICE FIRST-FIELD PAPERS: filled with FILLED, PAPERS marked, up to the result with $n
handed_in() {
	at_form "$1" "$2" "$3"
	answers "${FILLED[@]}"
	# shellcheck disable=SC2046
	if [ "$4" -eq 0 ]; then to_submit "$1" none; else to_submit "$1" $(ticks "$4"); fi
	in_lang "$1" title.result
	printf 'wait "%s"\n' "$n"
}
# renewed LANG SERVICE FIRST-FIELD PAPERS PIN TOKEN: handed in, paid and accepted at the desk, the certificate on the token
renewed() {
	set -- "$(turn "$1")" "${@:2}"
	n=$(next_number)
	{
		handed_in "$1" "$2" "$3" "$4"
		in_lang "$1" result.at-desk
		in_lang "$1" paper.where 30s
		printf 'key Enter\n'
		at_desk
		desk_accept "$n" "$(ticks_up "$4")"
		leave_desk
		printf 'card insert %s\nsleep 1200ms\n' "$6" # until the readers are quiet
		go_on "$1" "$n" "${FILLED[1]}" "$5"
		printf 'card pull\n'
	} >"$WALK"
	play "$2 ($1)"
	delivered_everywhere "$2" "$n"
}

# What the providers' pages call the papers (seeds 000, 001), as far as it stands on one line of ours: in Kyrgyz typed from
# there, in another language the sentence of our translation.
declare -A SEED=(
	[dostek.doc.registration]="Юридикалык жакты же жеке ишкерди (ИП, ЧП) Мамлекеттик каттоо"
	[dostek.doc.head-id]="ID-картанын көчүрмөсү"
	[dostek.doc.head-passport]="чет мамлекетке баруу үчүн берилген паспорт"
	[dostek.doc.head-translation]="мамлекеттик же расмий тилдеги нотариалдык ырасталган котормосу"
	[dostek.doc.head-pin]="ПИНи (персоналдык идентификациялык номер)"
	[dostek.doc.accountant-id]="Башкы бухгалтердин паспортунун (ID-карта) көчүрмөсү"
	[dostek.doc.dismissal]="бошотуу"
	[dostek.doc.appointment]="дайындоо"
	[dostek.doc.power]="КЭК алуу үчүн М-2а формасындагы ишеним кат"
	[dostek.doc.trustee-passport]="Колтамга алууга жоопкерчиликтүү ишенимдүү адамдын паспортунун көчүрмөсү"
	[dostek.doc.carrier]="Жеке корголгон сактагычтын 2.0 чыгарылышы («RuToken ЭЦП 2.0»)"
	[dostek.doc.first-package]="+996 558 960 360"
	[dostek.doc.seal]="мөөрү"
	[dostek.doc.change-proof]="алмашышын далилдеген"
	[ubr.doc.application]="Электрондук кол тамга даярдоо боюнча арыз"
	[ubr.doc.tax]="Салык органына катталганы жөнүндөг"
	[ubr.doc.registration]="(эки жагынан)"
	[ubr.doc.fund]="Социалдык фонддо катталганы жөнүндөгү маалымдама"
	[ubr.doc.appointment]="чечим/протокол"
	[ubr.doc.decision]="Компаниянын (кайра)катталганы жөнүндөгү чечим/протокол"
	[ubr.doc.power]="ЭСКТ алуу үчүн ишеним кат"
	[ubr.doc.head-passport]="Жетекчинин паспорту"
	[ubr.doc.head-translation]="мыйзамдаштырылган котормосу"
	[ubr.doc.accountant-passport]="Бухгалтердин паспорту"
	[ubr.doc.accountant-translation]="мыйзамдаштырылган котормосу"
	[ubr.doc.managed-decision]="уюмдун катышуучуларынын/акционерлеринин жалпы жыйналышынын чечими"
	[ubr.doc.managed-charter]="Уюмдун уставынын көчүрмөсү"
	[ubr.doc.managed-tax]="Башкаруучу уюмдун салык органында катталганы"
	[ubr.doc.managed-registration]="Башкаруучу уюмдун мамлекеттик каттоо жөнүндөгү күбөлүгү"
)
# seed LANG ID…: a line each
seed() {
	local lang=$1 id
	shift
	for id; do
		if [ "$lang" = ky ] && [ "${SEED[$id]:-}" ]; then echo "${SEED[$id]}"; else said "$lang" "$id"; echo; fi
	done
}
# listed WHAT LANG NUMBER ID…: the receipt of acceptance names these papers and no others, in the person's language
listed() {
	local what=$1 lang=$2 file=$3.pdf id names
	shift 3
	mapfile -t names < <(seed "$lang" "$@")
	check "$what: every paper stands on the receipt" on_paper "$file" "${names[@]}"
	check "$what: $# papers" grep -qE "$(said "$lang" receipt.documents)[^0-9]*$#\\b" <<<"$(text_of "$file")"
}
text_of() { pdftotext -layout "$STAGE/receipts/$1" - | tr -s ' \n' ' '; }
# on_paper FILE WORD…: the paper says each of these
on_paper() {
	local file=$1 text word
	shift
	text=$(text_of "$file") || return 1
	for word; do grep -qF -- "$word" <<<"$text" || { say "not on $file: $word"; return 1; }; done
}
not_on_paper() { ! grep -qF -- "$2" <<<"$(text_of "$1")"; }
