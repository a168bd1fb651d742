#!/bin/bash
# Bad client certificates, made here by openssl, each over real TLS with a batch behind it that would be taken: refused by name
# while the batch is still at the client (it asks with "Expect: 100-continue" and is answered at once), nothing is decoded,
# nothing is stored. But for the one that was never enrolled, the registry knows every one of them as the present certificate
# of an enabled kiosk: what refuses them is the certificate. C-2.
# usage: clients.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: clients.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
[ -x "$build/tests/tls-tool" ] || { echo "skipped: tls-tool is not built" >&2; exit 77; }

centre_start
enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
ca=$work/c/channel-ca.pem cakey=$work/c/channel-ca.key
type='Content-Type: application/octet-stream'
client='basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n'
registry() { sqlite3 "$work/c/ca.db" ".timeout 5000" "$1"; }
has_until=$(registry "SELECT count(*) FROM pragma_table_info('kiosk_certificates') WHERE name = 'until_ms'")
ec() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$1" 2>/dev/null; }
sign() { # NAME EXTENSIONS CA KEY [MORE]
	local name=$1 extensions=$2 by=$3 key=$4
	shift 4
	openssl x509 -req -in "$work/$name.csr" -CA "$by" -CAkey "$key" -out "$work/$name.crt" -extfile <(printf '%b' "$extensions") "$@" 2>/dev/null
}
known() { # NAME: in the registry, the present certificate of the kiosk of this name
	local print until=
	print=$(openssl x509 -in "$work/$1.crt" -outform DER | openssl dgst -sha256 -r | cut -c1-64)
	registry "INSERT OR IGNORE INTO kiosks(kiosk, added_ms) VALUES('$1', 1);
		INSERT INTO kiosk_certificates(fingerprint, kiosk, spki_hash, pem, issued_ms) VALUES(x'$print', '$1', x'$print', 'x', 1);"
	[ "$has_until" = 0 ] || registry "UPDATE kiosk_certificates SET until_ms = 9999999999999 WHERE fingerprint = x'$print'"
	until=$(registry "SELECT count(*) FROM kiosk_certificates WHERE kiosk = '$1'")
	[ "$until" -ge 1 ]
}
stored() { sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kiosk <> 'C00-1'"; }
# OpenSSL itself would not show weak certificates: for those it is told to.
weak=
printf '%s\n' 'openssl_conf = i' '[i]' 'ssl_conf = s' '[s]' 'system_default = d' '[d]' 'CipherString = DEFAULT:@SECLEVEL=0' >"$work/weak.cnf"
asked() { # NAME [CURL-ARGUMENTS…]: "HTTP-status bytes-of-the-body-sent"
	local name=$1
	shift
	# K01A-1's own, or what the certificate's kiosk would write.
	rm -f "$work/body"
	[ -e "$work/$name.batch" ] || "$tool" forge "$name" 1 2 "$work/$name.batch"
	env ${weak:+"OPENSSL_CONF=$weak"} curl -sS --max-time 20 --expect100-timeout 15 --cacert "$ca" -o "$work/body" -w '%{http_code} %{size_upload}' -H "$type" \
		-H 'Expect: 100-continue' --data-binary "@$work/$name.batch" "$@" "$url/v1/journal" 2>"$work/curl.err"
}
kinds=0
refused() { # WHAT NAME [CURL-ARGUMENTS…]
	local what=$1 name=$2
	shift 2
	kinds=$((kinds + 1))
	check "$kinds $what: refused, its batch unread" same "$(asked "$name" "$@")" "403 0"
	check "$kinds $what: by name" grep -qE '"name":"(kiosk-unknown|channel-expired)"' "$work/body"
}
with() { printf '%s\n' --cert "$work/$1.crt" --key "$work/$1.key"; }
bad() { # WHAT NAME: known to the registry, and refused
	known "$2" || { echo "FAIL $2 is not in the registry"; failures=$((failures + 1)); }
	readarray -t arguments < <(with "$2")
	refused "$1" "$2" "${arguments[@]}"
}

# --- The measure: one made in the same way with nothing wrong is served, so what follows fails for what is said of it.
ec B00-1 && sign B00-1 "$client" "$ca" "$cakey" -days 9 && known B00-1
readarray -t arguments < <(with B00-1)
check "a good one is asked for its batch and served" same "$(asked B00-1 "${arguments[@]}")" "200 $(stat -c %s "$work/B00-1.batch")"
check "and its batch is stored" same "$(stored)" 2

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/o.key" -out "$work/o.ca" -days 9 \
	-subj "$(openssl x509 -in "$ca" -noout -subject -nameopt compat | sed 's/^subject=//; s/^ *//')" 2>/dev/null
refused "no certificate" B01-1
ec B02-1 && sign B02-1 "$client" "$work/o.ca" "$work/o.key" -days 9
bad "another CA of the same name" B02-1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/B03-1.key" -out "$work/B03-1.crt" -days 9 -subj /CN=B03-1 \
	-addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=clientAuth 2>/dev/null
bad "signed by itself" B03-1
ec B04-1 && sign B04-1 "$client" "$ca" "$cakey" -days -1
bad "expired" B04-1
# x509 -req knows no beginning: a CA of openssl does.
mkdir -p "$work/oca" && : >"$work/oca/index.txt" && echo 77 >"$work/oca/serial" && printf '%b' "$client" >"$work/oca/ext"
cat >"$work/oca/conf" <<-CONF
	[ca]
	default_ca = d
	[d]
	database = $work/oca/index.txt
	serial = $work/oca/serial
	new_certs_dir = $work/oca
	default_md = sha256
	policy = p
	[p]
	commonName = supplied
CONF
ec B05-1
openssl ca -batch -config "$work/oca/conf" -cert "$ca" -keyfile "$cakey" -in "$work/B05-1.csr" -out "$work/B05-1.crt" -notext -extfile "$work/oca/ext" \
	-startdate "$(date -u -d '+2 days' +%y%m%d%H%M%SZ)" -enddate "$(date -u -d '+9 days' +%y%m%d%H%M%SZ)" 2>"$work/oca/err" || cat "$work/oca/err"
bad "not yet valid" B05-1
ec B06-1 && sign B06-1 "${client/clientAuth/serverAuth}" "$ca" "$cakey" -days 9
bad "for servers" B06-1
ec B07-1 && sign B07-1 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' "$ca" "$cakey" -days 9
bad "for no purpose" B07-1
ec B08-1 && sign B08-1 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature\nextendedKeyUsage=clientAuth\n' "$ca" "$cakey" -days 9
bad "a CA" B08-1
ec B09-1 && sign B09-1 "$client" "$work/B08-1.crt" "$work/B08-1.key" -days 9 && cat "$work/B08-1.crt" >>"$work/B09-1.crt"
bad "by a CA under ours that nobody meant" B09-1
ec B10-1 && sign B10-1 "$client" "$ca" "$cakey" -days 9
openssl x509 -in "$work/B10-1.crt" -outform DER -out "$work/B10-1.der"
last=$(($(stat -c %s "$work/B10-1.der") - 1))
byte=$(od -An -tu1 -j $last -N1 "$work/B10-1.der")
printf '%b' "\\x$(printf %02x $((byte ^ 1)))" | dd of="$work/B10-1.der" bs=1 seek=$last conv=notrunc 2>/dev/null
openssl x509 -inform DER -in "$work/B10-1.der" -out "$work/B10-1.crt"
bad "with a bent signature" B10-1
ec B11-1 && sign B11-1 "$client" "$ca" "$cakey" -days 9 -sha1
known B11-1
weak=$work/weak.cnf
readarray -t arguments < <(with B11-1)
refused "signed over SHA-1" B11-1 "${arguments[@]}"
openssl req -newkey rsa:1024 -nodes -keyout "$work/B12-1.key" -out "$work/B12-1.csr" -subj /CN=B12-1 2>/dev/null
sign B12-1 "$client" "$ca" "$cakey" -days 9 && known B12-1
readarray -t arguments < <(with B12-1)
refused "a key of RSA-1024" B12-1 "${arguments[@]}"
weak=
ec B13-1 && sign B13-1 "$client" "$ca" "$cakey" -days 9
readarray -t arguments < <(with B13-1)
refused "rightly signed, never enrolled" B13-1 "${arguments[@]}"
ec B14-1 && sign B14-1 "$client" "$ca" "$cakey" -days 9 && known B14-1
registry "UPDATE kiosk_certificates SET replaced = 1 WHERE kiosk = 'B14-1'"
readarray -t arguments < <(with B14-1)
refused "replaced by a newer one" B14-1 "${arguments[@]}"
ec B15-1 && sign B15-1 "$client" "$ca" "$cakey" -days 9 && known B15-1
registry "UPDATE kiosks SET disabled = 1 WHERE kiosk = 'B15-1'"
readarray -t arguments < <(with B15-1)
refused "of a kiosk that is disabled" B15-1 "${arguments[@]}"
refused "the centre's own" B16-1 --cert "$work/c/tls.crt" --key "$work/c/tls.key"

# A stolen certificate without its key ends in the handshake: there is no request at all.
kinds=$((kinds + 1))
hostport=${url#https://}
out=$("$build/tests/tls-tool" stolen "${hostport%:*}" "${hostport##*:}" "$ca" "$work/K01A-1/kiosk.crt" "$work/B13-1.key")
check "$kinds stolen, without its key: $out" grep -q '^refused' <<<"$out"
check "the same client with the key is served" grep -q '^accepted: HTTP/1.1 200' \
	<("$build/tests/tls-tool" stolen "${hostport%:*}" "${hostport##*:}" "$ca" "$work/K01A-1/kiosk.crt" "$work/K01A-1/kiosk.key")

# Nobody gets a certificate in the name of the centre's stream, or under a name that is none.
for name in C00-1 '../K' 'K 1' '' k01a-1 'K01A-1 '; do
	kinds=$((kinds + 1))
	check "$kinds nobody is enrolled as «$name»" sh -c '! "$@"' - "$bin/tamga-agent" --enrol --centre "$url" --kiosk "$name" --out "$work/never" --secret-file "$work/c/enrolment-secret"
	check "$kinds nor is a certificate left" test ! -e "$work/never/kiosk.crt"
	rm -rf "$work/never"
done
check "at least twelve kinds were tried" test "$kinds" -ge 12

# --- What it cost
check "the replica holds what the good one sent, and no more" same "$(stored)" 2
centre_kill TERM
counts=$(grep -a 'counts:' "$work/centre.err" | tail -n 1)
count() { sed -n "s/.* $1=\([0-9]*\).*/\1/p" <<<"$counts "; }
check "one batch was decoded" same "$(count parsed)" 1
check "one group was written" same "$(count groups)" 1
check "the refusals are counted by name" test "$(count refused-kiosk-unknown)" -ge 14
# The three whose certificate is good are looked up, and the expired one, and the two that were served.
check "the registry was asked for none but those whose certificate leads to the CA ($(count database))" test "$(count database)" -le 6
done_testing
