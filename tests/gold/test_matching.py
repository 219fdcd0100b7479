"""Matching against labelled records: FEBRL 3 and 4 (tests/gold/febrl), and the sample shop's planted duplicates."""

from __future__ import annotations

import csv
import importlib.util
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from crmlib.intake import matching
from crmlib.sample import make
from people import groups, hold, pairs, reader

pytestmark = pytest.mark.slow
FEBRL = {3: ("dataset3.csv",), 4: ("dataset4a.csv", "dataset4b.csv")}


def records(number):
    """FEBRL's records as identity rows, without the social security number."""
    rows = []
    for name in FEBRL[number]:
        with (Path(__file__).parent / "febrl" / name).open(encoding="utf-8", newline="") as stream:
            rows += [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]
    return [{"customer_id": r["rec_id"], "family_name": r["surname"], "given_name": r["given_name"],
             "birth_date": day(r["date_of_birth"]), "postal": r["postcode"],
             "address": " ".join(r[c] for c in ("street_number", "address_1", "address_2", "suburb", "state") if r[c])}
            for r in rows]


def day(text):
    try:
        return datetime.strptime(text or "", "%Y%m%d").date().isoformat()
    except ValueError:
        return None


def truth(rows):
    people = {}
    for row in rows:
        people.setdefault(row["customer_id"].split("-")[1], []).append(row["customer_id"])
    return pairs(sorted(ids) for ids in people.values())


def scored(found, real):
    precision, recall = len(found & real) / len(found), len(found & real) / len(real)
    return precision, recall, 2 * precision * recall / (precision + recall)


@pytest.fixture(scope="module")
def engine():
    with reader() as opened:
        yield opened


@pytest.mark.parametrize(("number", "count"), [(3, 6538), (4, 5000)])
def test_rules_on_febrl(engine, number, count):
    rows = records(number)
    real = truth(rows)
    assert len(real) == count
    hold(engine, rows)
    matching.match(engine, "identity", "identity", None, matching.Options())
    found = groups(engine)
    precision, _, f1 = scored(pairs(found), real)
    assert precision >= 0.995 and f1 >= 0.95
    hold(engine, random.Random(number).sample(rows, len(rows)))
    matching.match(engine, "identity", "identity", None, matching.Options())
    assert groups(engine) == found, "shuffled rows"


def families(count):
    """Homes of a couple and two children, one of them twice; every tenth home's children are twins."""
    for n in range(count):
        home = {"family_name": f"family{n:04d}", "postal": "2600", "address": f"{n + 1} harbour street somewhere nsw"}
        born = ("1960-02-03", "1962-11-23", "1990-05-06", "1990-05-06" if n % 10 == 0 else "1993-08-19")
        people = [home | {"given_name": name, "birth_date": day}
                  for name, day in zip(("walter", "ingrid", "sebastian", "rosemary"), born, strict=True)]
        yield from ({"customer_id": f"family-{4 * n + min(m, 3)}-{m}"} | row
                    for m, row in enumerate([*people, people[3]]))


@pytest.mark.parametrize("number", [3, 4])
def test_families_in_the_list_bring_the_veto_back_and_it_joins_no_two_of_them(engine, number):
    """Then a sixth of FEBRL's pairs, whose given name or birthday is another person's, cannot be found."""
    rows = [*records(number), *families(200)]
    hold(engine, rows)
    matching.match(engine, "identity", "identity", None, matching.Options())
    found = pairs(groups(engine))
    own = {pair for pair in found if pair[0].startswith("family")}
    assert own == {(f"family-{4 * n + 3}-3", f"family-{4 * n + 3}-4") for n in range(200)}
    precision, recall, _ = scored(found - own, truth(records(number)))
    assert precision >= 0.999
    assert 0.70 <= recall <= 0.88


def slipped(chance, name):
    """A name with one letter other, missing, more, or turned with the next."""
    at, letter = chance.randrange(len(name)), chance.choice("abcdefghijklmnopqrstuvwxyz")
    head, one, rest = name[:at], name[at], name[at + 1:]
    return chance.choice((head + letter + rest, head + rest, head + letter + one + rest,
                          head + rest[:1] + one + rest[1:]))


