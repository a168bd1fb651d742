# A whole small world for the kiosk in one directory: centre, agent, virtual cards, configuration. Everything runs on
# loopback or on sockets inside the directory, and is stopped by its process id. Sourced by bash after setup.sh.
# shellcheck shell=bash
# Needs: STAGE (the directory), BIN (build/…/bin), LOCALE_DIR (build/…/locale).


pid_alive() { [ -f "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

# wait_until SECONDS COMMAND…: at least PATIENCE seconds, which tests set for machines that are busy with other things
wait_until() {
	local left=$((($1 > ${PATIENCE:-0} ? $1 : PATIENCE) * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.05
	done
}

stop_pid() {
	local file=$1 pid
	pid_alive "$file" || { rm -f "$file"; return 0; }
	pid=$(cat "$file")
	kill "$pid" 2>/dev/null
	PATIENCE=0 wait_until 5 eval "! kill -0 $pid" || kill -9 "$pid" 2>/dev/null
	rm -f "$file"
}

# Ports of the virtual readers: the driver takes the second as the first one's successor.
CARD_PORT=35963 TOKEN_PORT=35964

listens() { ss -Hltn "sport = :$1" 2>/dev/null | grep -q .; }

# pcscd of the machine, with the virtual reader in it: started if none runs, so that other programs (pkcs11-tool …) see the
# same cards.
stage_pcscd_shared() {
	listens $CARD_PORT && return 0
	if [ -d /run/systemd/system ]; then
		opensc-tool -l >/dev/null 2>&1 # systemd starts pcscd for the first who asks
		PATIENCE=0 wait_until 3 listens $CARD_PORT && return 0
		say "Restarting pcscd, so that it finds the virtual reader."
		as_root systemctl restart pcscd.socket pcscd.service
		opensc-tool -l >/dev/null 2>&1
	else
		say "Starting pcscd with the virtual reader."
		as_root sh -c 'setsid pcscd -f >/dev/null 2>&1 & echo $!' >"$STAGE/pcscd.pid"
	fi
	wait_until 10 listens $CARD_PORT || fail "pcscd did not open the virtual reader (port $CARD_PORT)."
}

# The machine's pcscd lets root and the person at the screen in, but not, say, a person who came by ssh: others get their
# own. PCSCLITE_CSOCK_NAME then tells other programs where it is.
usual_pcscd() { if [ "$(id -u)" = 0 ]; then echo shared; else echo private; fi; }

# A pair of ports that nothing uses, below those that the system gives to whoever asks for any (ip_local_port_range).
take_card_ports() {
	CARD_PORT=$((10000 + RANDOM % 10000 * 2))
	while ss -Hatn "sport = :$CARD_PORT or sport = :$((CARD_PORT + 1))" 2>/dev/null | grep -q .; do
		CARD_PORT=$((CARD_PORT + 2))
	done
	TOKEN_PORT=$((CARD_PORT + 1))
}

start_private_pcscd() {
	local driver=$1 as=-m
	[ "$(id -u)" = 0 ] || as=-rm
	take_card_ports
	mkdir -p "$STAGE/pcscd/conf"
	printf 'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n' $CARD_PORT "$driver" $CARD_PORT \
		>"$STAGE/pcscd/conf/vpcd"
	# shellcheck disable=SC2016  # the inner shell expands it
	setsid unshare $as sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "$0" /run/pcscd &&
		exec pcscd -f -c "$0/conf"' "$STAGE/pcscd" >"$STAGE/pcscd/log" 2>&1 &
	echo $! >"$STAGE/pcscd.pid"
}

# Both of its own ports, and not those of a neighbour who took them at the same moment.
private_pcscd_up() {
	listens $CARD_PORT && listens $TOKEN_PORT && pid_alive "$STAGE/pcscd.pid" &&
		! grep -q 'Could not initialize connection to virtual ICC' "$STAGE/pcscd/log"
}

# A pcscd of this stage alone, for tests: its socket and pid file have fixed places, so it gets a /run of its own. Between
# looking for free ports and opening them somebody else may come: then other ones are tried.
stage_pcscd_private() {
	local driver left=5
	driver=$(find /usr/lib/pcsc/drivers/serial -name 'libifdvpcd.so*' 2>/dev/null | head -n 1)
	[ -n "$driver" ] || fail "The virtual reader (package vsmartcard-vpcd) is not installed."
	while start_private_pcscd "$driver" && ! PATIENCE=0 wait_until 20 private_pcscd_up; do
		stop_pid "$STAGE/pcscd.pid"
		left=$((left - 1))
		[ $left -gt 0 ] || { cat "$STAGE/pcscd/log" >&2; fail "pcscd did not start."; }
	done
	export PCSCLITE_CSOCK_NAME=$STAGE/pcscd/pcscd.comm
}

stage_centre() {
	local listen=127.0.0.1:0
	[ -s "$STAGE/centre/listen" ] && listen=$(cat "$STAGE/centre/listen")
	rm -f "$STAGE/centre.ready"
	setsid "$BIN/tamga-centre" --data "$STAGE/centre" --listen "$listen" --gost-files --screens "$TOP/screens" --locale "$LOCALE_DIR" \
		--profiles "${STAGE_PROFILES:-$TOP/screens/profiles}" ${CENTRE_CLOCK:+--clock-file "$CENTRE_CLOCK"} >"$STAGE/centre.ready" 2>"$STAGE/centre.log" &
	echo $! >"$STAGE/centre.pid"
	wait_until 60 grep -q '^ready ' "$STAGE/centre.ready" || { cat "$STAGE/centre.log" >&2; fail "The centre did not start."; }
	CENTRE_URL=$(sed -n 's/^ready //p' "$STAGE/centre.ready")
}

stage_enrol() {
	"$BIN/tamga-agent" --enrol --centre "$CENTRE_URL" --secret-file "$STAGE/centre/enrolment-secret" --kiosk K01 \
		--out "$STAGE/agent" >"$STAGE/enrol.log" 2>&1 ||
		{ cat "$STAGE/enrol.log" >&2; fail "The kiosk could not be enrolled at the centre."; }
	# The one kiosk of a stage is the office too: clerks decide at it.
	"$BIN/tamgactl" kiosk role K01 desk --data "$STAGE/centre" >>"$STAGE/enrol.log" 2>&1 ||
		{ cat "$STAGE/enrol.log" >&2; fail "The kiosk could not be made a desk."; }
}

stage_agent() {
	setsid "$BIN/tamga-agent" --config "$STAGE/agent.yaml" >"$STAGE/agent.out" 2>&1 &
	echo $! >"$STAGE/agent.pid"
	wait_until 20 test -S "$STAGE/agent.sock" || { cat "$STAGE/agent.out" >&2; fail "The agent did not start."; }
}

# stage_card SLOT PERSONA: puts the card of this persona into reader SLOT (card or token). A card keeps its state file:
# the same persona comes back with its keys. A name of tests/data/malicious-cards will do too.
stage_card() {
	local slot=$1 persona=$2 other=card port made_of
	[ "$slot" = token ] || other=token
	port=$(cat "$STAGE/$slot.port")
	if [ "$(cat "$STAGE/$other.persona" 2>/dev/null)" = "$persona" ]; then # one piece of plastic is in one reader
		stop_pid "$STAGE/$other.pid"
		rm -f "$STAGE/$other.persona"
	fi
	made_of=(--persona "$TOP/tests/personas/$persona.yaml")
	[ ! -f "$TOP/tests/data/malicious-cards/$persona.bin" ] ||
		made_of=(--script "$TOP/tests/data/malicious-cards/$persona.bin")
	[ ! -d "$STAGE/csca" ] || made_of+=(--csca "$STAGE/csca")
	if [ "$(cat "$STAGE/$slot.persona" 2>/dev/null)" = "$persona" ] && pid_alive "$STAGE/$slot.pid"; then
		"$BIN/tamga-vcard" --ctl "$STAGE/$slot.ctl" insert >/dev/null
		return
	fi
	if pid_alive "$STAGE/$slot.pid"; then
		stop_pid "$STAGE/$slot.pid"
		sleep 0.9 # for less pcscd would not notice that this is another card (decision 0012)
	fi
	mkdir -p "$STAGE/cards"
	setsid "$BIN/tamga-vcard" --state "$STAGE/cards/$persona.card" --control "$STAGE/$slot.ctl" --port $port \
		"${made_of[@]}" --inserted >"$STAGE/$slot.log" 2>&1 &
	echo $! >"$STAGE/$slot.pid"
	echo "$persona" >"$STAGE/$slot.persona"
	wait_until 10 "$BIN/tamga-vcard" --ctl "$STAGE/$slot.ctl" status || fail "The virtual card did not start: $(cat "$STAGE/$slot.log")"
}

stage_config() {
	mkdir -p "$STAGE/receipts" "$STAGE/shots"
	[ -f "$STAGE/clock" ] || echo 0 >"$STAGE/clock"
	[ -f "$STAGE/staff" ] || : >"$STAGE/staff" # SHA-256 of the staff's certificates, one a line
	cat >"$STAGE/agent.yaml" <<-YAML
		kiosk: K01
		database: $STAGE/kiosk.db
		socket: $STAGE/agent.sock
		identity: $STAGE/agent
		net_switch: $STAGE/net-down
		clock_file: $STAGE/clock
		retention: $TOP/screens/retention.yaml
		centre:
		  url: $CENTRE_URL
	YAML
	cat >"$STAGE/kiosk.yaml" <<-YAML
		kiosk: K01
		kiosk_no: $(cat "$STAGE/agent/kiosk-number")
		database: $STAGE/kiosk.db
		screens: $TOP/screens
		locale: $LOCALE_DIR
		agent_socket: $STAGE/agent.sock
		token_program: $BIN/tamga-token
		chip_program: $BIN/tamga-chip
		csca: $STAGE/csca/trust
		staff: $STAGE/staff
		cmp:
		  trust: $STAGE/agent/ca-trust.pem
		  certificate: $STAGE/agent/kiosk.crt
		  key: $STAGE/agent/kiosk.key
		receipts: $STAGE/receipts
		sandbox: true
		may_quit: true
		clock_file: $STAGE/clock
		log: $STAGE/kiosk.log
	YAML
}

# persona_value PERSONA KEY: the first line with this key
persona_value() { sed -n "s/^ *$2: *\"\{0,1\}\([^\"#]*[^\"# ]\).*/\1/p" "$TOP/tests/personas/$1.yaml" | head -n 1; }

# plastic PERSONA KEY: what stands on this persona's document, of which some dates are counted from today
plastic() { "$BIN/tamga-vcard" --show "$TOP/tests/personas/$1.yaml" | sed -n "s/^$2=//p"; }

# The virtual Rutoken in the second reader, by tools that are not ours.
stage_module() { find /usr/lib -name opensc-pkcs11.so -path '*linux*' | head -n 1; }
stage_p11() { timeout 30 pkcs11-tool --module "$(stage_module)" --slot 4 "$@"; }
stage_token_is() { stage_p11 -L | sed -n '/^Slot 1 /,$p' | grep -q "serial num *: $1"; } # 16 hex digits

# A key on the token of who works at the desk, and a certificate of the sandbox's CA for it: staff do not come to a kiosk
# for theirs. The CA's key stays in its token, opened with its PIN as the centre does; what openssl makes there is not in
# the CA's register. The clerk's token stays in the second reader.
make_staff_certificate() {
	local persona=$1 ca=$STAGE/centre/ca out=$STAGE/$1 pin
	pin=$(persona_value "$persona" user_pin)
	stage_p11 --login --pin "$pin" --keypairgen --key-type rsa:2048 --id 01 --label SIGN --usage-sign &&
		stage_p11 --read-object --type pubkey --id 01 -o "$out.spki" &&
		openssl pkey -pubin -inform DER -in "$out.spki" -out "$out.pub" &&
		printf 'keyUsage=critical,digitalSignature\n' >"$out.ext" &&
		openssl req -new -utf8 -newkey ed25519 -noenc -keyout /dev/null -out "$out.csr" -subj "/C=KG/O=Tamga/CN=$(
			persona_value "$persona" surname) $(persona_value "$persona" given) $(persona_value "$persona" patronymic)" &&
		(umask 077; tr -d '\n' <"$STAGE/centre/token-pin" >"$out.ca-pin") && # the engine takes the line's end for a digit
		SOFTHSM2_CONF=$STAGE/centre/softhsm2.conf PKCS11_MODULE_PATH=$(find /usr/lib -name libsofthsm2.so | head -n 1) \
			openssl x509 -engine pkcs11 -req -in "$out.csr" -force_pubkey "$out.pub" -days 365 \
			-set_serial "0x$(openssl rand -hex 15)" -extfile "$out.ext" -CA "$ca/issuing.pem" -CAkeyform engine \
			-CAkey "pkcs11:token=tamga-centre;object=tamga-issuing;type=private;pin-source=file:$out.ca-pin" \
			-outform DER -out "$out.der" &&
		rm -f "$out.ca-pin" &&
		stage_p11 --login --pin "$pin" --write-object "$out.der" --type cert --id 01 --label SIGN
}

# stage_staff PERSONA: makes a member of staff of the owner of this token: F9 opens the desk.
stage_staff() {
	stage_card token "$1"
	[ ! -s "$STAGE/staff" ] || return 0 # a directory of an earlier run
	wait_until 10 stage_token_is "$(printf '%16s' "$(persona_value "$1" serial)" | tr ' ' 0)" &&
		make_staff_certificate "$1" >"$STAGE/staff.log" 2>&1 || { cat "$STAGE/staff.log" >&2; fail "No certificate for $1."; }
	printf '%s # %s\n' "$(sha256sum <"$STAGE/$1.der" | cut -d' ' -f1)" "$1" >"$STAGE/staff"
}

# stage_up: everything but the kiosk itself and the card.
stage_up() {
	mkdir -p "$STAGE"
	chmod 700 "$STAGE"
	"stage_pcscd_${STAGE_PCSCD:-$(usual_pcscd)}"
	echo $CARD_PORT >"$STAGE/card.port"
	echo $TOKEN_PORT >"$STAGE/token.port"
	# Who signs the documents of the cards; csca/trust is what the kiosk trusts. An old stage gets new revocation lists.
	"$BIN/tamga-vcard" --make-csca "$STAGE/csca" || fail "The authorities of the cards' documents could not be made."
	stage_centre
	[ -f "$STAGE/agent/kiosk.crt" ] || stage_enrol
	stage_config
	stage_agent
}

stage_down() {
	local name
	for name in card token agent centre; do stop_pid "$STAGE/$name.pid"; done
	[ -f "$STAGE/pcscd.pid" ] || return 0
	if [ -d "$STAGE/pcscd" ]; then # our own, started without sudo
		stop_pid "$STAGE/pcscd.pid"
	else
		as_root kill "$(cat "$STAGE/pcscd.pid")" 2>/dev/null
		rm -f "$STAGE/pcscd.pid"
	fi
}
