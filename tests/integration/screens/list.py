#!/usr/bin/python3
"""Compares `tamgactl screens list --json` (standard input) with the text of the standard (argument)."""
import json
import re
import sys

BLANK = "____"
bad = []


def expect(good, *what):
    if not good:
        bad.append(" ".join(str(w) for w in what))


def fold(s):
    s = s.lower().replace("i", "і").replace("–", "-")
    return re.sub(r"[\s_:\"«»]", "", s)


def annexes(path):
    """Number: text of the annex, with its lines joined."""
    text = open(path, encoding="utf-8").read()
    parts = re.split(r"\n\s*(\d)-қосымша\s*\n\s*Нысан", text)
    return {int(parts[i]): " ".join(parts[i + 1].split()) for i in range(1, len(parts), 2)}


def blanks(text):
    """What stands before each blank that has a name: everything since the blank before it."""
    text = re.sub(r"_+( _+)*", BLANK, text)
    # A blank of a date, and what comes with it, is no field.
    text = re.sub(r"20 ?" + BLANK + r".*", "", text)
    names = re.findall(r"([^_:]+): ?(?=" + BLANK + ")", text)
    return [fold(n) for n in names]


def unmend(label, form, errata):
    for e in errata:
        if e["form"] == form["id"] and fold(e["mended"]) in label:
            label = label.replace(fold(e["mended"]), fold(e["printed"]))
    return label


def labelled(form, errata):
    return [unmend(fold(f["label"]["kk"]), form, errata) for f in form["fields"]]


def check_form(form, text, errata):
    found = blanks(text)
    have = labelled(form, errata)
    # These have no blank of their own kind in the source: the number stands alone, the request and lines in boxes.
    alone = [fold(x) for x in ("Бірегей нөмірі", "Base64 форматындағы PKCS#10 сұрау салу")]
    for name in alone:
        expect((name in have) == (name in fold(text)), form["code"], "field without a blank:", name)
    asked = [h for h in have if h not in alone]
    expect(len(asked) == len(found), form["code"], "fields:", len(asked), "blanks:", len(found), found)
    for here, there in zip(asked, found):
        expect(there.endswith(here), form["code"], "field", here, "where the source has", there)
    expect(len(found) >= 8, form["code"], "the source was not read:", found)


def main():
    catalogue = json.load(sys.stdin)
    nca = [p for p in catalogue["providers"] if p["id"] == "kz-nca"][0]
    text = annexes(sys.argv[1])
    expect(sorted(text) == list(range(1, 10)), "annexes of the source:", sorted(text))
    forms = {k["form"]["code"]: k["form"] for s in nca["services"] for k in s["kinds"]}
    forms[nca["refusal_form"]["code"]] = nca["refusal_form"]
    expect(set(forms) == {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "C1"}, "forms:", sorted(forms))
    for code in ("A1", "A2", "A4", "A5", "A6", "A7", "A8"):
        check_form(forms[code], text[int(code[1])], nca["errata"])
    # Counted by hand in the source (A3: three of its names repeat four times, the own signature is a line of its own).
    counts = {"A1": 12, "A2": 14, "A4": 12, "A5": 14, "A6": 16, "A7": 8, "A8": 13, "A9": 11}
    for code, n in counts.items():
        expect(len(forms[code]["fields"]) == n, code, len(forms[code]["fields"]), "fields, not", n)
    expect(len(forms["A3"]["fields"]) == 10 + 4 * 2, "A3", len(forms["A3"]["fields"]))
    expect(len(forms["A3"]["signatures"]) == 5, "A3 signatures")
    for form in forms.values():
        for i, f in enumerate(form["fields"]):
            expect(f["number"] == "%s.%d" % (form["code"], i + 1), "number", f["number"])
            expect(all(f["label"].get(lang) for lang in ("kk", "ky", "ru", "en")), f["number"], "is not named")
    for member in ("ways", "calendars", "terms", "grounds", "contacts", "errata", "legal_basis"):
        expect(len(nca[member]) > 0, "nothing of", member)
    print("\n".join(bad) or "the catalogue has what the standard has")
    return 1 if bad else 0


sys.exit(main())
