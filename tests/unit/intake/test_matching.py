"""Who is one person: the rules, the household veto, the shop's own decisions, the queue, and what is told of it all."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest

from crmlib.errors import CrmError, CrmErrors
from crmlib.intake import matching
from crmlib.intake.matching import clusters, decisions
from people import groups, hold, match, pairs, reader

HANA = {"family_name": "山田", "given_name": "花", "given_kana": "ハナ"}
HOME = {"postal": "105-0014", "address": "東京都港区芝3-4-5"}
LINE = {"phone": "03-3456-7890"}
BOX = {"email": "home@example.jp"}
BORN = {"birth_date": "1980-04-01"}


@pytest.fixture(scope="module")
def engine():
    with reader() as opened:
        yield opened


def of(*rows):
    return [{"customer_id": str(n), **row} for n, row in enumerate(rows, 1)]


def persons(engine, *rows, **options):
    hold(engine, of(*rows))
    return match(engine, **options)


@pytest.mark.parametrize(("one", "other", "rule"), [
    (HANA | LINE, {"given_name": "はな", "phone": "+81 3-3456-7890"}, "phone_given"),
    (HANA | BOX, {"family_name": "佐藤", "given_name": "花", "email": "Ｈome@example.jp"}, "mail_given"),
    (HANA | BORN, {"full_name": "山田花 様"} | BORN, "name_birth"),
    (HANA | {"family_name": "髙橋"} | BORN, HANA | {"family_name": "高橋"} | BORN, "name_birth"),
    (HANA | BORN | HOME, {"family_name": "佐藤", "given_name": "花"} | BORN | HOME, "given_birth_place"),
    (HANA | BORN | HOME, {"family_name": "山田"} | BORN | HOME, "family_birth_place"),
    (HANA | HOME, HANA | {"postal": "1050014", "address": "港区芝三丁目四番五号"}, "name_place"),
    (HANA | HOME, HANA | {"postal": "1050014", "address": "芝3-4-5"}, "name_place"),
    ({"company": "株式会社山田商店"} | LINE, {"company": "山田商店㈱"} | LINE, "firm_phone"),
    ({"company": "(有)山田商店"} | HOME, {"company": "有限会社 山田商店"} | HOME, "firm_place"),
    ({"full_name": "Hannah Miller", "birth_date": "1980-04-01"}, {"full_name": "Hanna Miller"} | BORN, "name_birth"),
    ({"family_name": "miller", "given_name": "hannah"} | BORN, {"family_name": "hannah", "given_name": "miller"} | BORN,
     "name_birth"),
])
def test_what_joins_two_ids(engine, one, other, rule):
    assert persons(engine, one, other) == [["1", "2"]]
    assert engine.rows("SELECT * FROM joined") == [("2", "1", rule, None, "rule")]


@pytest.mark.parametrize(("one", "other"), [
    (HANA | LINE | BOX | HOME, {"family_name": "山田", "given_name": "太郎"} | LINE | BOX | HOME),
    (HANA | LINE | BOX | HOME | BORN, {"family_name": "山田", "given_name": "咲"} | LINE | BOX | HOME | BORN),
    (HANA | LINE | BORN, HANA | LINE | {"birth_date": "1980-05-03"}),
    (HANA | LINE | {"gender": "女性"}, HANA | LINE | {"gender": "男"}),
    ({"family_kana": "ヤマダ", "given_kana": "ショウタ"} | HOME | BORN,
     {"family_kana": "ヤマダ", "given_kana": "ショウヤ"} | HOME | BORN),
    ({"family_name": "山田"} | LINE | HOME, {"family_name": "山田"} | LINE | HOME),
    (HANA, HANA), (HANA | {"birth_date": "1900-01-01"}, HANA | {"birth_date": "1900-01-01"}),
    (HANA | {"phone": "0120-456-456"}, HANA | {"phone": "0120-456-456"}),
    (HANA | HOME | {"address": "港区芝3-4-5 コーポ101"}, HANA | HOME | {"address": "港区芝3-4-5 コーポ202"}),
    ({"company": "山田商店", "given_name": "花"} | LINE, {"company": "山田商店", "given_name": "太郎"} | LINE),
    ({"company": "山田商店"} | LINE, {"company": "佐藤商店"} | LINE),
    (HANA | LINE, HANA | LINE | {"type": "guest"}),
])
def test_what_keeps_two_ids_apart(engine, one, other):
    assert persons(engine, one, other) == []


def test_a_birthday_a_month_off_may_be_a_slip(engine):
    assert persons(engine, HANA | LINE | BORN, HANA | LINE | {"birth_date": "1980-05-01"}) == [["1", "2"]]


def test_a_chain_never_holds_two_people_and_the_weaker_link_is_queued(engine):
    rows = (HANA | LINE | BORN, HANA | LINE | BOX, HANA | BOX | {"birth_date": "1950-01-01"})
    assert persons(engine, *rows) == [["1", "2"]]
    assert engine.rows("SELECT customer_id_a, customer_id_b, suggestion, rule, why, agrees, contradicts "
                       "FROM match_review") == [("2", "3", "look", "mail_given", "conflict", "given family mail", "")]


def test_a_value_that_many_share_joins_nobody_and_is_counted(engine):
    hold(engine, of(*[HANA | LINE] * 11))
    counts = matching.match(engine, "identity", "identity", "customers", matching.Options())
    assert groups(engine) == []
    assert counts == {"match_shared_phone": 1, "match_shared_mail": 0, "match_shared_place": 0, "match_shared_birth": 0,
                      "mails_mistyped": 0, "match_review": 0}
    assert len(persons(engine, *[HANA | LINE] * 10)[0]) == 10


def test_mailboxes_that_cannot_be_reached_are_counted(engine):
    hold(engine, of({"email": "a@" + "gmail.con"}, {"email": "b@example.jp"}, {}))
    counts = matching.match(engine, "identity", "identity", None, matching.Options())
    assert counts["mails_mistyped"] == 1


def test_a_birthday_that_many_give_was_filled_in(engine):
    given = "花咲葵遥舞萌彩愛恵茜楓"
    filled = [{"family_name": "山田", "given_name": name, "birth_date": "2000-01-01"} for name in given]
    assert persons(engine, *filled[:9], filled[0]) == [["1", "10"]]
    assert persons(engine, *filled, filled[0]) == []


ANNE = {"family_name": "miller", "given_name": "annalise"}


@pytest.mark.parametrize("born", ["1980-04-07", "1980-07-01", "1981-04-01", "1908-04-01", "1980-01-04"])
def test_a_slip_in_a_birthday_contradicts_nobody_of_the_same_name(engine, born):
    one = {"birth_date": "1980-04-01"} if born != "1908-04-01" else {"birth_date": "1909-04-01"}
    assert persons(engine, HANA | LINE | one, HANA | LINE | {"birth_date": born}) == [["1", "2"]]
    assert persons(engine, ANNE | LINE | one, ANNE | {"given_name": "annalisa"} | LINE | {"birth_date": born}) == (
        [["1", "2"]] if born == "1980-04-07" else []), "two slips contradict beyond a month"


@pytest.mark.parametrize("given", ["annalise", "anna", "anallise", "annelisa", "annaliese", "analisse"])
def test_a_given_name_in_letters_may_hold_slips_or_be_cut_short(engine, given):
    assert persons(engine, ANNE | HOME | BORN, ANNE | {"given_name": given} | HOME | BORN) == [["1", "2"]]


@pytest.mark.parametrize(("one", "other"), [
    ("yuka", "yuki"), ("kana", "hana"), ("taro", "jiro"), ("shota", "shoya"), ("tim", "tom"), ("anna", "maria"),
    ("太郎", "次郎"), ("タロウ", "ジロウ"), ("みか", "みき")])
def test_twins_stay_two(engine, one, other):
    home = {"family_name": "yamada"} | HOME | LINE | BOX | BORN
    first, second = home | {"given_name": one}, home | {"given_name": other}
    assert persons(engine, first, second) == []
    assert persons(engine, first, home, second) == [["1", "2"]], "nor by a third who may be either"


@pytest.mark.parametrize(("one", "other"), [
    (ANNE | {"birth_date": "1950-04-01"}, ANNE | BORN),
    (ANNE | {"given_name": "a"}, ANNE | BORN),
    (ANNE | {"given_name": "a", "birth_date": "1950-04-01"}, ANNE | BORN),
    (ANNE | {"given_name": "christian"}, ANNE | {"given_name": "christopher"}),
    (ANNE | {"given_name": "mary"}, ANNE | {"given_name": "john"}),
    (ANNE | {"given_name": "hanna"} | BORN, ANNE | {"given_name": "anna", "birth_date": "1981-04-01"}),
    (ANNE | {"given_name": "anna"} | BORN, ANNE | {"given_name": "anneliese", "birth_date": "1980-04-07"}),
])
def test_parents_of_one_name_or_initial_couples_and_sisters_stay_two(engine, one, other):
    assert persons(engine, one | HOME | LINE | BOX, other | HOME | LINE | BOX) == []


def replaced(count, column, start=0, **more):
    """Twice a person, one field of the second replaced by another, in so many homes."""
    for n in range(start, start + count):
        born = {"birth_date": str(date(1950, 1, 1) + timedelta(97 * n))}
        one = HOME | born | {"family_name": "山川森岡谷池島村辻"[n % 9], "address": f"港区芝{n + 1}-4-5",
                             "given_name": "花葵遥舞萌彩愛恵"[n % 8] + "子美香奈代江絵"[n % 7]}
        yield from (one, one | {column: "咲" if column == "given_name" else "林"} | more)


def test_where_nobody_lives_with_another_one_whole_field_may_be_wrong(engine):
    """The given name as often as the family name, as in FEBRL's lists; never so where families are."""
    given, family = list(replaced(60, "given_name")), list(replaced(30, "family_name", 100))
    assert persons(engine, *given, *family) == sorted(sorted((str(n), str(n + 1))) for n in range(1, 181, 2))
    assert len(persons(engine, *given[:98], *family)) == 30, "too few to prove anything"
    assert len(persons(engine, *given, *family[:30])) == 15, "parents who give the child's birthday"
    strangers = [row | {"phone": f"090-1234-{n:04d}"} for n, row in enumerate(given)]
    assert len(persons(engine, *strangers, *family)) == 30, "people of one home with their own phones"
    homes = [row | {"birth_date": None} for row in given[:40]]
    assert len(persons(engine, *given[40:], *homes, *family)) == 30, "birthdays that are not known prove nothing"


