"""Questions as asked: a small survey counted by hand, one answer or several, in one cell or in many."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import questions
from crmlib.dataset import open_dataset
from crmlib.methods.association.crosstab import adjusted_residuals
from crmlib.methods.intervals import wilson
from crmlib.privacy import suppress

MULTIPLE = {"key": "why", "kind": "multiple"}


def part(folder, answers, customers="", **satisfaction):
    """``answers``: customer, question, choice, time (of 20 October)."""
    frame = shop.read("customer_key,question,choice,time\n" + answers)
    at = "2026-10-20 " + frame["time"]
    tables = {"survey_answers": frame.assign(survey_id="S", day="2026-10-20", answered_at=at)}
    if customers:
        tables["customers"] = shop.read("customer_key,gender,birth_year\n" + customers).assign(
            customer_id=lambda one: one["customer_key"])
    data = open_dataset(shop.settings(satisfaction=satisfaction), shop.write(folder, tables), month="2026-10")
    return questions.part(data, data.settings.satisfaction)


def counted(found, name="gt"):
    return {(row.question, row.option): (row.n, row.base) for row in found.tables[name].frame.itertuples()}


def test_several_answers_are_counted_on_people(tmp_path):
    found = part(tmp_path, """A,why,price,10:00
        A,why,taste,10:00
        B,why,price,10:00
        C,why,,10:00""", questions=[MULTIPLE])
    assert counted(found) == {("why", "price"): (2, 2), ("why", "taste"): (1, 2)}
    row = found.tables["gt"].frame.iloc[0]
    assert (row["share"], row["low"], row["high"]) == pytest.approx((1.0, *wilson(2, 2)))


@pytest.mark.parametrize("cell", ["price;taste", " price ; taste;; ", "taste;price;taste"])
def test_several_answers_in_one_cell(tmp_path, cell):
    found = part(tmp_path, f"A,why,{cell},10:00\nB,why,price,10:00", questions=[{**MULTIPLE, "separator": ";"}])
    assert counted(found) == {("why", "price"): (2, 2), ("why", "taste"): (1, 2)}


def test_columns_of_ones_and_cells_say_the_same(tmp_path):
    """The same sheets as rows of what was chosen, zeros being empty, and as cells."""
    rows = part(tmp_path / "a", "A,why,price,10:00\nA,why,,10:00\nA,why,taste,10:00\nB,why,price,10:00\nB,why,,10:00",
                questions=[MULTIPLE])
    cells = part(tmp_path / "b", "A,why,price/taste,10:00\nB,why,price,10:00",
                 questions=[{**MULTIPLE, "separator": "/"}])
    assert counted(rows) == counted(cells)


def test_the_last_sheet_of_a_person_counts_and_an_anonymous_record_is_a_person(tmp_path):
    found = part(tmp_path, """A,why,price,10:00
        A,why,taste,12:00
        A,why,,13:00
        ,why,price,09:00
        ,why,price,09:00""", questions=[MULTIPLE])
    assert counted(found) == {("why", "price"): (2, 3), ("why", "taste"): (1, 3)}


def test_one_answer_stays_one(tmp_path):
    found = part(tmp_path, "A,use,gift,10:00\nA,use,home,10:00\nB,use,home,10:00",
                 questions=[{"key": "use", "options": ["home", "office"]}])
    assert counted(found) == {("use", "home"): (1, 2), ("use", "office"): (0, 2), ("use", "gift"): (1, 2)}
    assert list(found.tables["gt"].frame["option"]) == ["home", "office", "gift"]  # as declared, then the others


def people(n):
    """``n`` women who chose price, ``n`` men who chose taste, three of each who chose the other thing."""
    rows, customers = [], []
    for gender, main, other in (("female", "price", "taste"), ("male", "taste", "price")):
        for i in range(n + 3):
            rows.append(f"{gender}{i},why,{main if i < n else other},10:00")
            customers.append(f"{gender}{i},{gender},1980")
    return "\n".join(rows), "\n".join(customers)


def test_a_cross_table_by_attribute(tmp_path):
    answers, customers = people(40)
    found = part(tmp_path, answers, customers, questions=[{"key": "why"}],
                 crosstabs=[{"question": "why", "by": "gender"}])
    frame = found.tables["crosstab"].frame
    cells = {(row.level, row.option): (row.n, row.base) for row in frame.itertuples()}
    assert cells == {("female", "price"): (40, 43), ("female", "taste"): (3, 43), ("male", "price"): (3, 43),
                     ("male", "taste"): (40, 43)}
    row = frame[(frame["level"] == "female") & (frame["option"] == "price")].iloc[0]
    assert row["residual"] == pytest.approx(adjusted_residuals([[40, 3], [3, 40]])[0][0])
    assert dict(found.notes)["questions.more"]["beyond"] == 4


def test_a_cross_table_by_another_question_with_several_answers(tmp_path):
    found = part(tmp_path, """A,use,home,10:00
        A,why,price;taste,10:00
        B,use,gift,10:00
        B,why,price,10:00
        C,use,gift,10:00
        ,use,home,10:00
        ,why,price,10:00""", questions=[{"key": "use"}, {**MULTIPLE, "separator": ";"}],
                 crosstabs=[{"question": "use", "by": "why"}])
    cells = {(row.level, row.option): (row.n, row.base) for row in found.tables["crosstab"].frame.itertuples()}
    assert cells == {("price", "home"): (1, 2), ("price", "gift"): (1, 2), ("taste", "home"): (1, 1),
                     ("taste", "gift"): (0, 1)}


def test_nothing_small_can_be_worked_out_from_either_total_or_from_the_chart(tmp_path):
    """Hidden cells of a cross table come in twos along both totals, and its chart hides what the table hides."""
    answers, customers = people(40)
    more = "\n".join(f"x{i},why,price,10:00" for i in range(50)), "\n".join(f"x{i},other,1950" for i in range(50))
    found = part(tmp_path, f"{answers}\n{more[0]}", f"{customers}\n{more[1]}", questions=[{"key": "why"}],
                 crosstabs=[{"question": "why", "by": "gender"}])
    shown = suppress(found.tables["crosstab"], 5)
    assert not shown.loc[~shown["suppressed"], "n"].between(1, 4).any()
    for way in ("option", "level"):
        hidden = shown[shown["suppressed"]].groupby(way).size()
        assert (hidden != 1).all(), way
    drawn = suppress(found.tables["crosstab_1"], 5)
    both = drawn.merge(shown, on=["question", "dimension", "level", "option"], suffixes=("", "_whole"))
    assert len(both) == len(drawn) and not (both["suppressed_whole"] & ~both["suppressed"]).any()


def test_questions_nobody_declared_are_named(tmp_path):
    found = part(tmp_path, "A,mystery,x,10:00\nA,csat,満足,10:00")
    assert dict(found.notes) == {"questions.undeclared": {"names": "mystery"}, "questions.none": {}}
    assert found.tables == {}


def test_the_order_of_rows_changes_nothing(tmp_path):
    answers, customers = people(12)
    settings = {"questions": [{"key": "why"}], "crosstabs": [{"question": "why", "by": ["gender", "age_band"]}]}
    one = part(tmp_path / "a", answers, customers, **settings)
    other = part(tmp_path / "b", "\n".join(answers.splitlines()[::-1]), customers, **settings)
    assert one.notes == other.notes
    assert all(table.frame.equals(other.tables[name].frame) for name, table in one.tables.items())
    assert isinstance(one.tables["crosstab"].frame, pd.DataFrame)