def homes(chance, count):
    """Couples with up to two children, every tenth pair of them twins, named and housed as FEBRL's; a third twice."""
    known = [r for r in records(4) if r["customer_id"].endswith("org")]
    given, family = ([r[c] for r in known if r[c]] for c in ("given_name", "family_name"))
    for number in range(count):
        size = chance.choices((1, 2, 3, 4), (55, 20, 15, 10))[0]
        house = {c: chance.choice(known)[c] for c in ("postal", "address")}
        kin, names = chance.choice(family), chance.sample(sorted(set(given)), size)
        child = chance.randrange(6000)
        days = [-chance.randrange(4000, 9000), -chance.randrange(4000, 9000), child,
                child + (0 if chance.random() < 0.1 else chance.randrange(400, 1500))]
        for member, (name, born) in enumerate(zip(names, days, strict=False)):
            for copy in range(2 if chance.random() < 0.33 else 1):
                wrong = copy and chance.random() < 0.2
                yield house | {
                    "customer_id": f"{number}-{member}-{copy}", "family_name": kin,
                    "given_name": slipped(chance, name) if wrong else name,
                    "birth_date": str(date(1985, 1, 1) + timedelta(born)) if chance.random() < 0.7 else None,
                    "phone": f"03{number:08d}" if chance.random() < 0.3 else f"090{4 * number + member:08d}"}


def test_families_named_in_letters_with_twins_and_slips(engine):
    rows = list(homes(random.Random(3), 5000))
    hold(engine, rows)
    matching.match(engine, "identity", "identity", None, matching.Options())
    people = {}
    for row in rows:
        people.setdefault(row["customer_id"][:-2], []).append(row["customer_id"])
    precision, recall, _ = scored(pairs(groups(engine)), pairs(sorted(ids) for ids in people.values()))
    assert precision >= 0.995 and recall >= 0.97


@pytest.mark.skipif(importlib.util.find_spec("splink") is None, reason="splink (extra match) is not installed")
@pytest.mark.parametrize("number", [3, 4])
def test_with_the_queue_accepted_on_febrl(engine, number, tmp_path):
    rows = records(number)
    hold(engine, rows)
    chosen = matching.Options(propose="splink", threshold=0.9, model=str(tmp_path / "model.json"))
    matching.match(engine, "identity", "identity", None, chosen)
    queue = engine.rows("SELECT * FROM match_review ORDER BY ALL")
    joined = groups(engine)
    accepted = [r[:2] for r in queue if r[2] != "keep_apart"]
    assert scored(pairs(closed([*joined, *map(list, accepted)])), truth(rows))[2] >= 0.99
    matching.match(engine, "identity", "identity", None, chosen)
    assert engine.rows("SELECT * FROM match_review ORDER BY ALL") == queue, "by the kept model"
    assert groups(engine) == joined, "proposals join nobody"


def closed(persons):
    """Persons that share an id are one."""
    parent = {}

    def root(one):
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for ids in persons:
        for other in ids[1:]:
            parent[root(other)] = root(ids[0])
    found = {}
    for one in sorted(parent):
        found.setdefault(root(one), []).append(one)
    return list(found.values())


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_planted_duplicates_of_a_sample_shop(engine, tmp_path, seed):
    made = Path(make(tmp_path, customers=6000, months=24, end="2026-10", seed=seed).folder)
    content = (made / "members.csv").read_text(encoding="cp932")
    rows = {r["会員番号"]: r for r in csv.DictReader(content.splitlines())}
    hold(engine, [member(r) for r in rows.values()])
    matching.match(engine, "identity", "identity", "customers", matching.Options())
    with (made / "truth" / "duplicates.csv").open(encoding="utf-8-sig", newline="") as stream:
        real = {tuple(sorted((r["customer_id"], r["duplicate_id"]))) for r in csv.DictReader(stream)}
    precision, recall, _ = scored(pairs(groups(engine)), real)
    assert len(real) > 100
    assert precision >= 0.99 and recall >= 0.93


def member(row):
    """A line of the sample's member file as an identity row."""
    born = row["生年月日"].split("/")
    return {"customer_id": row["会員番号"], "family_name": row["姓"] or None, "given_name": row["名"] or None,
            "family_kana": row["セイ"] or None, "given_kana": row["メイ"] or None, "company": row["会社名"] or None,
            "phone": row["電話番号"] or None, "email": row["メールアドレス"] or None, "gender": row["性別"] or None,
            "birth_date": "-".join(f"{int(n):02d}" for n in born) if len(born) == 3 else None,
            "postal": f"{row['郵便番号1']} {row['郵便番号2']}",
            "address": f"{row['都道府県']} {row['市区町村']} {row['住所']}"}