def decided(*lines):
    return tuple(decisions.Decision(min(a, b), max(a, b), what, n) for n, (a, b, what) in enumerate(lines, 2))


def test_a_decision_to_merge_wins_over_every_contradiction(engine):
    rows = (HANA | BORN, {"family_name": "佐藤", "given_name": "太郎", "birth_date": "1950-01-01"})
    assert persons(engine, *rows, decisions=decided(("2", "1", "merge"))) == [["1", "2"]]
    assert engine.rows("SELECT rule, decided_by FROM joined") == [("manual", "manual")]
    assert engine.rows("SELECT pairs, joined FROM match_rules WHERE rule = 'manual'") == [(1, 1)]
    assert persons(engine, *rows) == [], "without its line it is undone"


def test_a_decision_to_keep_apart_takes_out_as_little_as_it_can(engine):
    rows = (HANA | LINE, HANA | LINE | BOX, HANA | LINE | BOX, HANA | BOX)
    assert persons(engine, *rows) == [["1", "2", "3", "4"]]
    assert persons(engine, *rows, decisions=decided(("1", "4", "keep_apart"))) == [["1", "2", "3"]]
    assert persons(engine, *rows[:2], decisions=decided(("1", "2", "keep_apart"))) == []
    assert engine.rows("SELECT * FROM match_review") == [], "what is decided is not asked again"


