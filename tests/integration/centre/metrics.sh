#!/bin/bash
# How the centre does, as Prometheus reads it: on loopback only, counts that follow what happens, nothing personal. C-6.
# usage: metrics.sh BUILD-DIRECTORY   exit 77 = a part is missing
# shellcheck disable=SC2154,SC2034  # names shared with tests/lib/centre.sh
set -u
build=${1:?usage: metrics.sh BUILD-DIRECTORY}
. "$(cd "$(dirname "$0")" && pwd)/../../lib/centre.sh"

for bad in 0.0.0.0:0 nonsense 127.0.0.1:99999; do
	check "--metrics $bad is refused" sh -c "'$bin/tamga-centre' --data '$work/x' --listen 127.0.0.1:0 --metrics $bad 2>&1 | grep -q 'T-105.*--metrics'"
done

centre_start 127.0.0.1:0 --metrics 127.0.0.1:0
at=http://$(cat "$work/c/metrics")
page() { curl -sS --max-time 10 "$at/metrics"; }
value() { page | sed -n "s/^$1 //p"; } # NAME-AND-LABELS, as a regular expression
code() { curl -sS --max-time 10 -o /dev/null -w '%{http_code}' "$@"; }

enrol K01A-1 || { cat "$work/enrol.err"; exit 1; }
fill K01A-1 300
agent_start K01A-1
check "the entries arrived" wait_for 20 arrived K01A-1 300
check "they are counted" same "$(value tamga_entries_total)" 300
check "a batch at least" test "$(value tamga_batches_total)" -ge 1
check "each batch has its acknowledgement in the histogram" same "$(value tamga_acknowledgement_seconds_count)" "$(value tamga_batches_total)"
check "who is none of ours" same "$(code -k "$url/v1/high-water")" 403
check "is counted by name" test "$(value 'tamga_refused_total{reason="kiosk-unknown"}')" -ge 1
check "the agent's connection is open" test "$(value tamga_connections)" -ge 1
before=$(value tamga_entries_total)
"$tool" append "$work/K01A-1.db" K01A-1 application.submitted '{"number":"7","answers":[{"value":"ABDIGALIYEVA"}]}'
check "one more" wait_for 20 arrived K01A-1 301
check "one more is counted" same "$(($(value tamga_entries_total) - before))" 1

# The text, read by a reader of our own that knows the format only.
page >"$work/page"
check "the format holds" /usr/bin/python3 - "$work/page" <<'PYTHON'
import re, sys
types, helps, buckets = {}, set(), []
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.rstrip("\n")
    if m := re.fullmatch(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line):
        assert m[1] not in helps, line
        helps.add(m[1])
    elif m := re.fullmatch(r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)", line):
        assert m[1] not in types and m[1] in helps, line
        types[m[1]] = m[2]
    else:
        m = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z]+="[^"\\]*"\})? ([0-9.]+)', line)
        assert m, line
        family = m[1]
        if family not in types:
            family = re.sub(r"_(bucket|sum|count)$", "", family)
            assert types.get(family) == "histogram", line
        elif types[family] == "counter":
            assert family.endswith("_total"), line
        if m[1].endswith("_bucket"):
            buckets.append((m[2], float(m[3])))
        if m[1].endswith("_count"):
            assert buckets[-1] == ('{le="+Inf"}', float(m[3])), line
assert len(types) > 15 and len(buckets) > 5
assert [b for _, b in buckets] == sorted(b for _, b in buckets)
PYTHON
check "nothing of an application stands in it" sh -c "! grep -qi 'ABDIGALIYEVA\|K01A' '$work/page'"
check "its type" sh -c "curl -sS -D - -o /dev/null '$at/metrics' | grep -qi '^content-type: text/plain; version=0.0.4'"
check "nothing else is there" same "$(code "$at/")$(code "$at/v1/journal")$(code "$at/metrics/x")" 404404404
check "nothing can be sent to it" same "$(code -X POST -d x "$at/metrics")$(code -X PUT -d x "$at/metrics")" 405405
check "the kiosks' door does not give it" sh -c "[ \"\$(curl -sSk -o /dev/null -w '%{http_code}' '$url/metrics')\" = 404 ]"
for _ in $(seq 40); do exec {fd}<>"/dev/tcp/127.0.0.1/${at##*:}"; done 2>/dev/null
check "silent readers do not stop the centre" same "$(as K01A-1 -o /dev/null -w '%{http_code}' "$url/v1/high-water")" 200
done_testing
