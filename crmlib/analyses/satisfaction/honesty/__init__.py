"""What the page rests on: months looked at, who was asked and counted, what was left out, hidden, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.part import CODE, COUNT, FactKinds, Notes, Part, tables
from crmlib.privacy import suppress
from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.satisfaction.answers import Answers

FACTS: FactKinds = {}
COLUMNS = {"basis": {"counted": CODE, "value": Column("measured"), "unit": Column("unit")}}
#: Names of notes that say a method was refused or could not be had.
REFUSALS = ("crowd.refused_", "crowd.cannot_be_told", "crowd.nobody", "drivers.no_items", "drivers.too_few",
            "segments.too_few", "voices.too_few", "voices.polarity_few", "voices.no_before")


def part(answers: Answers, parts: Sequence[Part]) -> Part:
    """Say what the page's figures rest on.

    Parameters
    ----------
    parts : sequence of Part
        All other slices of the page, whose refusals and hidden cells are counted.

    Returns
    -------
    Part
        tables
            basis: counted, value, unit (invited, answered, records, used, empty, unknown_label, out_of_scale,
            last_answers, weighted, hidden_rows, hidden_below).
    """
    frame = basis(answers, parts)
    first, last = months.shift(answers.data.month, 1 - answers.settings.crowd_months), answers.data.month
    notes: list[tuple[str, dict[str, Any]]] = [("honesty.windows", {
        "month": last, "first": first, "last": last, "months": answers.settings.crowd_months,
        "days": answers.settings.after_days, "confidence": answers.settings.confidence})]
    return Part(tables=tables({"basis": frame}, COLUMNS, {}), notes=(*notes, *_said(answers, frame, parts)))


def basis(answers: Answers, parts: Sequence[Part]) -> pd.DataFrame:
    """Return counted, value, unit: what was asked, counted, left out, weighted and hidden."""
    import pandas as pd

    hidden = sum(_hidden(answers, one) for one in parts)
    rows = [(item, float(value), unit) for item, value, unit in (
        *_asked(parts), *_counted(answers), ("hidden_rows", hidden, "rows"),
        ("hidden_below", answers.data.settings.privacy.min_cell, "customers"))]
    return pd.DataFrame(rows, columns=["counted", "value", "unit"]).astype(
        {"counted": "str", "value": "float64", "unit": "str"})


def _asked(parts: Sequence[Part]) -> list[tuple[str, int, str]]:
    """The month's invitations and those answered, where the shop keeps them."""
    funnel = next((one.tables["funnel"].frame for one in parts if "funnel" in one.tables), None)
    if funnel is None:
        return []
    steps = funnel.set_index("step")["n"].to_dict()
    return [(step, int(steps[step]), "customers") for step in ("invited", "answered")]


def _counted(answers: Answers) -> list[tuple[str, int, str]]:
    """The month's records of declared questions: used, and left out by reason."""
    month = answers.questions[answers.questions["ym"] == answers.data.month]
    by_state = month.groupby("state")["answers"].sum().to_dict()
    rows = [("records", int(month["answers"].sum()), "responses"), ("used", int(by_state.get("valid", 0)), "responses")]
    rows += [(state, int(by_state[state]), "responses") for state in ("empty", "unknown_label", "out_of_scale")
             if by_state.get(state)]
    rows.append(("last_answers", int(month["people"].sum()), "responses"))
    if answers.weighed is not None:
        now = answers.weighed[answers.weighed["ym"] == answers.data.month]
        rows.append(("weighted", int(now["answers"].sum()), "responses"))
    return rows


def _hidden(answers: Answers, one: Part) -> int:
    k = answers.data.settings.privacy.min_cell
    return sum(int(suppress(table, k)["suppressed"].sum()) for table in one.tables.values())


def _said(answers: Answers, frame: pd.DataFrame, parts: Sequence[Part]) -> Notes:
    known = frame.set_index("counted")["value"]
    used, records = int(known["used"]), int(known["records"])
    notes: list[tuple[str, dict[str, Any]]] = [("honesty.used", {"used": used, "records": records,
                                                                 "left": records - used})]
    if "weighted" in known:
        notes.append(("honesty.weights", {"weighted": int(known["weighted"]), "used": used}))
    if known["hidden_rows"]:
        notes.append(("honesty.hidden", {"rows": int(known["hidden_rows"]), "k": int(known["hidden_below"])}))
    refused = [key for one in parts for key, _ in one.notes if key.startswith(REFUSALS)]
    notes.append(("honesty.refused", {"n": len(refused)}) if refused else ("honesty.nothing_refused", {}))
    return tuple(notes)
