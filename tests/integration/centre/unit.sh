#!/bin/bash
# The centre as its unit file has it: an exposure of 1.2 at most; as an ordinary user without capabilities in a directory of
# its own, under the unit's filters, it takes a kiosk in and a journal; and all else that it does (CMP, tokens, mail,
# backup) fits into the filter of system calls: the tests of these, run again inside it. C-2, C-8.
# usage: unit.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034,SC2016  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: unit.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../lib/centre.sh"
. "$here/unit-lib.sh"

# --- the unit file itself
exposure=$(systemd-analyze security --offline=true --no-pager "$unit" 2>/dev/null | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { print "exposure " a; exit !(a != "" && a + 0 <= b + 0) }'; }
check "exposure $exposure is at most 1.2" at_most "$exposure" 1.2
loose=$work/loose.service
grep -v '^CapabilityBoundingSet\|^PrivateUsers\|^SystemCallFilter' "$unit" >"$loose"
check "and it would be seen if the file grew loose" sh -c '! "$@"' - awk -v a="$(systemd-analyze security --offline=true --no-pager "$loose" 2>/dev/null | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')" 'BEGIN { exit !(a + 0 <= 1.2) }'
# The only complaint of systemd may be that the program is not installed here.
complaints() { systemd-analyze verify "$unit" 2>&1 | grep -v 'not executable\|not installed\|Failed to .*: Host is down'; }
check "systemd reads every line of it" same "$(complaints | grep -c 'tamga-centre')" 0
user=$(sed -n 's/^User=//p' "$unit")
check "its user is one that sysusers makes" grep -q "^u $user " "$(dirname "$unit")/sysusers.d/tamga-centre.conf"
check "its directory is one that tmpfiles keeps to it" grep -q "^d /var/lib/tamga-centre 0700 $user $user" "$(dirname "$unit")/tmpfiles.d/tamga-centre.conf"
check "nobody is let in by a secret that serves many" grep -q -- ' --no-sandbox-enrolment ' "$unit"
check "it names only flags that the program has" sh -c 'for f in $(grep -v "^#" "$1" | tr "=\t" "  " | grep -o -- " --[a-z-]*"); do "$2" --help | grep -q -- "^ *$f " || exit 1; done' - "$unit" "$bin/tamga-centre"

# --- an ordinary user, no capabilities, its own directory and nothing else to write to
filter_names "$work/names"
check "the filter names system calls ($(wc -l <"$work/names"))" test "$(wc -l <"$work/names")" -gt 200
check "but not the privileged ones" sh -c '! grep -qxE "mount|ptrace|bpf|setuid|chown|reboot|init_module|kexec_load" "$1"' - "$work/names"
uid=65534
[ "$(id -u)" = 0 ] || uid=-
chmod 0711 "$work" && mkdir -m 0700 "$work/c"
[ "$uid" = - ] || chown $uid "$work/c"
# Leaks are looked for outside: it takes ptrace, which the filter has not.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export TAMGA_CENTRE_UNDER="$build/tests/under-unit $work/names $uid"
if [ "$uid" = - ] || "$build/tests/under-unit" "$work/names" $uid "$bin/tamga-centre" --version >/dev/null 2>&1; then
	centre_start
	status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$centre_pid/status"; }
	[ "$uid" = - ] || check "it runs as user $uid" same "$(status_of Uid | cut -f1)" $uid
	check "without a capability, now or ever" same "$(status_of CapEff) $(status_of CapBnd)" "0000000000000000 0000000000000000"
	check "nor new privileges" same "$(status_of NoNewPrivs)" 1
	check "under filters" same "$(status_of Seccomp)" 2
	check "it enrols a kiosk" enrol K01A-1
	fill K01A-1 25
	agent_start K01A-1
	check "and takes its journal" wait_for 20 arrived K01A-1 25
	rows_of "$work/K01A-1.db" K01A-1 >"$work/kiosk" && rows_of "$work/c/centre.db" K01A-1 >"$work/centre"
	check "entry for entry" cmp "$work/kiosk" "$work/centre"
	check "nobody else may read what it keeps" sh -c 'test -z "$(find "$1" -perm /077)" && find "$1" -type f | grep -q .' - "$work/c"
	[ "$uid" = - ] || check "it is all its own" sh -c 'test -z "$(find "$1" ! -uid "$2")"' - "$work/c" $uid
	centre_kill KILL
	centre_again
	fill K01A-1 5
	check "killed and started again it goes on" wait_for 20 arrived K01A-1 30
	agent_kill K01A-1 TERM
	centre_kill TERM
	check "and ends as it is told" same "$centre_status" 0
else
	echo "note: user $uid cannot run $bin/tamga-centre here; not tried as another user"
fi

# --- what else it does, inside the same filter
export TAMGA_CENTRE_UNDER="$build/tests/under-unit $work/names -"
inside='cmp mail-tls backup gost-token'
declare -A of=()
for one in $inside; do
	bash "$here/$one.sh" "$build" >"$work/$one.out" 2>&1 &
	of[$one]=$!
done
extra_pids=${of[*]}
again() { # TEST: of this folder
	wait "${of[$1]}"
	local rc=$?
	tail -n 3 "$work/$1.out"
	grep '^FAIL' -A4 "$work/$1.out"
	[ $rc -eq 0 ] || { [ $rc -eq 77 ] && echo "note: $1 skipped"; }
}
for one in $inside; do check "$one inside the filter" again "$one"; done
extra_pids=
done_testing
