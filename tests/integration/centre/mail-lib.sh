# shellcheck shell=bash disable=SC2154,SC2034
# Sourced after tests/lib/centre.sh by the tests of notices: a real SMTP server beside the centre. Needs $here.
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || { echo "skipped: python3-aiosmtpd is missing" >&2; exit 77; }
screens=$(cd "$here/../../../screens" && pwd)
box=$work/box
mkdir "$box"
port=$((20000 + RANDOM % 20000))
while ss -Hltn "sport = :$port" | grep -q .; do port=$((port + 1)); done

smtp_start() { # ARGUMENTS…
	rm -f "$box/ready"
	[ -f "$box/mode" ] || echo ok >"$box/mode"
	/usr/bin/python3 "$here/smtp_server.py" "$box" $port "$@" 2>"$work/smtp.err" &
	smtp_pid=$!
	extra_pids=$smtp_pid
	wait_for 10 test -f "$box/ready"
}
smtp_stop() {
	kill "$smtp_pid"
	wait "$smtp_pid" 2>/dev/null
	extra_pids=
}
mode() {
	echo "$1" >"$box/mode.new"
	mv "$box/mode.new" "$box/mode"
}
mail_centre() { # [MORE FLAGS…]: the same port when it ran before
	centre_start "${url:+${url#https://}}" --screens "$screens" --locale "$build/locale" --smtp "${smtp_url:-smtp://127.0.0.1:$port}" \
		--mail-from notices@centre.example --mail-retry 100 "$@"
}
url=127.0.0.1:0
submit() { # NUMBER LANGUAGE EMAIL [MEMBERS]: an application handed in at a kiosk
	"$tool" append "$work/K01A-1.db" K01A-1 application.submitted "{\"number\":\"$1\",\"provider\":\"kz-nca\",\"service\":\"issue\",
		\"operation\":\"${OPERATION:-issue}\",\"kind\":\"individual\",\"form\":\"nca-a1\",\"form_version\":1,\"language\":\"$2\",\"channel\":\"kiosk\",
		\"answers\":[{\"field\":\"email\",\"number\":\"A1.8\",\"value\":\"$3\",\"by\":\"person\"}],
		${4:+$4,}\"consents\":[\"policy\",\"email\"]}"
}
deliver() { "$tool" append "$work/K01A-1.db" K01A-1 application.delivered "{\"number\":\"$1\"}"; }
done_code() { # NUMBER WHAT: code of its mail.done; many when there are many
	sqlite3 -readonly "$work/c/centre.db" "SELECT group_concat(json_extract(body, '\$.code')) FROM journal WHERE kind = 'mail.done' AND
		kiosk = 'C00-1' AND json_extract(body, '\$.number') = '$1' AND json_extract(body, '\$.what') = '$2'"
}
done_is() { [ "$(done_code "$1" "$2")" = "$3" ]; }
state_of() { sqlite3 -readonly "$work/c/office.db" "SELECT state FROM mail WHERE number = '$1' AND what = '$2'"; }
state_is() { [ "$(state_of "$1" "$2")" = "$3" ]; }
got() { # ADDRESS: how many messages went to it
	grep -lx -- "$1" "$box"/*.to 2>/dev/null | wc -l
}
got_is() { [ "$(got "$1")" = "$2" ]; }
read_mail() { # ADDRESS WHAT: header or text of the one message, read by Python's mail library
	local file
	file=$(grep -lx -- "$1" "$box"/*.to | tail -n 1)
	/usr/bin/python3 - "${file%.to}.eml" "$2" <<-'PY'
		import email, email.policy, sys
		m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
		assert not m.defects, m.defects
		print(m.get_content() if sys.argv[2] == "text" else m[sys.argv[2]])
	PY
}
tries() { grep -c "^$1\$" "$box/log" 2>/dev/null; }