def test_a_decision_may_name_ids_of_whom_nothing_is_known(engine):
    hold(engine, [])
    engine.execute("CREATE OR REPLACE TEMP TABLE every AS SELECT unnest(['7', '8', '9']) AS customer_id")
    matching.match(engine, "every", None, None, matching.Options(decisions=decided(("8", "9", "merge"))))
    assert groups(engine) == [["8", "9"]]


def test_a_decision_about_an_id_nobody_has_names_its_line(engine):
    with pytest.raises(CrmError) as caught:
        persons(engine, HANA, HANA, decisions=decided(("1", "2", "merge"), ("1", "02", "merge")), label="matches.csv")
    assert caught.value.code == "intake.decision_unknown_id"
    assert caught.value.where == "matches.csv:3"


def written(tmp_path, *lines, head="customer_id_a,customer_id_b,decision,decided_by,decided_on,note", encoding="utf-8"):
    path = tmp_path / "matches.csv"
    path.write_bytes("\n".join([head, *lines, ""]).encode(encoding))
    return path


def test_decisions_are_read_as_a_spreadsheet_saves_them(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "cp932"):
        lines = ("0002,0001,merge,花,2026-11-01,同じ人", ",,,,,", "'3,4,keep_apart,,,")
        path = written(tmp_path, *lines, encoding=encoding)
        assert decisions.read(path, "m.csv") == (decisions.Decision("0001", "0002", "merge", 2),
                                                 decisions.Decision("3", "4", "keep_apart", 4))
    assert decisions.read(tmp_path / "none.csv", "none.csv") == ()


