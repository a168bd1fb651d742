#!/usr/bin/env bash
# K-7: the same kiosk enrols at a certification authority that nobody here wrote: `openssl cmp -port`, by configuration
# alone (addresses per profile, trust, protection). Usage: enrol.sh secret|signature
#
# OpenSSL's server hands out one certificate that it was started with, so the two keys have to exist first: the CA is down
# when the card makes them, which is also how a queue is worked off (K-8). Then OpenSC reads the public keys from the card,
# OpenSSL certifies them, the servers start, and the person presents the card again.
set -u
. "$(dirname "$0")/../../lib/stage.sh"
mode=${1:?secret or signature}
ext=$STAGE/ext
mkdir "$ext"
trap 'stop_pid "$STAGE/cmp-sign.pid"; stop_pid "$STAGE/cmp-auth.pid"; test_finish' EXIT
quietly() { "$@" >"$STAGE/tool.out" 2>&1 || { cat "$STAGE/tool.out" >&2; return 1; }; }

# --- A CA of OpenSSL's making: root, the server's certificate for its answers, the kiosk's for its questions.
new_ca() {
	quietly openssl req -x509 -newkey rsa:2048 -nodes -keyout "$ext/root.key" -out "$ext/root.pem" -days 30 -subj '/O=Not here/CN=Foreign root' \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign || return 1
	printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=1.3.6.1.5.5.7.3.27,1.3.6.1.5.5.7.3.28\n' >"$ext/server.ext"
	printf 'keyUsage=critical,digitalSignature\n' >"$ext/kiosk.ext"
	local name
	for name in server kiosk; do
		quietly openssl req -newkey rsa:2048 -nodes -keyout "$ext/$name.key" -out "$ext/$name.csr" -subj "/O=Not here/CN=Foreign $name" &&
			quietly openssl x509 -req -in "$ext/$name.csr" -CA "$ext/root.pem" -CAkey "$ext/root.key" -CAcreateserial -days 30 \
				-extfile "$ext/$name.ext" -out "$ext/$name.pem" || return 1
	done
	echo 'geheim-4711' >"$ext/secret"
	chmod 600 "$ext/secret"
}

free_port() { # not taken by another test that starts at the same time: each looks in a range of its own
	local port=$((30000 + ($$ * 13 + RANDOM) % 2000))
	while listens $port; do port=$((port + 1)); done
	echo $port
}

configure() {
	cat >>"$STAGE/agent.yaml" <<-YAML
		cmp:
		  endpoints:
		    - profile: nca-individual-sign
		      url: http://127.0.0.1:$port_sign/pkix/
		    - profile: nca-individual-auth
		      url: http://127.0.0.1:$port_auth/pkix/
	YAML
	{
		sed '/^cmp:/,/^[^ ]/{/^cmp:/d;/^  /d}' "$STAGE/kiosk.yaml"
		printf 'cmp:\n  trust: %s\n' "$ext/root.pem"
		case $mode in
		secret) printf '  secret_ref: kiosk\n  secret_file: %s\n' "$ext/secret" ;;
		signature) printf '  certificate: %s\n  key: %s\n' "$ext/kiosk.pem" "$ext/kiosk.key" ;;
		esac
	} >"$STAGE/kiosk.new"
	mv "$STAGE/kiosk.new" "$STAGE/kiosk.yaml"
	stop_pid "$STAGE/agent.pid"
	rm -f "$STAGE/agent.sock"
	stage_agent
}

