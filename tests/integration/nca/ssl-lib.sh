# Shared by the tests of certificates for domains (NCA-9.4, NCA-9.5, NCA-9.dom, NCA-A4, NCA-A5): a stage whose kiosk is a
# field set of the office too, a medium, requests made by openssl. The medium is a file
# system in an image, behind a stand-in for udisksctl that mounts it as it is asked to, so that the kiosk's own driver is
# what is tested.
# shellcheck shell=bash disable=SC2034,SC2154  # used by the tests
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
STICK=$STAGE/stick IIN=940317450215

can_mount() {
	mkdir -p "$STAGE/try"
	mount -t tmpfs none "$STAGE/try" 2>/dev/null && umount "$STAGE/try"
}

# The words of udisksctl (udisks2 2.9), for one image. What lies in $STAGE/udisks.fail is not done.
write_udisksctl() {
	cat >"$STAGE/udisksctl" <<-SH
		#!/bin/sh
		echo "\$*" >>"$STAGE/udisks.log"
		grep -qsx "\$1" "$STAGE/udisks.fail" && exit 1
		case \$1 in
		mount)
			# The kernel lets go of a loop device a moment after unmounting; mount would take a read-only one again.
			for i in \$(seq 40); do losetup -j "$STAGE/stick.img" | grep -q . || break; sleep 0.05; done
			case \$6 in rw,*) [ ! -e "$STAGE/udisks.protected" ] || exit 1 ;; esac
			mount -o "loop,\$6" "$STAGE/stick.img" "$STICK" && echo "Mounted \$4 at $STICK"
			[ ! -e "$STAGE/udisks.pull-after" ] || case \$6 in rw,*) rm -rf "$STAGE/sys/block/sdb" ;; esac ;;
		unmount) umount "$STICK" ;;
		esac
	SH
	chmod 755 "$STAGE/udisksctl"
}

plug() { # DISK: a removable disk with one partition
	mkdir -p "$STAGE/sys/block/$1/${1}1"
	echo 1 >"$STAGE/sys/block/$1/removable"
	echo 2048 >"$STAGE/sys/block/$1/size"
	echo 1 >"$STAGE/sys/block/$1/${1}1/partition"
}
unplug() { rm -rf "$STAGE/sys/block/${1:?}"; }

# with_stick COMMAND…: the medium's files as a person's own computer sees them, in $STICK
with_stick() {
	mount -o loop "$STAGE/stick.img" "$STICK" || return 1
	"$@"
	local code=$?
	umount "$STICK"
	return $code
}
copy_in() { cp "$@" "$STICK"/; }

ssl_up() {
	stage_up
	"$BIN/tamgactl" kiosk role K01 field --data "$STAGE/centre" >"$STAGE/tool.out" || fail "the kiosk may decide nothing"
	can_mount || { echo "skipped: nothing can be mounted here" >&2; exit 77; }
	mkdir -p "$STICK" "$STAGE/sys/block" "$STAGE/req"
	truncate -s "${STICK_SIZE:-1M}" "$STAGE/stick.img"
	# As sticks are, where this machine knows it; not every kernel does.
	{ mkfs.vfat "$STAGE/stick.img" && with_stick true; } >/dev/null 2>&1 || mkfs.ext2 -q -F "$STAGE/stick.img" || fail "no image"
	write_udisksctl
	cat >>"$STAGE/kiosk.yaml" <<-YAML
		media: udisks
		media_helper: $STAGE/udisksctl
		media_sys: $STAGE/sys
	YAML
}

# request NAME KEY NAMES…: $STAGE/req/NAME.csr and its key; KEY as openssl req -newkey takes it
request() {
	local name=$1 key=$2 first=$3 san='' n
	shift 2
	for n; do san=$san,DNS:$n; done
	# shellcheck disable=SC2086
	openssl req -new -nodes -newkey $key -keyout "$STAGE/req/$name.key" -subj "/CN=$first" -addext "subjectAltName=${san#,}" \
		-out "$STAGE/req/$name.csr" 2>"$STAGE/openssl.out" || { cat "$STAGE/openssl.out" >&2; fail "no request"; }
}
alabel() { /usr/bin/python3 -c 'import sys; print(sys.argv[1].encode("idna").decode())' "$1"; }

# to_medium KIND: from idle to the list of files
to_medium() {
	begin "$spoken" issue "$1" papers
	in_lang "$spoken" title.medium
}
person() { answers $IIN Әбдіғалиева Айгүл Өмірқызы 'Almaty region' Konaev aigul@example.kz +77011234567; }
# The names and the request are there: over them to "continue", and to the result.
hand_in() { # LINES OF DOCUMENTS TO TICK…
	printf 'key Enter\nkey Down\nkey Down\nkey Enter\n'
	in_lang "$spoken" title.documents
	for step; do printf 'key %s\n' "$step"; done
	printf 'key End Enter\n'
	in_lang "$spoken" title.review
	printf 'key End Enter\n'
	in_lang "$spoken" title.consent
	printf 'key Space Down Space Down Space Down Space Down Enter\n'
	in_lang "$spoken" title.result
	printf 'wait "A4.pdf" 30s\nkey Enter\n'
	in_lang en idle.choose
}
accept() { # NUMBER: as the desk writes it
	"$TOOLS/link-tool" append "$STAGE/kiosk.db" K01 desk.decided "{\"number\":\"$1\",\"staff\":\"5A\",\"staff_name\":\"Clerk\",
		\"outcome\":\"accepted\",\"ground\":\"\",\"missing\":[],\"documents\":[{\"id\":\"identity\",\"by\":\"paper\",\"erasures\":false}],
		\"consent\":true,\"registers\":[],\"promised_ms\":0,\"place\":\"\"}" || return 1
	wait_until 20 in_replica "$1" accepted
}
# collect NUMBER [PROOF]: the person comes back and types the number
collect() {
	begin "$spoken" status
	in_lang "$spoken" title.status
	printf 'type %s\nkey Enter\n' "$1"
	printf 'wait "%s"\nkey Enter\n' "$(said "$spoken" status.collect)"
	in_lang "$spoken" status.proof
	printf 'type %s\nkey Enter\n' "${2:-$IIN}"
}
state_of() { kiosk_sql "select state from application where number = '$1'"; }
entries_of() { kiosk_sql "select count(*) from journal where kind = '$2' and json_extract(body, '\$.number') = '$1'"; }
certificate_is_good() { # FILE REQUEST NAMES…: openssl and certtool agree with the request
	local file=$1 request=$2 want have
	shift 2
	want=$(printf 'DNS:%s\n' "$@" | sort)
	have=$(openssl x509 -in "$file" -noout -ext subjectAltName | grep -o 'DNS:[^, ]*' | sort)
	equal "$have" "$want" || return 1
	openssl verify -purpose sslserver -CAfile "$STAGE/agent/ca-trust.pem" "$file" >"$STAGE/verify.out" 2>&1 || { cat "$STAGE/verify.out" >&2; return 1; }
	equal "$(openssl x509 -in "$file" -noout -pubkey)" "$(openssl req -in "$STAGE/req/$request.csr" -noout -pubkey)" || return 1
	certtool --verify --load-ca-certificate "$STAGE/agent/ca-trust.pem" --infile "$file" >"$STAGE/verify.out" 2>&1 || { cat "$STAGE/verify.out" >&2; return 1; }
	certtool -i --infile "$file" | grep -q 'TLS WWW Server'
}
