#!/usr/bin/env bash
# NCA-0, NCA-7, NCA-13, NCA-16, NCA-17 through the real program: what the service rests on, that it is repealed and by what, that
# it is free, and where to ask, in four languages, on the smallest screen too, with the centre away.
# shellcheck disable=SC2154  # names shared with lib.sh
. "$(dirname "$0")/lib.sh"
stage_up
touch "$STAGE/net-down" # nothing of it comes from the network
for lang in $LANGS; do
	{
		begin $lang about
		in_lang $lang title.about
		printf 'size 120x60\n'
		in_lang $lang about.repealed
		in_lang $lang nca.basis
		# NCA-0: the order, its wording, and what repealed it; NCA-13, 16, 17: the source's own numbers and addresses
		printf 'expect "%s"\n' 491 51 2016 383 2020 1414 "74-10-34" www.egov.kz www.mid.gov.kz
		for id in nca.contact.free nca.contact.centre nca.contact.ministry nca.contact.portal nca.contact.addresses nca.contact.court; do in_lang $lang $id; done
		printf 'shot about-%s\nsize 50x18\nkey Home\n' $lang
		in_lang $lang about.repealed
		printf 'key End Enter\n'
		in_lang $lang title.service
		printf 'size 80x24\nkey F10\nsleep 300ms\nkey Home Enter\n'
	} >"$WALK"
	play "about the service ($lang)"
done
check "nobody applied for anything" equal "$(applications)" 0
echo "$checks checks"
