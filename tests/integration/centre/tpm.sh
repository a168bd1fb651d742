#!/bin/bash
# The kiosk's key is made in its TPM and never leaves it: enrolment, mutual TLS, renewal, all with a real (emulated) TPM
# 2.0 behind OpenSSL's provider. Copied to another machine the files are of no use. C-2.
# usage: tpm.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: tpm.sh BUILD-DIRECTORY}
. "$(dirname "$0")/../../lib/centre.sh"
ctl=$bin/tamgactl
# The provider frees nothing at a process's end, and is unloaded before the sanitizer looks.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
command -v swtpm >/dev/null || { echo "skipped: swtpm is missing" >&2; exit 77; }
ls /usr/lib/*/ossl-modules/tpm2.so >/dev/null 2>&1 || { echo "skipped: tpm2-openssl is missing" >&2; exit 77; }

tpm_start() { # NAME: a machine's TPM
	mkdir -p "$work/$1.tpm"
	swtpm socket --tpm2 --tpmstate "dir=$work/$1.tpm" --ctrl "type=unixio,path=$work/$1.sock.ctrl" \
		--server "type=unixio,path=$work/$1.sock" --flags not-need-init,startup-clear >"$work/$1.swtpm" 2>&1 &
	tpm_pid[$1]=$!
	extra_pids="${extra_pids:-} ${tpm_pid[$1]}"
	wait_for 10 test -S "$work/$1.sock.ctrl"
}
declare -A tpm_pid=()
at() { # NAME COMMAND…: on the machine with this TPM
	local name=$1
	shift
	TPM2OPENSSL_TCTI="swtpm:path=$work/$name.sock" "$@"
}
line() { "$ctl" kiosk "$1" "$2" --data "$work/c" --out "$work/$2.line" >/dev/null 2>&1; }
let_in() { "$bin/tamga-agent" --enrol --out "$work/$1" --secret-file "$work/$2.line" "${@:3}"; }
refused() { ! "$@"; }
all_there() {
	local head
	head=$(sqlite3 -readonly "$work/$1.db" "SELECT max(seq) FROM journal WHERE kiosk = '$1'") && [ "$head" -ge "$2" ] && arrived "$1" "$head"
}
changed() { ! cmp -s "$1" "$2"; }

cp -r "$(dirname "$0")/../../../screens/profiles" "$work/profiles"
sed -i 's/^approval: identified/approval: none/' "$work"/profiles/nca-individual-*.yaml
tpm_start here && tpm_start there || { echo "swtpm did not start"; cat "$work"/*.swtpm; exit 1; }
centre_start 127.0.0.1:0 --kiosk-seconds 3600 --profiles "$work/profiles"
line add K01A-1
export TPM2OPENSSL_TCTI="swtpm:path=$work/nowhere.sock"
check "without a TPM --tpm require refuses" refused let_in K01A-1 K01A-1 --tpm require
check "and makes no key" test ! -e "$work/K01A-1/kiosk.key"
unset TPM2OPENSSL_TCTI
check "a word that is none is refused" refused let_in K01A-1 K01A-1 --tpm perhaps
at here let_in K01A-1 K01A-1 >"$work/enrolled" 2>&1
check "with one, the key is made there by itself, and it is said" grep -q "^enrolled K01A-1 .*key in the TPM" "$work/enrolled"
check "the file is of the TPM" grep -qx -- '-----BEGIN TSS2 PRIVATE KEY-----' "$work/K01A-1/kiosk.key"
check "for nobody else's eyes" same "$(stat -c %a "$work/K01A-1/kiosk.key")" 600
check "the centre's list says so" grep -q "$(printf '\ttpm\t')" <("$ctl" kiosk list --data "$work/c")
check "the public key is the certificate's" same "$(at here openssl pkey -provider tpm2 -provider default -in "$work/K01A-1/kiosk.key" -pubout 2>/dev/null)" \
	"$(openssl x509 -in "$work/K01A-1/kiosk.crt" -noout -pubkey)"
check "--tpm never makes a file" sh -c '"$1" kiosk add K02B-1 --data "$2" --out "$3" >/dev/null && "$4" --enrol --out "$5" --secret-file "$3" --tpm never && ! grep -q TSS2 "$5/kiosk.key"' \
	- "$ctl" "$work/c" "$work/K02B-1.line" "$bin/tamga-agent" "$work/K02B-1"

# --- at work: entries, with TLS handshakes that the TPM signs
fill K01A-1 5
agent_heads='head_entries: 20' at here agent_start K01A-1
check "entries arrive over TLS with the TPM's key" wait_for 15 all_there K01A-1 5
head_here() { [ "$(sqlite3 -readonly "$work/c/centre.db" "SELECT count(*) FROM journal WHERE kind = 'head.signed' AND kiosk = 'K01A-1'")" = 1 ]; }
check "the TPM signs the kiosk's head" wait_for 15 head_here
sqlite3 -readonly "$work/c/centre.db" "SELECT body FROM journal WHERE kind = 'head.signed' AND kiosk = 'K01A-1'" >"$work/head"
of_head() { /usr/bin/python3 -c 'import base64, json, sys; sys.stdout.buffer.write(base64.b64decode(json.load(open(sys.argv[1]))[sys.argv[2]]))' "$work/head" "$1"; }
of_head certificate | openssl x509 -inform DER -noout -pubkey >"$work/head.pub"
check "with the key that is in the TPM" same "$(cat "$work/head.pub")" "$(openssl x509 -in "$work/K01A-1/kiosk.crt" -noout -pubkey)"
of_head signature >"$work/head.sig"
/usr/bin/python3 - "$work/head" >"$work/head.said" <<'PY'
import json, struct, sys
h = json.load(open(sys.argv[1]))
sys.stdout.buffer.write(b"tamga-head-1\0" + struct.pack(">H", 6) + b"K01A-1" + struct.pack(">Q", h["seq"]) + bytes.fromhex(h["hash"]))
PY
check "openssl verifies it" openssl dgst -sha256 -verify "$work/head.pub" -signature "$work/head.sig" "$work/head.said"
"$ctl" journal verify "$work/c/centre.db" --channel-ca "$work/c/channel-ca.pem" --ack-key "$work/c/ack.pem" >"$work/verified" 2>&1
check "tamgactl too, by the channel CA" grep -q '^witnesses: 1 signed head' "$work/verified"
at here "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/K01A-1" "$work/profiles" 7 "$work/p.key" "$work/p.cer" 2>"$work/cmp.err"
check "a certificate is asked for in CMP messages that the TPM signs" openssl x509 -inform DER -in "$work/p.cer" -noout
check "and is confirmed" same "$(sqlite3 -readonly "$work/c/ca.db" 'SELECT kiosk, state FROM issued')" "K01A-1|1"
cp -r "$work/K01A-1" "$work/copied"
at there "$build/tests/link-enrol" "$work/K01A-1.sock" "$work/copied" "$work/profiles" 8 "$work/q.key" "$work/q.cer" >"$work/cmp.there" 2>&1
check "on another machine the files sign none" test ! -e "$work/q.cer"
agent_kill K01A-1 TERM

# --- the files alone are worth nothing
cp -r "$work/K01A-1" "$work/stolen"
cp "$work/K01A-1.db" "$work/stolen.db"
at there agent_start stolen --kiosk K01A-1
check "on another machine's TPM they open no connection" wait_for 20 grep -Eq ' (tls|config|not-found|centre-down)' "$work/stolen.err"
check "and nothing was acknowledged there" sh -c '! "$1" status "$2" | grep -q "^reachable=1"' - "$tool" "$work/stolen.sock"
agent_kill stolen KILL
echo x >"$work/text"
sign_with() { openssl pkeyutl -sign -rawin -digest sha256 -provider tpm2 -provider default -propquery '?provider=tpm2' -inkey "$1" -in "$work/text" -out "$work/signature"; }
check "openssl cannot sign with them there either" refused at there sign_with "$work/stolen/kiosk.key"
at here sign_with "$work/K01A-1/kiosk.key" 2>"$work/sign.err"
openssl x509 -in "$work/K01A-1/kiosk.crt" -noout -pubkey >"$work/public.pem"
check "here it signs, and the certificate's key proves it" openssl dgst -sha256 -verify "$work/public.pem" -signature "$work/signature" "$work/text"

# --- renewal makes the next key there too; the programs' clocks are set forward to when it is due
line replace K01A-1
check "a replacement with the key that is there" at here let_in K01A-1 K01A-1
cp "$work/K01A-1/kiosk.key" "$work/before.key"
centre_kill TERM
echo 3000000 >"$work/clock"
centre_again --kiosk-seconds 3600 --profiles "$work/profiles" --clock-file "$work/clock"
fill K01A-1 2
at here agent_start K01A-1 --clock-file "$work/clock"
check "the agent renews by itself" wait_for 15 changed "$work/K01A-1/kiosk.key" "$work/before.key"
check "with a new key of the TPM" grep -qx -- '-----BEGIN TSS2 PRIVATE KEY-----' "$work/K01A-1/kiosk.key"
fill K01A-1 1
check "and goes on with it" wait_for 20 all_there K01A-1 8

# --- the TPM goes away under a running agent: nothing dies, and it comes back
agent_kill K01A-1 TERM
kill "${tpm_pid[here]}" && wait "${tpm_pid[here]}" 2>/dev/null
fill K01A-1 1
: >"$work/K01A-1.err"
at here agent_start K01A-1 --clock-file "$work/clock"
wait_for 15 grep -q 'exchange with the centre failed' "$work/K01A-1.err"
check "without its TPM the agent lives and waits" kill -0 "${agent_pid[K01A-1]}"
tpm_start here
check "with it the agent goes on" wait_for 15 all_there K01A-1 9
done_testing
