#!/usr/bin/python3
"""Compares `tamgactl screens list --json` (standard input) with the pages of DosTek (renewal, questions, guide) and of UBR, whose
files are the arguments in this order. Papers, questions, prices and numbers are read out of the pages here."""
import json
import re
import sys

bad = []


def expect(good, *what):
    if not good:
        bad.append(" ".join(str(w) for w in what))


def fold(s):
    s = s.lower().replace("i", "і").replace("–", "-").replace("\xa0", " ")
    return re.sub(r"[\s_:\"«».;,]", "", s)


def unmend(text, errata):
    """A label as the page has it, with its misprints; every way, for a misprint stands in some of the places only."""
    ways = {text}
    for e in errata:
        ways |= {re.sub(re.escape(e["mended"]), e["printed"], w, flags=re.I) for w in ways}
    return {fold(w) for w in ways}


def bullets(text):
    """What stands behind each bullet, up to the next one or an empty line."""
    found = re.findall(r"•\s*(.*?)(?=\n\s*•|\n\s*\n|\Z)", text, flags=re.S)
    return [" ".join(f.split()) for f in found]


def provider(catalogue, name):
    return [p for p in catalogue["providers"] if p["id"] == name][0]


def service(p, name):
    return [s for s in p["services"] if s["id"] == name][0]


def check_ubr(p, page):
    first, rest = page.split("Эгер аткаруу органынын", 1)
    # The fifth bullet of the second list is a term, not a paper.
    extra = rest.split("• Электрондук кол тамганы 1 жумушчу", 1)[0]
    papers, more = bullets(first), bullets(extra)
    expect(len(papers) == 9, "papers of the page:", len(papers))
    expect(len(more) == 4, "further papers of the page:", more)
    documents = service(p, "issue")["kinds"][0]["documents"]
    asked = [d for d in documents if not d["id"].endswith("-translation")]
    for d, there in zip(asked, papers + more):
        here = unmend(d["label"]["ky"], p["errata"])
        # The page says of the passports in brackets what is asked of foreigners: a paper of its own here.
        there = fold(re.sub(r" \(чет өлкөлүк.*", "", there))
        expect(there in here, "UBR:", d["id"], here, "where the page has", there)
        expect(("managed" in (d["when"] or [])) == (d["id"].startswith("managed-")), "UBR: condition of", d["id"])
    expect(len(asked) == 13, "UBR asks for", len(asked), "papers")
    reasons = bullets(page.split("жагдайлар төмөндө көрсөтүлгөн", 1)[1].split("Эгер Сиз жогоруда", 1)[0])
    options = service(p, "reissue")["kinds"][0]["questions"][0]["options"]
    # The first reason of the page is two kinds of change here, and an end of the term stands before them.
    expect(len(reasons) == 5 and len(options) == len(reasons) + 2, "UBR reasons:", len(reasons), len(options))


def check_questions(p, page):
    titles = [b for b in bullets(page) if b.split("?")[0].isupper() or b.isupper() or b.startswith("КЭК")]
    titles = [t for t in titles if len(t) < 60]
    expect(len(titles) == 13, "questions of the page:", len(titles), titles)
    topics = p["help"]
    expect(len(topics) == len(titles) + 1, "topics:", len(topics))
    for topic, there in zip(topics, titles):
        expect(fold(there) in unmend(topic["title"]["ky"], p["errata"]), "topic", topic["id"], "where the page has", there)
    prices = page.split("КЭК КАНЧА ТУРАТ?", 1)[1].split("•", 1)[0]
    rows = re.findall(r"(\S[^\n]*?) – (\d+) сом", prices)
    expect(len(rows) == 6, "prices of the page:", rows)
    for product, (name, som) in zip(p["products"], rows):
        expect(fold(product["label"]["ky"]) == fold(name), "product", product["id"], "where the page has", name)
        expect(product["amount"] == int(som) * 100, "price of", product["id"], product["amount"])
    codes = re.search(r"төлөө коддору (\d+), (\d+)", page).groups()
    bank = [x for x in p["payments"] if x["id"] == "bank"][0]
    expect((bank["code"], bank["code2"]) == codes, "payment codes", bank)


def check_renewal(p, page):
    papers = bullets(page.split("2. КЭК «E-Cloud»да", 1)[0])
    expect(len(papers) == 8, "papers of the page:", papers)
    documents = service(p, "renew")["kinds"][0]["documents"]
    # Which of ours each of the page's is, in its order: passports and orders have a paper a condition.
    groups = (("registration",), ("head-id", "head-passport", "head-translation"), ("head-pin",), ("accountant-id",),
              ("dismissal", "appointment"), ("power",), ("trustee-passport",), ("carrier",))
    ours = [d["id"] for d in documents if d["id"] not in ("first-package", "seal", "change-proof")]
    expect(ours == [i for g in groups for i in g], "papers in the order of the page:", ours)
    words = set(re.findall(r"\w{6,}", page.lower()))
    for d in documents:
        here = {w for f in (d["label"]["ky"],) for w in re.findall(r"\w{6,}", f.lower())}
        here = {w for w in here if w not in words and w not in ("жөнүндөгү", "тизмесин", "сураңыз", "филиалдан")}
        expect(len(here) <= 4, d["id"], "has words that are not the page's:", sorted(here))
    change = [q for q in service(p, "renew-online")["kinds"][0]["questions"] if q["id"] == "change"][0]
    expect(all(o["leads"] == "renew" and o["why"] for o in change["options"][1:]), "changes lead to the office")


def check_guide(p, page):
    numbers = sorted(set(re.findall(r"\+996 \d{3} \d{3} \d{3}", page)))
    expect(len(numbers) == 4, "numbers of the guide:", numbers)
    for language in ("kk", "ky", "ru", "en"):
        said = " ".join(c["text"][language] for c in p["contacts"])
        expect(all(n in said for n in numbers), language, "numbers of support")


def main():
    catalogue = json.load(sys.stdin)
    renewal, questions, guide, ubr = (open(a, encoding="utf-8").read() for a in sys.argv[1:5])
    dostek = provider(catalogue, "kg-dostek")
    check_renewal(dostek, renewal)
    check_questions(dostek, questions)
    check_guide(dostek, guide)
    check_ubr(provider(catalogue, "kg-ubr"), ubr)
    print("\n".join(bad) or "the catalogue has what the pages of Kyrgyzstan have")
    return 1 if bad else 0


sys.exit(main())
