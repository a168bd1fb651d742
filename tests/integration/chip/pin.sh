# The sweeps' operations on a PIN: a change in the cabinet, an unblocking by staff. Nothing is continued here by itself:
# afterwards exactly one of the PINs is right, the screen says what was broken off as long as the journal does not know
# its end, and the same work can be done again. Sourced after sweep.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034

NEW=62048175
# pin_open: the journal's last entry about work on a PIN is one without an end
pin_open() { [ "$(kiosk_sql "select kind from journal where kind in ('pin.intent', 'pin.done') order by seq desc limit 1")" = pin.intent ]; }
pin_entries() { kiosk_sql "select count(*) from journal where kind = 'pin.$1'"; }

op_change() {
	op_cabinet ''
	AFTER_WORK=pin-change.done
	OLD=$PIN
	to_pin() {
		to_enter | sed "s/^type 4\$/token insert $PERSONA\n&/"
		pin "$OLD"
		see home.pin 20s
		printf 'key Down*2 Enter\n'
		see pin-change.old
		pin "$OLD"
		pin "$NEW"
		printf 'type %s\n' "$NEW"
	}
	# After the work: the PIN that holds lets its holder in, and the screen tells what happened exactly when it must.
	pin_final() { # WHAT
		local right open
		if login_works_on "$OLD"; then right=$OLD; else right=$NEW; fi
		check "$1: the old or the new PIN is right" login_works_on $right
		[ $right = "$NEW" ] || check "$1: and not both" not login_works_on "$NEW"
		pin_open && open=1 || open=''
		{
			to_enter | sed "s/^type 4\$/token insert $PERSONA\n&/"
			if [ "$open" ]; then see pin.broken-change; else printf 'expect-not "%s"\n' "$(said en pin.broken-change)"; fi
			pin $right
			see home.news 20s
		} >"$WALK"
		token pull >/dev/null 2>&1
		play "$1: the right PIN enters${open:+ and is told of what was broken off}"
		check "$1: nothing is open" not pin_open
		[ -z "$open" ] || opened=$((opened + 1))
		[ $right = "$OLD" ] || changed=$((changed + 1))
	}
}
login_works_on() { on_bench "$STAGE/cards/$PERSONA.card" login_works "$1"; }

op_unblock() {
	SLOT=card SLOT_NUMBER=0 PERSONA=locked STAFF=staff-gulmira
	AFTER_WORK=unblock.done
	SO=$(persona_value locked so_pin) NEW=472951
	work_prepare() {
		stage_staff $STAFF
	}
	to_pin() {
		to_service
		echo 'card insert locked'
		see staff.call 20s
		printf 'key Enter\n'
		see staff.insert
		echo "token insert $STAFF"
		see staff.pin 20s
		pin "$(persona_value $STAFF user_pin)"
		see staff.known 20s
		printf 'key Enter\n'
		see document.read
		printf 'type %s\nkey Enter\ntype 28062001\nkey Enter\ntype 19092032\nkey Enter\nkey Enter\n' "$(persona_value locked document)"
		see reading.person 30s
		printf 'key Enter\n'
		see staff.chip-says
		printf 'key Enter*2\n'
		see unblock.so-label
		pin "$SO"
		see unblock.turn-away
		pin "$NEW"
		printf 'type %s\n' "$NEW"
	}
	# Still locked, and unblocked by the same work; or the new PIN is right.
	pin_final() { # WHAT
		local open=''
		pin_open && open=1
		card pull >/dev/null 2>&1
		token pull >/dev/null 2>&1
		if login_works_on "$NEW"; then
			changed=$((changed + 1))
			{
				to_service
				echo 'card insert locked'
				see carrier.found 20s
				if [ "$open" ]; then see pin.broken-unblock; else printf 'expect-not "%s"\n' "$(said en pin.broken-unblock)"; fi
			} >"$WALK"
			play "$1: not locked any more${open:+, and is told of what was broken off}"
		else
			{ to_pin; printf 'key Enter\n'; see $AFTER_WORK 20s; } >"$WALK"
			play "$1: still locked, and unblocked by doing it again"
			check "$1: the new PIN is right" login_works_on "$NEW"
			check "$1: nothing is open" not pin_open
		fi
		[ -z "$open" ] || opened=$((opened + 1))
	}
}
pin_reset() {
	work_reset
	[ "$PERSONA" = rutoken-head ] || stop_pid "$STAGE/token.pid"
}
