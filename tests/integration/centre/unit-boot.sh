#!/bin/bash
# The centre under a real systemd, in an emulator: installed with its unit, user and directories it comes up under all of its
# hardening, a kiosk with its key in the machine's TPM is let in and its entries arrive; restarted, killed and stopped as
# systemd does it; what the journal has of it. C-2, C-8.
# usage: unit-boot.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: unit-boot.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
. "$here/../../lib/centre.sh"
. "$here/guest-lib.sh"
command -v swtpm >/dev/null || { echo "skipped: swtpm is missing" >&2; exit 77; }
# As shipped, where that was built too: the sanitizers want more than the unit gives.
from=$bin
[ -x "$top/build/release/bin/tamga-centre" ] && ldd "$bin/tamga-centre" | grep -q asan && from=$top/build/release/bin
ldd "$from/tamga-centre" | grep -q asan && { echo "skipped: only a build with sanitizers is there" >&2; exit 77; }

# --- installed as a package would
kernel_fetch
tree_make systemd systemd-sysv libc-bin base-passwd base-files bash coreutils findutils util-linux mount procps grep sed softhsm2 \
	libengine-gost-openssl libengine-pkcs11-openssl tpm2-openssl sqlite3 openssl
programs="$from/tamga-centre $from/tamga-agent $from/tamgactl"
# shellcheck disable=SC2086
libraries_of $programs "$tool" | copy_files
# shellcheck disable=SC2086
cp $programs "$tool" "$tree/usr/bin/"
mkdir -p "$tree"/usr/{share/tamga/locale,libexec/tamga,lib/systemd/system}
cp -r "$top/screens" "$tree/usr/share/tamga/"
cp "$(dirname "$from")"/locale/*.mo "$tree/usr/share/tamga/locale/"
[ -x "$from/tamga-print" ] && cp "$from/tamga-print" "$tree/usr/libexec/tamga/"
unit=$top/kiosk-image/centre
cp "$unit/tamga-centre.service" "$tree/usr/lib/systemd/system/"
cp "$unit"/sysusers.d/*.conf "$tree/usr/lib/sysusers.d/"
cp "$unit"/tmpfiles.d/*.conf "$tree/usr/lib/tmpfiles.d/"
systemctl --root="$tree" -q enable tamga-centre.service
# Of no use here, or waits for what is not there.
systemctl --root="$tree" -q mask systemd-udev-settle.service getty.target serial-getty@ttyS0.service systemd-timesyncd.service \
	systemd-networkd-wait-online.service systemd-homed.service systemd-logind.service dbus.socket 2>/dev/null
cat >"$tree/etc/systemd/system/try.service" <<-'UNIT'
	[Unit]
	After=tamga-centre.service
	[Service]
	Type=exec
	StandardOutput=tty
	StandardError=tty
	TTYPath=/dev/ttyS0
	ExecStart=/usr/bin/bash /usr/bin/try
	ExecStopPost=/usr/bin/systemctl --force --force poweroff
	[Install]
	WantedBy=multi-user.target
UNIT
systemctl --root="$tree" -q enable try.service
cat >"$tree/usr/bin/try" <<-'TRY'
	say() { printf '@%s %s\n' "$1" "$2"; }
	of() { systemctl show -p "$1" --value tamga-centre; }
	soon() { local n; for ((n = 0; n < 600; n++)); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done; return 1; }
	# Port 8443.
	ready() { [ "$(of ActiveState)" = active ] && grep -qi ':20FB .* 0A ' /proc/net/tcp6; }
	arrived() { [ "$(link-tool status /root/k.sock | sed -n 's/^acked_seq=//p')" = "$1" ]; }
	pid_is() { grep "^$1:" "/proc/$(of MainPID)/status" | cut -f2; }
	soon ready
	say active "$(of ActiveState)/$(of SubState)"
	say restarts "$(of NRestarts)"
	say exposure "$(systemd-analyze security --no-pager tamga-centre | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')"
	say user "$(id -nu "$(pid_is Uid)")"
	say capabilities "$(pid_is CapEff)$(pid_is CapBnd)"
	say filters "$(pid_is Seccomp) $(pid_is NoNewPrivs)"
	say data "$(stat -c '%U %a' /var/lib/tamga-centre)"
	say others "$(find /var/lib/tamga-centre/ -perm /077 | wc -l) $(find /var/lib/tamga-centre/ ! -user tamga-centre | wc -l)"
	say secret "$(ls /var/lib/tamga-centre | grep -c enrolment-secret)"
	setpriv --reuid tamga-centre --regid tamga-centre --clear-groups tamgactl kiosk add K01A-1 --data /var/lib/tamga-centre \
		--url https://localhost:8443 --no-qr | tail -n 1 >/root/line
	say tpm "$(ls /dev/tpmrm0)"
	# Emulated beside much else, a greeting may take longer than the agent waits.
	enrol() { tamga-agent --enrol --tpm require --out /root/K01A-1 --secret-file /root/line >/root/enrolled 2>&1; }
	soon enrol
	say enrolled "$(tail -n 1 /root/enrolled)"
	say key "$(head -n 1 /root/K01A-1/kiosk.key)"
	link-tool fill /root/k.db K01A-1 5
	printf '%s\n' 'identity: /root/K01A-1' 'database: /root/k.db' 'socket: /root/k.sock' 'no_heads: true' 'ask_every_ms: 1000' \
		'backoff_ms: 50' 'backoff_cap_ms: 400' 'poll_ms: 200' >/root/k.yaml
	tamga-agent --config /root/k.yaml 2>/root/k.err &
	soon arrived 5 && say arrived 5 || tail -n 3 /root/k.err
	first=$(of MainPID)
	systemctl restart tamga-centre
	soon ready
	say restarted "$([ "$first" != "$(of MainPID)" ] && echo yes) $(of ActiveState)"
	link-tool fill /root/k.db K01A-1 2
	soon arrived 7 && say arrived 7
	kill -9 "$(of MainPID)"
	sleep 1
	soon ready
	say killed "$(of ActiveState) $(of NRestarts)"
	link-tool fill /root/k.db K01A-1 2
	soon arrived 9 && say arrived 9
	say replica "$(sqlite3 -readonly /var/lib/tamga-centre/centre.db "SELECT count(*), max(seq) FROM journal WHERE kiosk = 'K01A-1'")"
	systemctl stop tamga-centre
	say stopped "$(of ActiveState) $(of Result) $(of ExecMainStatus)"
	say left "$(ls /run/tamga-centre 2>&1 | grep -c 'No such')"
	journalctl -u tamga-centre -o cat --no-pager | sed 's/^/@log /'
	journalctl -b -o cat --no-pager | grep -E 'denied|not permitted|SECCOMP|Failed at step' | sed 's/^/@trouble /'
	say done yes
TRY
initrd_make
disk_make

# --- boots
swtpm socket --tpm2 --tpmstate "dir=$work,mode=0600" --ctrl "type=unixio,path=$work/tpm.ctrl" --flags startup-clear --terminate >"$work/swtpm" 2>&1 &
extra_pids=$!
wait_for 10 test -S "$work/tpm.ctrl"
: >"$work/console"
guest_run -chardev "socket,id=t,path=$work/tpm.ctrl" -tpmdev emulator,id=t,chardev=t -device tpm-tis,tpmdev=t
got() { tr -d '\r' <"$work/console" | sed -n "s/^.*@$1 //p" | head -n "${2:-1}"; }
[ "$(got 'done')" = yes ] || { tail -n 40 "$work/console" "$work/qemu.out"; }
check "the machine came up and went through it" same "$(got 'done')" yes
check "the unit is up" same "$(got active) $(got restarts)" "active/running 0"
check "by the running systemd too its exposure is at most 1.2" awk -v e="$(got exposure)" 'BEGIN { print "exposure " e; exit !(e != "" && e + 0 <= 1.2) }'
check "it runs as its own user" same "$(got user)" tamga-centre
check "without a capability, now or ever" same "$(got capabilities)" 00000000000000000000000000000000
check "under filters, without new privileges" same "$(got filters)" "2 1"
check "its directory is its own" same "$(got data)" "tamga-centre 700"
check "as all in it, for nobody else's eyes" same "$(got others)" "0 0"
check "there is no secret that serves many" same "$(got secret)" 0
check "the kernel has the TPM" same "$(got tpm)" /dev/tpmrm0
check "a kiosk is let in, its key made there" grep -q '^enrolled K01A-1 .*key in the TPM$' <(got enrolled)
check "and it stays there" same "$(got key)" '-----BEGIN TSS2 PRIVATE KEY-----'
check "its entries arrive, at once, after a restart, after a kill" same "$(got arrived 3 | xargs)" "5 7 9"
check "it was restarted" same "$(got restarted)" "yes active"
check "killed it comes back by itself" same "$(got killed)" "active 1"
check "nothing is there twice" same "$(got replica)" "9|9"
check "stopped it ends well" same "$(got stopped)" "inactive success 0"
check "and leaves nothing in /run" same "$(got left)" 1
got log 400 >"$work/journal"
check "its lines are in the journal" sh -c 'grep -q "^ready https" "$1" && grep -q "K01A-1 has a certificate.*key in tpm" "$1" && [ "$(grep -c "info stopping" "$1")" = 2 ]' - "$work/journal"
check "the system refused it nothing" same "$(got trouble 20)" ""
done_testing
