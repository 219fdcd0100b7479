"""The list in words: a row for machines as in ``actions.csv``, and a sheet for those who make the contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crmlib.analyses.actions.tables import grounds
from crmlib.dataset.lists import purpose
from crmlib.privacy.workbook import text_workbook
from crmlib.result import Column
from crmlib.settings.analyses.actions.columns import KINDS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.result import Result
    from crmlib.settings import ActionRule
    from crmlib.text import Text

COLUMNS = ("customer_id", "action", "what", "channel", "until", "priority", "expected_gain", "low", "high", "held_out",
           "reason")
MONEY = ("expected_gain", "low", "high")
UNITS: Mapping[str, Column] = {name: Column("money") for name in MONEY}
#: What those who make the contacts fill in.
EMPTY = ("done_on", "by", "used", "outcome", "memo")
SHEET = ("customer_id", "action", "what", "channel", "until", "priority", "expected_gain", "low", "high", "reason",
         *EMPTY, "ref")


def rows(result: Result | None, text: Text, rules: Iterable[ActionRule]) -> pd.DataFrame:
    """Return the list as it leaves the report: codes, money in minor units, the reason in words.

    Parameters
    ----------
    result : Result or None
        Of the analysis ``actions``; None and one without data give a list without rows.
    rules : iterable of ActionRule
        Those of the settings, whose conditions say which numbers are the reason.
    """
    import pandas as pd

    table = result.tables.get("list") if result is not None else None
    if table is None or table.frame.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    frame = table.frame.reset_index(drop=True)
    return frame.assign(reason=reasons(frame, text, {r.action: grounds(r) for r in rules}))[list(COLUMNS)]


def reasons(frame: pd.DataFrame, text: Text, asked: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return for each row what its rule is called, with the customer's own numbers that made it apply."""
    import numpy as np

    said = np.empty(len(frame), dtype=object)
    between, pattern = str(text.get("between")), str(text.get("reason"))
    for action, at in frame.groupby("action", observed=True).indices.items():
        name = text.code("action", action)
        phrases = [_phrases(frame[column].iloc[at], column, text) for column in asked.get(str(action), ())]
        told = zip(*phrases, strict=True) if phrases else [()] * len(at)
        said[at] = [pattern.format(name=name, grounds=joined) if joined else name
                    for joined in (between.join(p for p in parts if p) for parts in told)]
    return said.tolist()


def _phrases(column: pd.Series, name: str, text: Text) -> np.ndarray:
    """Return what is said of each value; the same value is worded once."""
    import numpy as np
    import pandas as pd

    codes, values = pd.factorize(column)
    words = [_phrase(value, name, text) for value in values]
    return np.array([*words, ""], dtype=object)[codes]


def _phrase(value: Any, name: str, text: Text) -> str:
    pattern = text.find(f"grounds.{name}")
    kind = KINDS[name]
    if kind == "code" and pattern is None:
        value = text.code(name, value)
    elif kind == "money":
        value = text.format(value, "money")
    elif kind == "number":
        value = value.item() if hasattr(value, "item") else value
        value = int(value) if float(value).is_integer() else value
    if pattern is None:
        return text.fill(str(text.get("ground")), {"label": text.label(name), "value": value})
    return text.fill(str(pattern), {"value": value})


def sheet(frame: pd.DataFrame, text: Text, month: str, people: pd.DataFrame | None = None) -> bytes:
    """Return the sheet to work through: those to be contacted, in words, with room to write what was done.

    Whoever is left alone is not in it, so that nobody contacts them by mistake.

    Parameters
    ----------
    frame : pandas.DataFrame
        From ``rows``.
    people : pandas.DataFrame, optional
        full_name and contact (the address of the channel) of each row of ``frame``.
    """
    made = ~frame["held_out"].astype(bool)
    names = [*SHEET[:1], *([] if people is None else ["full_name", "contact"]), *SHEET[1:]]
    kept = frame[made]
    cells = {name: _cells(kept[name], name, text) for name in COLUMNS if name != "held_out"}
    cells |= {} if people is None else {name: people.loc[made, name].tolist() for name in ("full_name", "contact")}
    cells |= {name: [""] * len(kept) for name in EMPTY} | {"ref": [purpose(month, a) for a in kept["action"]]}
    headings = [str(text.get(f"sheet.headings.{name}")) for name in names]
    return text_workbook(headings, zip(*(cells[name] for name in names), strict=True), str(text.get("sheet.name")))


def _cells(column: pd.Series, name: str, text: Text) -> list[str]:
    """Return a column in words; what comes again is worded once."""
    def said(value: Any) -> str:
        if name in MONEY:
            return text.format(int(value), "money")
        return text.code(name, value) if name in ("action", "what", "channel") else str(value)

    values = column.tolist()
    words = {value: said(value) for value in set(values)}
    return [words[value] for value in values]
