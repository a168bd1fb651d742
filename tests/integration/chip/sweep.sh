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
work_done() { see title.result 90s; } # from the PIN to the end of the work that is swept
work_rest() { :; }                    # what is left to do when it was done before the card was pulled
work_beside() { :; } # WHAT: what must be true of another card
work_final() { # WHAT
	export P11_SLOT=$((SLOT_NUMBER))
	pulled_card insert >/dev/null # it may lie outside: the work was gone on with by the other card
	check "$1: the card is seen" wait_until 10 seen_again
	check "$1: nothing nameless on the card" equal "$(pulled_card status | grep -o 'keys=[0-9]* certs=[0-9]*')" "keys=$PAIRS certs=$PAIRS"
	check "$1: each certificate with its key, none too many" pairs_are "$PIN" "$PAIRS"
	check "$1: confirmed by the CA" in_the_register "$certificates_before" "$KEYS"
	work_beside "$1"
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
		to_service
		identified aigul
		onto sim
		see carrier.insert-sim
		printf 'card insert sim-aigul\nwait "51c04a07" 20s\nkey Enter\n'
		answers_to_pin
		printf 'type %s\n' "$PIN"
	}
}
# Both carriers in one application (NCA-6): the identity card in one reader, the SIM in the other. KEYS is what the CA
# confirmed for both.
on_other() { # WHAT SLOT SLOT-NUMBER PERSONA PIN PAIRS: the same of the card that was not pulled
	"$TOP/kiosk-image/lib/hook" "$STAGE" "$BIN" "$2" "$4" >/dev/null
	(
		export P11_SLOT=$3
		check "$1: the other card is seen" wait_until 10 p11 --list-objects
		check "$1: its pairs, none too many" pairs_are "$5" "$6"
	) || exit 1
	check "$1: nothing nameless on the other card" equal \
		"$("$BIN/tamga-vcard" --ctl "$STAGE/$2.ctl" status | grep -o 'keys=[0-9]* certs=[0-9]*')" "keys=$6 certs=$6"
}
both_reset() { # new plastic for both
	local slot
	for slot in card token; do
		stop_pid "$STAGE/$slot.pid"
		rm -f "$STAGE/$slot.persona"
	done
	rm -f "$STAGE"/cards/*.card "$STAGE/pulled.card"
	certificates_before=$(confirmed)
}
both_to_pin() {
	to_service
	identified aigul
	see title.carriers
	echo 'type 4'
	answers_to_pin
	echo 'type 648219'
}
entries_of() { # intent|done STEP PURPOSE
	kiosk_sql "select count(*) from journal where kind='chip.$1' and json_extract(body,'$.number')='$(last_number)' and
		json_extract(body,'$.step')='$2' and json_extract(body,'$.purpose') $3"
}
sim_part() { # from the screen that asks for the SIM to the end
	see title.second-sim 90s
	printf 'token insert sim-aigul\n'
	sim_continue
}
sim_continue() { # the SIM is in, or about to be
	see carrier.found 20s
	echo 'key Enter'
	see title.pin
	pin "$(persona_value sim-aigul user_pin)"
	see title.result 90s
}
op_both_card() {
	SLOT=card SLOT_NUMBER=0 PERSONA=aigul PIN=648219 KEYS=3 PAIRS=2
	to_pin() { both_to_pin; }
	work_reset() { both_reset; }
	work_done() { see title.second-sim 90s; }
	work_rest() { sim_part; }
	work_continue() {
		see resume.continue 20s
		printf 'key Enter\n'
		see title.pin
		pin "$PIN"
		sim_part
	}
	work_again() {
		printf 'size 80x24\n'
		see idle.choose
		if [ "$(entries_of done prove 'is null')" != 2 ]; then
			printf 'card insert aigul\nsleep 1500ms\ntype 4\n'
			see title.resume
			work_continue
		elif [ "$(entries_of intent generate "= 'sim'")" -gt 0 ] && [ $((runs % 2)) = 1 ]; then
			printf 'token insert sim-aigul\nsleep 1500ms\ntype 4\n'
			see title.second-sim
			sim_continue
		else
			printf 'card insert aigul\nsleep 1500ms\ntype 4\n'
			sim_part
		fi
	}
	work_beside() { on_other "$1" token 4 sim-aigul "$(persona_value sim-aigul user_pin)" 1; }
}
op_both_sim() {
	SLOT=token SLOT_NUMBER=4 PERSONA=sim-aigul KEYS=3 PAIRS=1
	PIN=$(persona_value sim-aigul user_pin)
	to_pin() {
		both_to_pin
		echo 'key Enter'
		see title.second-sim 90s
		printf 'token insert sim-aigul\nwait "51c04a07" 20s\nkey Enter\n'
		see title.pin
		printf 'type %s\n' "$PIN"
	}
	work_reset() { both_reset; }
	work_resume() { # the card is out, in the same program; which one is waited for is said
		see title.second-sim 40s
		see second.serial
		printf '%s insert %s\n' "$SLOT" "$PERSONA"
		sim_continue
	}
	work_beside() { on_other "$1" card 0 aigul 648219 2; }
}
# Killed anywhere from the first PIN to the end. Afterwards either card finds the application again: the SIM once its work
# was begun, in every second run; else the identity card.
op_both() {
	op_both_card
	work_done() { sim_part; }
	work_pulled() { "$BIN/tamga-vcard" --ctl "$STAGE/token.ctl" pull >/dev/null 2>&1; }
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
		printf 'wait "What has changed since the certificate was made?"\ntype 1\n' # DOS-4: nothing
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