@pytest.mark.parametrize(("lines", "code", "where"), [
    (["1,2,same,,,"], "intake.decision_unclear", "m.csv:2"), (["1,1,merge,,,"], "intake.decision_unclear", "m.csv:2"),
    (["1,,merge,,,"], "intake.decision_unclear", "m.csv:2"),
    (["1,2,merge,,,", "8,9,merge,,,", "3,2,merge,,,", "1,3,keep_apart,,,"], "intake.decisions_contradict", "m.csv:5"),
])
def test_decisions_that_cannot_hold_are_refused(tmp_path, lines, code, where):
    with pytest.raises(CrmError) as caught:
        decisions.read(written(tmp_path, *lines), "m.csv")
    assert (caught.value.code, caught.value.where) == (code, where)
    if code.endswith("contradict"):
        assert caught.value.values["lines"] == "2, 4"


def test_every_contradiction_is_told(tmp_path):
    with pytest.raises(CrmErrors):
        decisions.read(written(tmp_path, "1,2,merge,,,", "2,1,keep_apart,,,", "1,2,keep_apart,,,"), "m.csv")


def test_a_decisions_file_needs_its_headings(tmp_path):
    with pytest.raises(CrmError, match="decision"):
        decisions.read(written(tmp_path, "1,2", head="customer_id_a,customer_id_b"), "m.csv")


def test_how_right_a_rule_is_comes_from_what_it_does_not_read(engine):
    same = [HANA | {"phone": f"03-3456-78{n:02d}"} | BORN for n in range(3) for _ in (0, 1)]
    other = [HANA | {"phone": "03-3456-7999"} | {"birth_date": day} for day in ("1950-01-01", "1990-01-01")]
    unknown = [HANA | {"phone": "03-3456-7998"}] * 2
    persons(engine, *[row | {"given_name": name, "given_kana": None}
                      for row, name in zip([*same, *other, *unknown], "一一二二三三四四五五", strict=True)])
    found = engine.sql("SELECT * FROM match_rules WHERE rule = 'phone_given'").iloc[0]
    assert [found[c] for c in ("pairs", "joined", "refused", "checked", "agreed")] == [5, 4, 1, 4, 3]
    assert found["precision"] == 0.75
    assert (round(found["low"], 4), round(found["high"], 4)) == (0.3006, 0.9544), "Wilson, by hand"


def test_groups_do_not_depend_on_the_order_of_rows(engine):
    chance = random.Random(5)
    rows = of(*({"family_name": chance.choice("山森林"), "given_name": chance.choice(["花", "咲", None]),
                 "phone": chance.choice([None, "03-3456-7890", "03-3456-7891", "03-3456-7892"]),
                 "email": chance.choice([None, "a@example.jp", "b@example.jp", "c@example.jp"]),
                 "birth_date": chance.choice([None, "1980-04-01", "1950-01-01", "1980-04-20"])} for _ in range(24)))
    found = []
    for seed in range(3):
        hold(engine, random.Random(seed).sample(rows, len(rows)))
        found.append((match(engine), engine.rows("SELECT * FROM joined ORDER BY customer_id"),
                      engine.rows("SELECT * FROM match_review ORDER BY ALL")))
    assert found[0] == found[1] == found[2]
    births = {r["customer_id"]: r["birth_date"] for r in rows}
    assert len(found[0][0]) > 1 and found[0][2]
    for a, b in pairs(found[0][0]):
        assert "1950-01-01" not in (births[a], births[b]) or None in (births[a], births[b]) or births[a] == births[b]


@pytest.mark.parametrize(("joined", "wanted"), [
    ([], [0, 1, 2, 3, 4]), ([(1, 3)], [0, 1, 2, 1, 4]), ([(3, 4), (1, 3)], [0, 1, 2, 1, 1]),
])
def test_who_hangs_together_has_the_smallest_of_their_numbers(joined, wanted):
    a, b = (np.array([pair[n] for pair in joined], dtype=np.int64) for n in (0, 1))
    assert clusters.components(5, clusters.Pairs(a, b, np.zeros(len(a), dtype=np.int64))).tolist() == wanted
