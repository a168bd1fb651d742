/* Every command of tamgactl: group, name, arguments, help, function. A name may be empty. */
#ifndef TG_CTL_COMMANDS_H
#define TG_CTL_COMMANDS_H

/* clang-format off */
#ifdef CTL_SCREENS
#define CTL_SCREENS_COMMANDS(X) \
	X("screens", "check", "[--screens DIR] [--locale DIR]", "check all screens in all languages", ctl_screens_check) \
	X("screens", "list", "[--json] [--screens DIR] [--locale DIR]", "providers, services, kinds, forms, fields, documents, rules", \
	  ctl_screens_list) \
	X("screens", "pot", "[--screens DIR]", "every message id, as a template for translators", ctl_screens_pot) \
	X("kiosk", "add", "KIOSK --data DIR [--url URL] [--valid HOURS] [--role desk|field] [--place TEXT] [--out FILE] [--qr FILE.png] " \
	  "[--no-qr] [--clock-file FILE]", \
	  "at the centre: announce a kiosk; prints a line and a QR code that let it in once (for 72 hours)", ctl_kiosk_add) \
	X("kiosk", "replace", "KIOSK --data DIR [--reimaged] [--url URL] [--valid HOURS] [--role desk|field] [--place TEXT] [--out FILE] [--qr FILE.png] " \
	  "[--no-qr] [--clock-file FILE]", \
	  "the same for one whose key is lost or over: the old certificate ends when the new one is used; with its database lost " \
	  "too, it takes the next stream id", \
	  ctl_kiosk_replace) \
	X("kiosk", "disable", "KIOSK --data DIR [--clock-file FILE]", "refuse it from now on, also on open connections", \
	  ctl_kiosk_disable) \
	X("kiosk", "enable", "KIOSK --data DIR [--clock-file FILE]", "take it back", ctl_kiosk_enable) \
	X("kiosk", "close", "--data DIR [--clock-file FILE]", \
	  "end the secret of the centre's first start, which lets any kiosk in; kiosk add is the only way then", ctl_kiosk_close) \
	X("kiosk", "list", "--data DIR [--json] [--clock-file FILE]", \
	  "kiosk, role, number, state, where its key is, end of its certificate, last entry, when it came, place", ctl_kiosk_list) \
	X("channel-ca", "show", "--data DIR", \
	  "at the centre: the CAs of its connections with kiosks, and which kiosks do not know the next one yet", ctl_channel_ca_show) \
	X("channel-ca", "next", "--data DIR [--clock-file FILE]", \
	  "at the centre, while it is stopped: make the next one, with another key; kiosks learn it by themselves within an hour", \
	  ctl_channel_ca_next) \
	X("channel-ca", "turn", "--data DIR [--leave-behind]", \
	  "at the centre, while it is stopped, when all kiosks know the next one: it takes the present one's place; a kiosk left " \
	  "behind comes back by kiosk replace", \
	  ctl_channel_ca_turn) \
	X("news", "add", "--data DIR --provider P --file news.yaml [--screens DIR] [--clock-file FILE]", \
	  "tell all kiosks: title and text in four languages, first and last day; the same id again replaces it", ctl_news_add) \
	X("news", "list", "--data DIR", "what the centre tells now", ctl_news_list) \
	X("news", "remove", "ID --data DIR [--clock-file FILE]", "take news back", ctl_news_remove) \
	X("software", "tell", "--data DIR --file software.yaml [--clock-file FILE]", \
	  "tell whoever looks after kiosks: a version, what it brings, by when it is to be installed", ctl_software_tell) \
	X("software", "list", "--data DIR", "versions that are told now", ctl_software_list) \
	X("software", "withdraw", "VERSION --data DIR [--clock-file FILE]", "a version is told no longer", \
	  ctl_software_withdraw) \
	X("register", "import", "REGISTER FILE --data DIR [--source TEXT] [--screens DIR] [--allow-test-ids] [--clock-file FILE]", \
	  "at the centre: what the desk holds applications against, from CSV or JSON lines; replaces what was imported before", \
	  ctl_register_import) \
	X("register", "list", "--data DIR", "imported registers: how many records, of when, from where", ctl_register_list) \
	X("report", "", "--data DIR… [--from DAY] [--until DAY] [--provider P] [--language kk|ky|ru|en] [--pdf FILE|--csv|--json] " \
	  "[--screens DIR] [--locale DIR] [--print PROGRAM] [--clock-file FILE]", \
	  "applications by service, kiosk and day, refusals by ground, terms kept and broken, money, notices; this month by " \
	  "default; with a language in its words; --pdf: in Russian unless told, with charts; --data of each shard: one report " \
	  "over all", \
	  ctl_report) \
	X("journal", "mend", "--data DIR [--look] [--backup DIR] [--clock-file FILE]", \
	  "at the centre, while it is stopped: names what is damaged in centre.db, its segments, ca.db and office.db, and makes " \
	  "them again of what can be read and, where it cannot, of the newest backup; kiosks send the rest. --look: names only", \
	  ctl_journal_mend) \
	X("erase", "", "--data DIR (--number N | --person ID) --order TEXT [--yes] | --by-rule [--dry-run] [--screens DIR] " \
	  "[--clock-file FILE]", \
	  "at the centre, running or not: personal data of ended applications, by a written order or what is due; for good", \
	  ctl_erase) \
	X("manual", "", "[--language kk|ky|ru|en] [--graph] [--locale DIR]", \
	  "the technicians' manual: keys, every failure by its code; with --graph the ways between the screens", ctl_manual)