# --- The card, through Debian's OpenSC, with nothing of this project between.
p11() { quietly pkcs11-tool --module /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so --slot-index 0 "$@"; }
id_of() { # LABEL: id of the key with this label
	p11 --login --pin 648219 --list-objects --type privkey || return 1
	awk -v label="$1" '$1 == "label:" { seen = $2 == label } $1 == "ID:" && seen { print $2; exit }' "$STAGE/tool.out"
}
certify() { # NAME ID SERIAL
	p11 --read-object --type pubkey --id "$2" --output-file "$ext/$1.spki" &&
		quietly openssl pkey -pubin -inform DER -in "$ext/$1.spki" -out "$ext/$1.pub" &&
		printf 'keyUsage=critical,digitalSignature\n' >"$ext/$1.ext" &&
		quietly openssl req -new -newkey rsa:2048 -nodes -keyout "$ext/unused.key" -out "$ext/$1.csr" -subj "/CN=$1 key of somebody" &&
		quietly openssl x509 -req -in "$ext/$1.csr" -force_pubkey "$ext/$1.pub" -CA "$ext/root.pem" -CAkey "$ext/root.key" \
			-set_serial "$3" -days 10 -extfile "$ext/$1.ext" -out "$ext/$1.pem"
}
serve() { # NAME PORT
	local protection=(-srv_cert "$ext/server.pem" -srv_key "$ext/server.key" -srv_trusted "$ext/root.pem")
	[ "$mode" = signature ] || protection=(-srv_ref kiosk -srv_secret pass:geheim-4711)
	setsid openssl cmp -port "$2" "${protection[@]}" -rsp_cert "$ext/$1.pem" >"$STAGE/cmp-$1.log" 2>&1 &
	echo $! >"$STAGE/cmp-$1.pid"
	wait_until 10 listens "$2" || { cat "$STAGE/cmp-$1.log" >&2; fail "openssl cmp did not start"; }
}
proven() { # NAME ID: the certificate on the card is the CA's, and what the card signs verifies with it
	p11 --read-object --type cert --id "$2" --output-file "$ext/$1.read.der" &&
		quietly openssl x509 -inform DER -in "$ext/$1.read.der" -out "$ext/$1.read.pem" &&
		quietly cmp "$ext/$1.read.pem" "$ext/$1.pem" &&
		quietly openssl verify -CAfile "$ext/root.pem" "$ext/$1.read.pem" &&
		date >"$ext/data" &&
		p11 --login --pin 648219 --sign --mechanism SHA256-RSA-PKCS --id "$2" --input-file "$ext/data" --output-file "$ext/sig" &&
		quietly openssl x509 -in "$ext/$1.read.pem" -noout -pubkey && cp "$STAGE/tool.out" "$ext/$1.read.pub" &&
		quietly openssl dgst -sha256 -verify "$ext/$1.read.pub" -signature "$ext/sig" "$ext/data"
}

stage_up
check "a foreign CA" new_ca
port_sign=$(free_port)
port_auth=$((port_sign + 2000))
while listens $port_auth; do port_auth=$((port_auth + 1)); done
configure

{ cat "$TOP/tests/lib/a1-to-pin.walk"; printf 'type 648219\nkey Enter\nwait "Accepted, but not finished yet" 60s\nexpect "T-406"\n'; } >"$STAGE/at.walk"
check "the CA is down: the application waits" walk_or_show "$STAGE/at.walk"
check "it is queued" equal "$(last_state)" waiting
number=$(last_number)

sign=$(id_of SIGN) auth=$(id_of AUTH)
check "two keys on the card" [ -n "$sign" -a -n "$auth" -a "$sign" != "$auth" ]
check "the signature key is certified" certify sign "$sign" 0x5A5A01
check "the authentication key is certified" certify auth "$auth" 0x5A5A02
serve sign "$port_sign"
serve auth "$port_auth"

card pull >/dev/null
sed '$d' "$TOP/tests/lib/resume.walk" >"$STAGE/at.walk"
printf 'wait "Done" 60s\nsize 100x50\nwait "5A5A01"\nwait "5A5A02"\n' >>"$STAGE/at.walk"
check "the card is presented again" walk_or_show "$STAGE/at.walk"
check "delivered" equal "$(last_state)" delivered
check "the same application" equal "$(last_number)" "$number"
check "the record is at the centre" wait_until 20 in_replica "$number" delivered
card insert >/dev/null
sleep 1
check "signature certificate" proven sign "$sign"
check "authentication certificate" proven auth "$auth"
# One request and one confirmation reached each server: its log has a line for each message.
check "request and confirmation of the signature key" equal "$(grep -c 'Received request.*POST' "$STAGE/cmp-sign.log")" 2
check "request and confirmation of the authentication key" equal "$(grep -c 'Received request.*POST' "$STAGE/cmp-auth.log")" 2
check "kiosk's chain" "$BIN/tamgactl" journal verify "$STAGE/kiosk.db"
echo "$mode: $checks checks"
