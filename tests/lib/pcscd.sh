# shellcheck shell=bash
# One pcscd with the virtual reader for everybody on the machine. To be sourced.
#
#   pcscd_start            uses the running pcscd, or starts one; returns when both vpcd ports listen; 77 = cannot be had
#   pcscd_stop             ends it only if this shell started it
#   pcscd_lock [SECONDS]   one test at a time has the readers (also between different users of the machine)
#   reader_wait N Yes|No [SECONDS]   until pcscd sees a card in reader N, or sees none

PCSCD_PORTS=(35963 35964)
PCSCD_STARTED=

pcscd_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# True when both ports listen (hex of the port in the kernel's table, state 0A), without connecting: a connection would
# be taken for a card.
pcscd_listens() {
	local port
	for port in "${PCSCD_PORTS[@]}"; do
		grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") [0-9A-F]*:[0-9A-F]* 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null ||
			return 1
	done
}

pcscd_start() {
	local log=${1:-/tmp/pcscd.log} i
	pcscd_listens && return 0
	command -v pcscd >/dev/null || {
		echo "pcscd is not installed" >&2
		return 77
	}
	ls /usr/lib/pcsc/drivers/serial/libifdvpcd.so* >/dev/null 2>&1 || {
		echo "vsmartcard-vpcd is not installed" >&2
		return 77
	}
	if [ -S /run/pcscd/pcscd.comm ] && [ -d /run/systemd/system ]; then
		# The system starts it for the first who asks.
		opensc-tool -l >/dev/null 2>&1
	elif ! pgrep -x pcscd >/dev/null; then
		pcscd_root setsid pcscd -f >>"$log" 2>&1 </dev/null &
		for ((i = 0; i < 50; i++)); do
			PCSCD_STARTED=$(pgrep -xo pcscd) && break
			sleep 0.1
		done
	fi
	for ((i = 0; i < 100; i++)); do
		pcscd_listens && return 0
		sleep 0.1
	done
	echo "pcscd runs, but the virtual reader does not listen on ports ${PCSCD_PORTS[*]}" >&2
	return 77
}

pcscd_stop() {
	[ -n "$PCSCD_STARTED" ] && pcscd_root kill "$PCSCD_STARTED" 2>/dev/null
	PCSCD_STARTED=
	return 0
}

pcscd_lock() {
	local file=${TAMGA_PCSCD_LOCK:-/tmp/tamga-pcscd.lock}
	exec {PCSCD_LOCK_FD}>>"$file" || return 1
	flock -w "${1:-900}" "$PCSCD_LOCK_FD"
}

reader_wait() {
	local reader=$1 want=$2 i
	for ((i = 0; i < ${3:-10} * 20; i++)); do
		opensc-tool -l 2>/dev/null | grep -Eq "^$reader +$want" && return 0
		sleep 0.05
	done
	echo "reader $reader: no \"$want\" within ${3:-10} s" >&2
	return 1
}