#else
#define CTL_SCREENS_COMMANDS(X)
#endif

#define CTL_COMMANDS(X) \
	X("number", "new", "--kiosk-no N --counter C", "make a unique number", ctl_number_new) \
	X("number", "check", "TEXT", "is this a unique number? Prints it as it is written", ctl_number_check) \
	X("id", "check", "KIND VALUE", "is this an identifier? Kinds: iin, bin, kg-pin", ctl_id_check) \
	X("journal", "verify", "DB [--channel-ca FILE] [--ack-key FILE] [--against KIOSK.db]…", \
	  "check every hash chain from its beginning, the centre's tree over all, and what kiosks signed and were told of it; " \
	  "with their own journals the first entry that is another; exit 1: broken, and where", ctl_journal_verify) \
	X("journal", "export", "DB", "all entries as JSON lines", ctl_journal_export) \
	X("journal", "rebuild", "DB", "verify, then make all other tables again from the journal", ctl_journal_rebuild) \
	X("journal", "seal", "--data DIR [--after-months N] [--clock-file FILE]", \
	  "at the centre, running or not: months that are over move into files of their own; N further ones stay (1)", \
	  ctl_journal_seal) \
	X("record", "show", "DB NUMBER", "state of one application; 0 only when it is delivered", ctl_record_show) \
	X("lock", "show", "DB CERT [--utc-offset MINUTES] [--clock-file FILE]", \
	  "wrong PIN tries of a certificate, named by its SHA-256", ctl_lock_show) \
	X("lock", "reset", "CERT --data DIR [--provider P] [--why TEXT] [--clock-file FILE]", \
	  "at the centre's office, after the holder was identified: the wrong tries so far no longer count towards the lock", \
	  ctl_lock_reset) \
	X("token", "show", "DB SERIAL", "state and history of a token", ctl_token_show) \
	X("token", "states", "", "the states of a token and the moves that are allowed", ctl_token_states) \
	X("token", "state", "SERIAL STATE --why TEXT --data DIR [--clock-file FILE]", \
	  "at the centre: suspended, lost, found again, damaged, ended; every kiosk learns it", ctl_token_state) \
	X("kiosk", "role", "KIOSK desk|field|none --data DIR [--clock-file FILE]", \
	  "at the centre: who may decide on applications: a desk on all, a field set on its own", ctl_kiosk_role) \
	X("backup", "", "--data DIR --out NEW-DIR [--since DIR] [--with-keys] [--clock-file FILE]", \
	  "at the centre, while it works: a copy of its databases and sealed months, checked; unchanged months are shared with " \
	  "the backup --since; with keys also everything else: whoever has them is the centre", ctl_backup) \
	X("replica", "move", "--data DIR --postgres CONNINFO [--postgres-quorum K] [--shard NAME]", \
	  "at the centre, while it works: copies its journal to PostgreSQL; what is left its next start with --postgres copies", \
	  ctl_replica_move) \
	X("replica", "status", "--data DIR [--postgres CONNINFO] [--shard NAME]", \
	  "place and root of the journal in the centre's file and in its database; 0 when they are equal", ctl_replica_status) \
	X("replica", "verify", "--data DIR [--postgres CONNINFO] [--shard NAME]", \
	  "check every hash chain, the places and the tree in the database", ctl_replica_verify) \
	X("restore", "", "--data DIR --from DIR [--clock-file FILE]", \
	  "at the centre, while it is stopped: puts back what is missing of a backup; kiosks send the rest", ctl_restore) \
	CTL_SCREENS_COMMANDS(X)
/* clang-format on */

#endif
