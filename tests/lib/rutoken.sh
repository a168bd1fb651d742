# The virtual Rutoken in the second reader of a stage, filled with tools that are not ours. Sourced by stage.sh.
# shellcheck shell=bash

token() { "$BIN/tamga-vcard" --ctl "$STAGE/token.ctl" "$@"; }

# stage_rutoken_init LABEL PIN SO-PIN: makes a token of the blank Rutoken in the second reader, as OpenSC does it
stage_rutoken_init() {
	pkcs15-init -r 1 --erase-card --so-pin "$3" &&
		pkcs15-init -r 1 --create-pkcs15 --so-pin "$3" --so-puk "" --pin "$2" --label "$1" &&
		pkcs15-init -r 1 --store-pin --label "User PIN" --auth-id 2 --pin "$2" --puk "" --so-pin "$3" --finalize
}

# stage_profiles: the profiles of this stage's centre are those that are shipped, and beside those of Kyrgyzstan twins that ask
# for no application, "before-…": what is on a token before a test begins was issued under them.
stage_profiles() {
	local profile
	cp -r "$TOP/screens/profiles" "$STAGE_PROFILES"
	for profile in "$STAGE_PROFILES"/kg-*.yaml; do
		sed -e 's/^id: /id: before-/' -e 's/^approval: .*/approval: none/' "$profile" \
			>"$STAGE_PROFILES/before-${profile##*/}"
	done
}

# stage_rutoken_certificate PERSONA PROFILE [FIELD=VALUE …]: an RSA key and a certificate of the stage's own CA on this
# persona's Rutoken, which stays in the second reader. pkcs11-tool makes the key and stores the certificate, OpenSSL's
# PKCS#11 engine signs the request, and it goes to the CA as any request of the kiosk, so that the CA knows the
# certificate and can renew it; only what puts the request together is ours (tests/integration/centre/link_enrol.c):
# `openssl cmp` has no regInfo. The fields fill the profile's subject; surname, given-name, patronymic, iin and
# personal-number come from the persona where not given. ID (hex, 01) and LABEL (SIGN) may be set before. The certificate
# is left in $STAGE/PERSONA.ID.der.
stage_rutoken_certificate() {
	local persona=$1 profile=$2 id=${ID:-01} label=${LABEL:-SIGN} pin serial
	shift 2
	[ ! -f "$STAGE_PROFILES/before-$profile.yaml" ] || profile=before-$profile
	pin=$(persona_value "$persona" user_pin) serial=$(persona_value "$persona" serial)
	serial=$(printf '%16s' "$serial" | tr ' ' 0)
	stage_card token "$persona" && wait_until 10 stage_token_is "$serial" || return 1
	set -- "$@" "surname=$(persona_value "$persona" surname)" "given-name=$(persona_value "$persona" given)" \
		"patronymic=$(persona_value "$persona" patronymic)" "iin=$(persona_value "$persona" iin)" \
		"personal-number=$(persona_value "$persona" iin)"
	{
		stage_p11 --login --pin "$pin" --keypairgen --key-type rsa:2048 --id "$id" --label "$label" --usage-sign &&
			PKCS11_MODULE_PATH=$(stage_module) "$TOOLS/link-enrol" "$STAGE/agent.sock" "$STAGE/agent" \
				"$STAGE_PROFILES" $((200000000 + RANDOM * 1024 + RANDOM % 1024)) "pkcs11:serial=$serial;id=%$id;type=private;pin-value=$pin" \
				"$STAGE/$persona.$id.der" "$profile" "$@" &&
			stage_p11 --login --pin "$pin" --write-object "$STAGE/$persona.$id.der" --type cert --id "$id" --label "$label"
	} >"$STAGE/rutoken.log" 2>&1 || { cat "$STAGE/rutoken.log" >&2; return 1; }
}

# The head and the chief accountant of the same invented organisation.
stage_rutoken_head() {
	stage_rutoken_certificate rutoken-head kg-dostek-head "organisation=«Ош Жибек Жолу» ЖЧК" \
		organisation-number=01203201810274 title=директор "$@"
}
stage_rutoken_accountant() {
	stage_rutoken_certificate rutoken-accountant kg-dostek-accountant "organisation=«Ош Жибек Жолу» ЖЧК" \
		organisation-number=01203201810274 "title=башкы эсепчи" "$@"
}
