"""Matching against labelled records: FEBRL 3 and 4 (tests/gold/febrl), and the sample shop's planted duplicates."""

from __future__ import annotations

import csv
import importlib.util
import random
from datetime import datetime
from pathlib import Path

import pytest

from crmlib.intake import matching
from crmlib.sample import make
from people import groups, hold, pairs, reader

pytestmark = pytest.mark.slow
FEBRL = {3: ("dataset3.csv",), 4: ("dataset4a.csv", "dataset4b.csv")}
#: Nobody lives with another in FEBRL: fields of a person are replaced at random, so one contradiction says little.
ALONE = {"households": False}


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
    matching.match(engine, "identity", "identity", None, matching.Options(**ALONE))
    found = groups(engine)
    precision, _, f1 = scored(pairs(found), real)
    assert precision >= 0.995 and f1 >= 0.95
    hold(engine, random.Random(number).sample(rows, len(rows)))
    matching.match(engine, "identity", "identity", None, matching.Options(**ALONE))
    assert groups(engine) == found, "shuffled rows"


@pytest.mark.parametrize("number", [3, 4])
def test_the_household_veto_joins_nobody_wrongly_on_febrl_and_misses_who_contradicts_himself(engine, number):
    rows = records(number)
    hold(engine, rows)
    matching.match(engine, "identity", "identity", None, matching.Options())
    precision, recall, _ = scored(pairs(groups(engine)), truth(rows))
    assert precision >= 0.999
    assert 0.70 <= recall <= 0.88, "a sixth of FEBRL's pairs have another given name or birthday"


@pytest.mark.skipif(importlib.util.find_spec("splink") is None, reason="splink (extra match) is not installed")
@pytest.mark.parametrize("number", [3, 4])
def test_with_the_queue_accepted_on_febrl(engine, number, tmp_path):
    rows = records(number)
    hold(engine, rows)
    chosen = matching.Options(**ALONE, propose="splink", threshold=0.9, model=str(tmp_path / "model.json"))
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


@pytest.mark.parametrize("seed", [11, 12])
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
