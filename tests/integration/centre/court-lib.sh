# Shared by the tests of the centre as judge: applications as a kiosk writes them, signed by the openssl program.
# Needs: tests/lib/centre.sh, $ctl, and $kiosk where it is not K01A-1; leaves two new key pairs and $KEYS, what is signed of them.
# shellcheck shell=bash disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
kiosk=${kiosk:-K01A-1}
number() { # COUNTER
	"$ctl" number new --kiosk-no 1 --counter "$1"
}
append() { # KIND BODY
	"$tool" append "$work/$kiosk.db" "$kiosk" "$1" "$2"
}
fresh() {
	"$tool" fresh "$work/$kiosk.sock" 5000 >/dev/null
}
ask() { # PATH JSON
	"$tool" ask "$work/$kiosk.sock" "$1" "$2" 2>/dev/null
}
state_now() { # NUMBER
	ask status "{\"number\":\"$1\"}" | jq -r '"\(.state) \(.code)"'
}
state_is() { # NUMBER "STATE CODE"
	[ "$(state_now "$1")" = "$2" ]
}
becomes() { # NUMBER "STATE CODE": the centre has judged, and the kiosk knows
	fresh
	wait_for 15 state_is "$1" "$2" || { echo "at the centre: $(state_now "$1"), wanted $2"; return 1; }
	fresh && same "$("$tool" state "$work/$kiosk.db" "$kiosk" "$1")" "$2"
}
enrol_as() { # COUNTER NAME PROFILE FIELD=VALUE…: key and certificate, by CMP
	local counter=$1 name=$2 profile=$3 st
	shift 3
	"$build/tests/link-enrol" "$work/$kiosk.sock" "$work/$kiosk" "$work/profiles" "$counter" "$work/$name.key" "$work/$name.cer" \
		"$profile" "$@" 2>/dev/null || return 1
	openssl x509 -inform DER -in "$work/$name.cer" -out "$work/$name.pem"
}
serial_of() { # NAME
	openssl x509 -in "$work/$1.pem" -noout -serial | sed 's/.*=//; s/^0*//' | tr A-F a-f
}
content() { # BODY [YES]: what is signed of it; of a head also the number
	jq -c --argjson now "$(date +%s%N)" --argjson yes "${2:-null}" '{provider, service, kind, form, form_version, language, answers, consents, time_ms: $now}
		+ (if $yes == null then {} else {number, yes: $yes} end)' <<<"$1"
}
sign() { # NAME CONTENT: CMS in Base64
	printf '%s' "$2" | openssl cms -sign -binary -nodetach -signer "$work/$1.pem" -inkey "$work/$1.key" -md sha256 -outform DER |
		base64 -w 0
}
aigul='"iin":"850101400001","bin":""'
body() { # NUMBER SERVICE MORE
	echo "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"$2\",\"operation\":\"$2\",\"kind\":\"individual\",\"form\":\"nca-a1\",
		\"form_version\":1,\"language\":\"kk\",\"answers\":[{\"field\":\"surname\",\"number\":\"A1.1\",\"value\":\"Әбілқасымова\",
		\"by\":\"person\"},{\"field\":\"iin\",\"number\":\"A1.4\",\"value\":\"850101400001\",\"by\":\"person\"}],\"consents\":[\"policy\"],\"way\":\"signature\",$3}"
}
revoke_body() { # NUMBER PROOF SERIALS
	body "$1" revoke "\"proof\":\"$2\",$aigul,\"serials\":$3" |
		jq -c '.answers += [{field: "serials", number: "A7.5", value: (.serials | join("\n")), by: "person"}]'
}
revoke_by_chip() { # NUMBER SERIAL PASSIVE BY: as the kiosk writes what it read
	revoke_body "$1" chip "[\"$2\"]" | jq -c --argjson p "$3" --arg by "$4" '.document =
		{access: "bac", passive: $p, active: 113, chip: 113, signer: "CN=Signer"} | (.answers[] | select(.field == "iin")).by = $by'
}
submit_signed() { # NAME BODY [SIGNED-BODY]: what makes keys is signed with them, after it was handed in (NCA-9.again)
	if [ "$(jq -r .operation <<<"$2")" = issue ]; then
		append application.submitted "$2" && append_signed "$1" "$2" "${3:-$2}"
	else
		append application.submitted "$(jq -c --arg s "$(sign "$1" "$(content "${3:-$2}")")" '. + {signed: $s}' <<<"$2")"
	fi
}
key_of() { # PLAN KEY-FILE: as it stands in what is signed
	jq -cn --arg k "$1" --arg s "$(openssl pkey -in "$work/$2.key" -pubout -outform DER | base64 -w 0)" '{key: $k, spki: $s}'
}
keys() { jq -cs . <<<"$*"; } # KEY…
append_signed() { # NAME BODY SIGNED-BODY: with $KEYS
	append application.signed "$(jq -cn --arg n "$(jq -r .number <<<"$2")" --arg s "$(sign "$1" "$(content "$3" |
		jq -c --argjson n "$(jq .number <<<"$3")" --argjson k "$KEYS" '. + {number: $n, keys: $k}')")" '{number: $n, signed: $s}')"
}
openssl genrsa -out "$work/new-sign.key" 2048 2>/dev/null
openssl genrsa -out "$work/new-auth.key" 2048 2>/dev/null
openssl genrsa -out "$work/longer.key" 3072 2>/dev/null
NEW_SIGN=$(key_of sign new-sign) NEW_AUTH=$(key_of auth new-auth)
KEYS=$(keys "$NEW_SIGN" "$NEW_AUTH")
