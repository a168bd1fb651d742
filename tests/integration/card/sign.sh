# Documents signed with the openssl program: a state's authority, a document signer, a list of the revoked, EF.SOD.
# shellcheck shell=bash

# tlv TAG-HEX < value: the element
tlv() {
	local value length
	value=$(xxd -p | tr -d '\n')
	length=$((${#value} / 2))
	if [ $length -gt 255 ]; then length=$(printf '82%04x' $length)
	elif [ $length -gt 127 ]; then length=$(printf '81%02x' $length)
	else length=$(printf '%02x' $length); fi
	printf '%s%s%s' "$1" "$length" "$value" | xxd -r -p
}
hex() { printf '%s' "$1" | xxd -r -p; }

# authority DIR NAME: DIR/NAME.{key,pem}, trusted in DIR/trust with an empty list
authority() {
	local dir=$1 name=$2
	mkdir -p "$dir/trust" "$dir/$name.ca"
	: >"$dir/$name.ca/index"
	echo 01 >"$dir/$name.ca/number"
	cat >"$dir/$name.ca/conf" <<-CONF
		[ca]
		default_ca = a
		[a]
		database = $dir/$name.ca/index
		crlnumber = $dir/$name.ca/number
		default_md = sha256
		default_crl_days = 90
		[req]
		distinguished_name = dn
		[dn]
		[authority]
		basicConstraints = critical,CA:true,pathlen:0
		keyUsage = critical,keyCertSign,cRLSign
		subjectKeyIdentifier = hash
		[signer]
		keyUsage = critical,digitalSignature
		authorityKeyIdentifier = keyid
	CONF
	openssl req -x509 -config "$dir/$name.ca/conf" -extensions authority -newkey rsa:2048 -nodes -sha256 -days 3650 \
		-subj "/C=UT/O=Utopia/CN=$name" -keyout "$dir/$name.key" -out "$dir/$name.pem" 2>/dev/null || return 1
	cp "$dir/$name.pem" "$dir/trust/"
	crl "$dir" "$name"
}
# crl DIR NAME [DAYS]: the list anew
crl() {
	openssl ca -config "$1/$2.ca/conf" -gencrl -keyfile "$1/$2.key" -cert "$1/$2.pem" -crldays "${3:-90}" -out "$1/trust/$2.crl" 2>/dev/null
}
# signer DIR AUTHORITY NAME KEY-OPTIONS…: DIR/NAME.{key,pem}; DAYS of life may be set
signer() {
	local dir=$1 ca=$2 name=$3
	shift 3
	openssl genpkey "$@" -out "$dir/$name.key" 2>/dev/null &&
		openssl req -new -config "$dir/$ca.ca/conf" -key "$dir/$name.key" -subj "/C=UT/O=Utopia/CN=$name" -out "$dir/$name.csr" &&
		openssl x509 -req -in "$dir/$name.csr" -CA "$dir/$ca.pem" -CAkey "$dir/$ca.key" -set_serial "0x$(openssl rand -hex 8)" \
			-days "${DAYS:-3650}" -extfile "$dir/$ca.ca/conf" -extensions signer -sha256 -out "$dir/$name.pem" 2>/dev/null
}

# OIDs as SEQUENCE { OID } bodies, and lengths
hash_oid() {
	case $1 in
	sha1) echo 06052b0e03021a ;;
	sha256) echo 0609608648016503040201 ;;
	sha384) echo 0609608648016503040202 ;;
	sha512) echo 0609608648016503040203 ;;
	esac
}
# lds_object HASH VERSION NUMBER=FILE…: the list to be signed
lds_object() {
	local hash=$1 version=$2 pair
	shift 2
	{
		hex "0201$version"
		hex "$(hash_oid "$hash")" | tlv 30
		for pair in "$@"; do
			{
				hex "$(printf '0201%02x' "${pair%%=*}")"
				openssl dgst "-$hash" -binary "${pair#*=}" | tlv 04
			} | tlv 30
		done | tlv 30
		[ "$version" = 00 ] || { printf 0108 | tlv 13; printf 040000 | tlv 13; } | tlv 30
	} | tlv 30
}
# sod DIR SIGNER HASH OUT CMS-OPTIONS…  < list: EF.SOD
sod() {
	local dir=$1 signer=$2 hash=$3 out=$4
	shift 4
	cat >"$dir/list"
	openssl cms -sign -binary -nodetach -nosmimecap -econtent_type 2.23.136.1.1.1 -md "$hash" -signer "$dir/$signer.pem" \
		-inkey "$dir/$signer.key" -outform DER -in "$dir/list" "$@" 2>"$dir/cms.err" | tlv 77 >"$out"
	[ -s "$out" ] && [ ! -s "$dir/cms.err" ]
}
# com TAGS-HEX: EF.COM
com() { { printf 0107 | tlv 5f01; printf 040000 | tlv 5f36; hex "$1" | tlv 5c; } | tlv 60; }
dg1() { printf %s "$1" | tlv 5f1f | tlv 61; }
