#!/usr/bin/env bash
# What anybody can look at after one journey, with programs that are not of this project: pkcs11-tool on the card, openssl,
# sqlite3 on the replica; and `tamgactl journal verify`, which must find a change of any byte (C-1).
set -u
. "$(dirname "$0")/../../lib/stage.sh"
stage_up
{ cat "$TOP/tests/lib/a1-to-pin.walk"; printf 'type 648219\nkey Enter\nwait "Done" 60s\nkey Enter\nwait "Choose a language"\n'; } >"$STAGE/at.walk"
check "a whole journey" walk_or_show "$STAGE/at.walk"
number=$(last_number)
check "at the centre" wait_until 20 in_replica "$number" delivered

# --- The card.
p11() { pkcs11-tool --module /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so --slot-index 0 "$@" 2>"$STAGE/tool.err" || { cat "$STAGE/tool.err" >&2; return 1; }; }
private() { p11 --login --pin 648219 "$@"; }
check "two private keys" equal "$(private --list-objects --type privkey | grep -c '^Private Key Object; RSA')" 2
check "two certificates" equal "$(p11 --list-objects --type cert | grep -c '^Certificate Object')" 2
date >"$STAGE/data"
serials=''
works() { # ID
	p11 --read-object --type cert --id "$1" --output-file "$STAGE/c.der" >/dev/null &&
		openssl x509 -inform DER -in "$STAGE/c.der" -out "$STAGE/c.pem" &&
		openssl verify -CAfile "$STAGE/agent/ca-trust.pem" "$STAGE/c.pem" >/dev/null &&
		openssl x509 -in "$STAGE/c.pem" -noout -pubkey >"$STAGE/c.pub" &&
		private --sign --mechanism SHA256-RSA-PKCS --id "$1" --input-file "$STAGE/data" --output-file "$STAGE/sig" >/dev/null &&
		openssl dgst -sha256 -verify "$STAGE/c.pub" -signature "$STAGE/sig" "$STAGE/data" >/dev/null &&
		serials="$serials $(openssl x509 -in "$STAGE/c.pem" -noout -serial | cut -d= -f2)"
}
for id in $(private --list-objects --type privkey | awk '$1 == "ID:" { print $2 }'); do check "key $id works" works "$id"; done
check "a certificate for both keys" equal "$(echo "$serials" | wc -w)" 2

# --- The replica.
body=$(centre_sql "select body from journal where kind = 'application.delivered'")
for serial in $serials; do check "the record names certificate $serial" grep -qi "$serial" <<<"$body"; done
check "one application" equal "$(centre_sql 'select number || state from application')" "${number}delivered"
entries_of() { "$1" "select kiosk, seq, kind, hex(hash) from journal where kiosk <> 'C00-1' order by seq"; }
same_entries() { [ "$(entries_of kiosk_sql)" = "$(entries_of centre_sql)" ]; }
check "every entry of the kiosk is there, in order" wait_until 20 same_entries

# --- Verification.
stop_pid "$STAGE/agent.pid"
stop_pid "$STAGE/centre.pid"
verify() { "$BIN/tamgactl" journal verify "$1" >"$STAGE/verify.out" 2>&1; }
# find_bytes FILE HEX: where these bytes stand as one piece; nothing when they do not. Newlines and zeros are bytes like any.
find_bytes() {
	LC_ALL=C grep -obUaP -m 1 "$(sed 's/../\\x&/g' <<<"${2:0:400}")" "$1" | head -n 1 | cut -d: -f1
}
found() { ! verify "$1" || { say "not found: $2"; return 1; }; }
for db in kiosk.db centre/centre.db; do
	check "$db is whole" verify "$STAGE/$db"
	sqlite3 "$STAGE/$db" 'pragma wal_checkpoint(truncate)' >/dev/null
	entries=$(sqlite3 "$STAGE/$db" 'select count(*) from journal')
	check "$db has entries" [ "$entries" -ge 20 ]
	# Through SQL: one field of one entry, each kind of field, at entries drawn anew each time.
	while read -r change; do
		for _ in 1 2; do
			entry=$((RANDOM % entries))
			cp "$STAGE/$db" "$STAGE/copy.db"
			sqlite3 "$STAGE/copy.db" "update journal set $change where id = (select id from journal order by id limit 1 offset $entry)"
			check "$db: $change in entry $entry is found" found "$STAGE/copy.db" "$change in entry $entry"
		done
	done <<-'CHANGES'
		body = substr(body, 1, length(body) - 2) || 'x}'
		body = replace(body, ':', ': ')
		time_ms = time_ms + 1
		kind = kind || 'x'
		version = version + 1
		seq = seq + 1000
		salt = randomblob(length(salt))
		body_hash = randomblob(length(body_hash))
		prev_hash = randomblob(length(prev_hash))
		hash = randomblob(length(hash))
		kiosk = 'K99'
	CHANGES
	for _ in 1 2 3; do
		cp "$STAGE/$db" "$STAGE/copy.db"
		entry=$((RANDOM % entries))
		sqlite3 "$STAGE/copy.db" "pragma foreign_keys = off; delete from journal where id = (select id from journal order by id limit 1 offset $entry)"
		check "$db: entry $entry taken away is found" found "$STAGE/copy.db" "entry $entry taken away"
	done
	# In the file: one byte, where a body or a hash of an entry stands.
	for _ in $(seq 24); do
		entry=$((RANDOM % entries))
		column=$(printf 'body\nhash\nbody_hash\n' | shuf -n 1)
		hex=$(sqlite3 "$STAGE/$db" "select hex($column) from journal order by id limit 1 offset $entry")
		at=$(find_bytes "$STAGE/$db" "$hex")
		[ -n "$at" ] || continue # a body that lies in several pages
		cp "$STAGE/$db" "$STAGE/copy.db"
		at=$((at + RANDOM % (${#hex} / 2)))
		byte=$(od -An -tu1 -j "$at" -N 1 "$STAGE/copy.db" | tr -d ' ')
		printf '%b' "\\x$(printf %x $((byte ^ (1 << RANDOM % 8))))" | dd of="$STAGE/copy.db" bs=1 seek="$at" conv=notrunc status=none
		check "$db: byte $at ($column of entry $entry) is found" found "$STAGE/copy.db" "byte $at, $column of entry $entry"
		bytes=$((${bytes:-0} + 1))
	done
done
check "enough bytes were changed" [ "${bytes:-0}" -ge 20 ]
echo "$checks checks, $bytes single bits"
