#!/usr/bin/env bash
# The whole catalogue as JSON against the standard as published: every name with a blank behind it in the annexes is a field,
# in its order. The names are read out of the source here, so nobody can have forgotten one. Requirements NCA-A1 … NCA-A8.
# usage: list.sh TAMGACTL LOCALE
set -u
ctl=${1:?usage: list.sh TAMGACTL LOCALE} locale=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
bad=0
"$ctl" screens check --screens "$top/screens" --locale "$locale" || { echo "screens check failed" >&2; bad=1; }
"$ctl" screens list --json --screens "$top/screens" --locale "$locale" |
	/usr/bin/python3 "$here/list.py" "$top/tests/data/seed-nca.txt" || bad=1
exit $bad
