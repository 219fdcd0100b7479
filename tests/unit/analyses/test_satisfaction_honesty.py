"""The honesty box: windows, what counted and what did not, what is hidden, and which methods gave no result."""

from __future__ import annotations

import pandas as pd

import shop
from crmlib.analyses.satisfaction import honesty, scores
from crmlib.analyses.satisfaction.answers import read
from crmlib.dataset import open_dataset
from crmlib.part import CODE, PEOPLE, Part
from crmlib.result import Table


def answers(folder, lines, **asked):
    frame = shop.read("customer_key,question,score,day\n" + "\n".join(lines))
    told = frame.assign(survey_id="S", answered_at=frame["day"] + " 10:00")
    work = shop.write(folder, {"survey_answers": told})
    data = open_dataset(shop.settings(satisfaction=asked), work, month="2026-10")
    return read(data, data.settings.satisfaction)


def counts(*people):
    """A table of groups of so many people."""
    frame = pd.DataFrame({"group": [f"g{n}" for n in range(len(people))], "n": people})
    return Part(tables={"groups": Table(frame, {"group": CODE, "n": PEOPLE}, count="n")})


def told(found):
    return dict(found.notes), found.tables["basis"].frame.set_index("counted")["value"].to_dict()


def test_the_months_looked_at_are_named(tmp_path):
    notes, _ = told(honesty.part(answers(tmp_path, ["A,nps,9,2026-10-01"], crowd_months=6, after_days=90), []))
    assert notes["honesty.windows"] == {"month": "2026-10", "first": "2026-05", "last": "2026-10", "months": 6,
                                        "days": 90, "confidence": 0.95}


def test_only_answers_of_the_month_are_counted(tmp_path):
    lines = ["A,nps,9,2026-10-01", "A,nps,3,2026-10-09", "B,nps,11,2026-10-01", "C,nps,,2026-10-01",
             "D,nps,9,2026-09-01"]
    notes, basis = told(honesty.part(answers(tmp_path, lines), []))
    assert notes["honesty.used"] == {"used": 2, "records": 4, "left": 2}
    assert basis == {"records": 4, "used": 2, "empty": 1, "out_of_scale": 1, "last_answers": 1, "hidden_rows": 0,
                     "hidden_below": 5}
    assert "honesty.hidden" not in notes


def test_hidden_rows_are_counted_with_their_partners(tmp_path):
    """Of 3, 20, 30 and 40 people the 3 are hidden, and the 20 with them; a table of nothing small hides nothing."""
    given = answers(tmp_path, ["A,nps,9,2026-10-01"])
    notes, basis = told(honesty.part(given, [counts(3, 20, 30, 40), counts(50, 60)]))
    assert basis["hidden_rows"] == 2 and notes["honesty.hidden"] == {"rows": 2, "k": 5}


def test_methods_that_gave_no_result_are_counted(tmp_path):
    given = answers(tmp_path, ["A,nps,9,2026-10-01"])
    refused = (("crowd.refused_too_large", {}), ("crowd.heavy", {}))
    parts = [Part(notes=refused), Part(notes=(("drivers.no_items", {}),))]
    assert told(honesty.part(given, parts))[0]["honesty.refused"] == {"n": 2}
    assert "honesty.nothing_refused" in told(honesty.part(given, [Part()]))[0]


def test_the_funnel_is_told_where_the_shop_keeps_invitations(tmp_path):
    given = answers(tmp_path, ["A,nps,9,2026-10-01"])
    funnel = pd.DataFrame({"step": ["invited", "answered", "commented"], "n": [40, 10, 3]})
    part = Part(tables={"funnel": Table(funnel, {"step": CODE, "n": PEOPLE})})
    basis = told(honesty.part(given, [part]))[1]
    assert (basis["invited"], basis["answered"]) == (40, 10)
    assert "invited" not in told(honesty.part(given, [scores.part(given)]))[1]
