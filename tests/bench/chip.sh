# The chip's part of one issuance, three times beside the kiosk's: by pkcs11-tool as a script would do it, by pkcs11-tool in
# as few processes as it allows, and by one program in one session (bench_session). Each on a new card of the same persona
# in the same reader of the same pcscd, with certificates as the kiosk got them. Sourced by run.
# shellcheck shell=bash disable=SC2154,SC2034 # bench, journeys, figures, failed: run's

in_reader() { opensc-tool -l 2>/dev/null | grep -q "^0 *$1"; }

# new_card PERSONA TRACE: a new piece of plastic, out of the reader; what is asked of it goes to TRACE, with times
new_card() {
	fresh_card "$1"
	stage_card card "$1"
	card pull >/dev/null
	card trace "$2" >/dev/null
	wait_until 10 in_reader No
}

bare_pin=648219 # aigul's
bare() { pkcs11-tool --module "$(stage_module)" --slot 0 "$@" >"$STAGE/bare.out" 2>&1; }
bare_in() { bare --login --pin $bare_pin "$@"; }
bare_sign() { bare_in --sign --mechanism SHA256-RSA-PKCS --id "$1" -i "$STAGE/request" -o "$STAGE/signature"; }
bare_pair() { bare_in --keypairgen --key-type rsa:2048 --id "$1" --label "K$1" --usage-sign; }
bare_write() { bare_in --write-object "$STAGE/issued.$1.der" --type cert --id "$1" --label "K$1" "${@:2}"; }
bare_back() { cmp -s "$STAGE/issued.$1.der" "$STAGE/back.der"; }

journey_pkcs11_tool() {
	local id
	for id in 01 02; do bare_pair $id && bare_sign $id || return 1; done
	for id in 01 02; do
		bare_write $id && bare --read-object --type cert --id $id -o "$STAGE/back.der" && bare_back $id && bare_sign $id ||
			return 1
	done
}
# One action of each kind is all that a process of pkcs11-tool does, and it signs before it makes or writes anything.
journey_pkcs11_tool_combined() {
	local id
	for id in 01 02; do bare_pair $id && bare_sign $id || return 1; done
	for id in 01 02; do
		bare_write $id --read-object -o "$STAGE/back.der" && bare_back $id && bare_sign $id || return 1
	done
}
journey_bare_session() {
	"$bench/bench_session" "$(stage_module)" $bare_pin "$STAGE/issued.01.der" "$STAGE/issued.02.der" >"$STAGE/bare.out" 2>&1
}

# issued_certificates: of the card that the kiosk has just filled
issued_certificates() {
	local n=0 id
	head -c 1024 /dev/urandom >"$STAGE/request" # about as long as what the kiosk signs
	bare --list-objects --type cert || return 1
	for id in $(sed -n 's/^ *ID: *//p' "$STAGE/bare.out"); do
		n=$((n + 1))
		bare --read-object --type cert --id "$id" -o "$STAGE/issued.0$n.der" || return 1
	done
	[ $n = 2 ]
}

# traced TRACE: microseconds of making keys, of all the card's work, and the number of commands
traced() {
	awk '{us = $NF; sub(/.*=/, "", us); all += us; if ($3 == "46") keys += us} END {print keys + 0, all + 0, NR}' "$1"
}
# Of one session only what is asked from the login on to the last signature.
chip_work() { awk '/^[0-9]+ 00 20 00 81 len=[0-9][0-9]/ {on = 1} on {kept[++n] = $0} / 80 68 / {last = n}
	END {for (i = 1; i <= last; i++) print kept[i]}' "$1"; }

# chip_peer NAME FUNCTION: its times go to $STAGE/NAME.us, a journey a line: total, keys, card, commands, start. A program
# that says "us N" has taken its own time from the login on, and what is left is its start and end.
chip_peer() {
	local i begin wall inner
	: >"$STAGE/$1.us"
	for ((i = 1; i <= journeys; i++)); do
		rm -f "$STAGE/trace"
		new_card aigul "$STAGE/trace"
		card insert >/dev/null
		wait_until 10 in_reader Yes
		: >"$STAGE/trace" # from here on
		begin=$(date +%s%N)
		"$2" || { cat "$STAGE/bare.out" >&2; say "failed: $1"; failed=1; return; }
		wall=$((($(date +%s%N) - begin) / 1000)) inner=$(sed -n 's/^us //p' "$STAGE/bare.out")
		[ -z "$inner" ] || { chip_work "$STAGE/trace" >"$STAGE/trace.work" && mv "$STAGE/trace.work" "$STAGE/trace"; }
		echo "${inner:-$wall} $(traced "$STAGE/trace") $((wall - ${inner:-$wall}))" >>"$STAGE/$1.us"
	done
}

# column NAME EXPRESSION: its median over the journeys; of t (total), k (keys), c (card), n (commands), s (start)
column() {
	awk "{t = \$1; k = \$2; c = \$3; n = \$4; s = \$5; print ($2)}" "$STAGE/$1.us" | sort -n |
		awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
# chip_time SUFFIX EXPRESSION NAME [PEER]: microseconds as milliseconds, and as a ratio to the peer's
chip_time() {
	local ours peer=
	ours=$(column "$3" "$2")
	[ -z "${4:-}" ] || peer=" $(awk -v a="$ours" -v b="$(column "$4" "$2")" 'BEGIN {printf "%.2f", a / b}') $4"
	figure "chip-$3$1-p50" "$(awk -v us="$ours" 'BEGIN {printf "%.1f", us / 1000}')" "ms$peer"
}
# chip_figures NAME [PEER PEER-OF-ITS-OWN-PART]
chip_figures() {
	[ -z "$(awk '$2 <= 0' "$STAGE/$1.us")" ] || { say "$1: a journey without a key made on the card"; failed=1; }
	chip_time '' t "$1" "${2:-}"
	chip_time -without-making-keys t-k "$1" "${2:-}"
	chip_time -outside-the-card t-c "$1" "${3:-}"
	figure "chip-$1-commands" "$(column "$1" n)" commands
}
# chip_kiosk: the same of the kiosk's journeys, from its log and the traces of its cards
chip_kiosk() {
	local i=0 total
	: >"$STAGE/kiosk.us"
	for total in $(sed -n 's/.*chip work: .*card \([0-9]*\) us.*/\1/p' "$STAGE/kiosk.log"); do
		i=$((i + 1))
		chip_work "$STAGE/trace.$i" >"$STAGE/trace"
		echo "$total $(traced "$STAGE/trace")" >>"$STAGE/kiosk.us"
	done
	[ $i = $journeys ] || { say "$i of $journeys journeys stand in the kiosk's log"; failed=1; }
}
