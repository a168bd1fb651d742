# The sweeps' operations: what a walk does up to the key that starts the work on the card, how it goes on after the card
# was put back, and what must be true then. Sourced by sweep and kill.
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the operations
. "$(dirname "${BASH_SOURCE[0]}")/../card/cabinet-lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/bench.sh"
WALK_HOOK=$(dirname "${BASH_SOURCE[0]}")/hook

ca_sql() { sqlite3 -readonly "$STAGE/centre/ca.db" "$1"; }
confirmed() { ca_sql 'select count(*) from issued where state = 1'; }
in_the_register() { # as many confirmed as before and N more, and those on the card that were not there before are they
	local id list
	equal "$(confirmed)" "$(($1 + $2))" || return 1
	list=$(p11 --list-objects --type cert) || return 1
	for id in $(ids Certificate <<<"$list"); do
		equal "$(ca_sql "select state from issued where serial = '$(serial_of "$id")'")" 1 || return 1
	done
}
seen_again() { P11_SLOT=$SLOT_NUMBER p11 --list-objects; }
pulled_card() { "$BIN/tamga-vcard" --ctl "$STAGE/$SLOT.ctl" "$@"; }

# --- chip work: SLOT, PERSONA, its PIN, keys made, pairs on the card in the end
work_prepare() { :; }
work_reset() { # the card as it was before the work, not in the reader
	stop_pid "$STAGE/$SLOT.pid"
	rm -f "$STAGE/$SLOT.persona" "$STAGE/cards/$PERSONA.card" "$STAGE/pulled.card"
	[ ! -f "$STAGE/before.card" ] || cp "$STAGE/before.card" "$STAGE/cards/$PERSONA.card"
	certificates_before=$(confirmed)
}
work_resume() { # the card is out, in the same program
	see title.resume 40s
	printf '%s insert %s\n' "$SLOT" "$PERSONA"
	work_continue
}
work_continue() {
	see resume.continue 20s
	printf 'key Enter\n'
	see title.pin
	pin "$PIN"
	see title.result 90s
}
work_again() { # in a program started anew, with the card out
	printf 'size 80x24\n'
	see idle.choose
	printf '%s insert %s\nsleep 1500ms\ntype 4\n' "$SLOT" "$PERSONA"
	see title.resume
	work_continue
}
work_pulled() { :; }
work_final() { # WHAT
	export P11_SLOT=$((SLOT_NUMBER))
	check "$1: nothing nameless on the card" equal "$(pulled_card status | grep -o 'keys=[0-9]* certs=[0-9]*')" "keys=$PAIRS certs=$PAIRS"
	check "$1: each certificate with its key, none too many" pairs_are "$PIN" "$PAIRS"
	check "$1: confirmed by the CA" in_the_register "$certificates_before" "$KEYS"
	check "$1: delivered" equal "$(last_state)" delivered
	check "$1: once in the replica" wait_until 20 in_replica "$(last_number)" delivered
}

# --- the operations
op_issue() {
	SLOT=card SLOT_NUMBER=0 PERSONA=aigul PIN=648219 KEYS=2 PAIRS=2
	to_pin() { cat "$TOP/tests/lib/a1-to-pin.walk"; printf 'type %s\n' "$PIN"; }
}
op_sim() {
	SLOT=card SLOT_NUMBER=0 PERSONA=sim-aigul KEYS=1 PAIRS=1
	PIN=$(persona_value sim-aigul user_pin)
	to_pin() {
		sed 's/^card insert aigul/card insert sim-aigul/; s/^wait "KZ00194031"/wait "51c04a07" 20s/; /^wait "Read the chip"/,/^key BackTab/d' \
			"$TOP/tests/lib/a1-to-pin.walk"
		printf 'type %s\n' "$PIN"
	}
}
cabinet_prepare() {
	cabinet_certificate 01 kg-dostek-head '«Ош Жибек Жолу» ЖЧК' 01203201810274 директор
	stop_pid "$STAGE/token.pid"
	cp "$STAGE/cards/$PERSONA.card" "$STAGE/before.card"
	{ to_enter | sed "s/^see idle/&/; s/^type 4\$/token insert $PERSONA\n&/"; printf 'clock +7800h\n'; } >"$WALK"
	play "a year less 40 days later"
}
op_cabinet() { # KEY
	SLOT=token SLOT_NUMBER=4 PERSONA=rutoken-head KEYS=1 button=$1
	work_prepare() { cabinet_prepare; }
	to_pin() {
		to_enter | sed "s/^type 4\$/token insert $PERSONA\n&/"
		pin "$PIN"
		see home.news 20s
		echo 'type 1'
		see certificates.intro
		echo 'type 1'
		see title.certificate
		printf 'key %s\n' "$button"
		see title.review
		echo 'key Home Enter'
		see title.consent
		echo 'key Space Down Space Down Enter'
		see title.pin
		printf 'type %s\n' "$PIN"
	}
	work_pulled() { check "$1: right after it the old certificate signs, or its proven successor" on_bench "$STAGE/pulled.card" usable "$PIN" 01; }
}
op_renew() {
	op_cabinet Enter
	PAIRS=2
}
op_replace() {
	op_cabinet 'Down Enter'
	PAIRS=1
}
