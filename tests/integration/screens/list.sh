#!/usr/bin/env bash
# The whole catalogue as JSON against the standard as published: every name with a blank behind it in the annexes is a field,
# in its order. The names are read out of the source here, so nobody can have forgotten one; the same with the pages of
# Kyrgyzstan. Requirements NCA-A1 … NCA-A8, DOS-1, DOS-7, DOS-11, DOS-12, UBR-1, UBR-2.
# usage: list.sh TAMGACTL LOCALE
set -u
ctl=${1:?usage: list.sh TAMGACTL LOCALE} locale=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
bad=0
"$ctl" screens check --screens "$top/screens" --locale "$locale" || { echo "screens check failed" >&2; bad=1; }
all=$("$ctl" screens list --json --screens "$top/screens" --locale "$locale") || bad=1
/usr/bin/python3 "$here/list.py" "$top/tests/data/seed-nca.txt" <<<"$all" || bad=1
/usr/bin/python3 "$here/kyrgyz.py" "$top/tests/data/seed-dostek-renewal.txt" "$top/tests/data/seed-dostek-questions.txt" \
	"$top/tests/data/seed-dostek-guide.txt" "$top/tests/data/seed-ubr.txt" <<<"$all" || bad=1
exit $bad
