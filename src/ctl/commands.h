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
	X("news", "add", "--data DIR --provider P --file news.yaml [--screens DIR] [--clock-file FILE]", \
	  "tell all kiosks: title and text in four languages, first and last day; the same id again replaces it", ctl_news_add) \
	X("news", "list", "--data DIR", "what the centre tells now", ctl_news_list) \
	X("news", "remove", "ID --data DIR [--clock-file FILE]", "take news back", ctl_news_remove) \
	X("register", "import", "REGISTER FILE --data DIR [--source TEXT] [--screens DIR] [--allow-test-ids] [--clock-file FILE]", \
	  "at the centre: what the desk holds applications against, from CSV or JSON lines; replaces what was imported before", \
	  ctl_register_import) \
	X("register", "list", "--data DIR", "imported registers: how many records, of when, from where", ctl_register_list) \
	X("report", "", "--data DIR [--from DAY] [--until DAY] [--provider P] [--csv|--json] [--screens DIR] [--clock-file FILE]", \
	  "applications by service, kiosk and day, refusals by ground, terms kept and broken, notices; this month by default", \
	  ctl_report) \
	X("manual", "", "[--language kk|ky|ru|en] [--graph] [--locale DIR]", \
	  "the technicians' manual: keys, every failure by its code; with --graph the ways between the screens", ctl_manual)
#else
#define CTL_SCREENS_COMMANDS(X)
#endif

#define CTL_COMMANDS(X) \
	X("number", "new", "--kiosk-no N --counter C", "make a unique number", ctl_number_new) \
	X("number", "check", "TEXT", "is this a unique number? Prints it as it is written", ctl_number_check) \
	X("id", "check", "KIND VALUE", "is this an identifier? Kinds: iin, bin, kg-pin", ctl_id_check) \
	X("journal", "verify", "DB", "check every hash chain from its beginning", ctl_journal_verify) \
	X("journal", "export", "DB", "all entries as JSON lines", ctl_journal_export) \
	X("journal", "rebuild", "DB", "verify, then make all other tables again from the journal", ctl_journal_rebuild) \
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
	X("kiosk", "list", "--data DIR", "kiosks that anything came from, and their roles", ctl_kiosk_list) \
	X("backup", "", "--data DIR --out NEW-DIR", \
	  "at the centre, while it works: copies of the replica (centre.db) and of the office's database (office.db)", ctl_backup) \
	X("restore", "", "--data DIR --from DIR", \
	  "at the centre, while it is stopped: puts back those of the two that are missing", ctl_restore) \
	CTL_SCREENS_COMMANDS(X)
/* clang-format on */

#endif
