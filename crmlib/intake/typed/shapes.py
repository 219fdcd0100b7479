"""The shapes of exports put right before values are read: blank repeats, days told as midnight, missing signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal, quoted
from crmlib.engine.reading import KEPT
from crmlib.intake.reading.raw import First, cell_text
from crmlib.intake.reading.relation import Records
from crmlib.intake.typed import quick
from crmlib.intake.typed.plan import Field, Plan, cleaned, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.engine.reading import ReadingEngine
    from crmlib.settings.exports.columns import Cells

#: Stands in a map of values for any other value that is not empty.
ANY = "*"
#: What ends a cell that tells a day as its midnight. So many such cells, and none with another time, are days, which
#: databases and data frames keep as times: nobody buys at midnight only. Fewer may be so by chance.
MIDNIGHT, FEWEST_DAYS = r"[ T]0?0:00(:00([.]0+)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$", 20
_CLOCKS = ("time", "date")
#: What changes its sign in a row that takes something back.
_SIGNED = ("order_lines.quantity", "order_lines.amount", "order_lines.amount_ex_tax", "order_lines.cost")


def without(raw: Records, ignored: Sequence[str]) -> Records:
    """Return the records without headings that are never to be read."""
    names = {folded(h) for h in ignored}
    stay = [p for p, heading in enumerate(raw.headings) if folded(heading) not in names]
    if len(stay) == len(raw.headings):
        return raw
    headings, columns, kinds = (tuple(of[p] for p in stay) for of in (raw.headings, raw.columns, raw.kinds))
    return replace(raw, headings=headings, columns=columns, kinds=kinds)


def filled_down(engine: ReadingEngine, raw: Records, plan: Plan, target: Path) -> Records:
    """Return the records with the cells filled that an export writes on the first row of a record only.

    A record begins where the value of its column changes or, where the plan has a mark, in the rows that carry it.
    """
    if plan.record is None:
        return raw
    place, mark = plan.record
    own, filled = _cell(raw, place), set(plan.filled) | ({place} if mark is None else set())
    before = f"LAST_VALUE({own} IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    starts = (f"COALESCE({own} = {literal(mark)}, FALSE)" if mark is not None
              else f"{own} IS NOT NULL AND {own} IS DISTINCT FROM {before}")
    cells = [f"COALESCE({_cell(raw, p)}, FIRST_VALUE({_cell(raw, p)}) OVER (PARTITION BY record ORDER BY n)) AS {c}"
             if p in filled else c for p, c in enumerate(map(quoted, raw.columns))]
    engine.execute(
        f"COPY (WITH started AS (SELECT *, row_number() OVER () AS n FROM {raw.relation}), "
        f"marked AS (SELECT *, CASE WHEN {starts} THEN 1 ELSE 0 END AS starts FROM started), "
        "recorded AS (SELECT *, SUM(starts) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS record FROM marked) "
        f"SELECT {', '.join(cells)} FROM recorded ORDER BY n) "
        f"TO {literal(str(target))} ({KEPT})")
    kinds = tuple("text" if p in filled else kind for p, kind in enumerate(raw.kinds))
    stored = f"read_parquet({literal(str(target))})"
    return replace(raw, relation=stored, again=stored, kinds=kinds)


def of_days(engine: ReadingEngine, raw: Records, plan: Plan, first: Mapping[int, First]) -> Records:
    """Return the records with those columns cut to the day whose times are all midnight.

    Without a time of day they have no hour, and neither a zone nor the hour at which a business day begins moves them.
    """
    seen = {p: [bool(re.search(MIDNIGHT, text)) for text in cells.short if ":" in text] for p, cells in first.items()}
    likely = [p for p, found in seen.items() if all(found) and len(found) >= FEWEST_DAYS and _only_clocks(plan, p)]
    if not likely:
        return raw
    texts = {p: cell_text(raw.columns[p], raw.kinds[p]) for p in likely}
    other = ", ".join(f"COALESCE(bool_or(strpos({text}, ':') > 0 AND NOT regexp_matches(trim({text}), "
                      f"{literal(MIDNIGHT)})), FALSE) AS t{p}" for p, text in texts.items())
    timed = engine.rows(f"SELECT {other} FROM {raw.again}")[0]
    days = {raw.columns[p]: p for p, has_times in zip(likely, timed, strict=True) if not has_times}
    if not days:
        return raw
    cut = ", ".join(f"regexp_replace(trim({texts[p]}), {literal(MIDNIGHT)}, '') AS {quoted(c)}"
                    for c, p in days.items())
    kinds = tuple("text" if p in days.values() else kind for p, kind in enumerate(raw.kinds))
    first_time, again = (f"(SELECT * REPLACE ({cut}) FROM {of})" for of in (raw.relation, raw.again))
    return replace(raw, relation=first_time, again=again, kinds=kinds)


def _only_clocks(plan: Plan, place: int) -> bool:
    """Return whether a column is read as a day or a time, by itself and in no format of its own, and nothing else."""
    users = [f for f in plan.fields if place in (*f.places, *f.instead)]
    alone = all(f.column.kind in _CLOCKS and f.places == (place,) and not f.spec.format and not f.spec.values
                for f in users)
    return bool(users) and alone and place not in plan.judged


def _cell(raw: Records, place: int) -> str:
    """The text of a cell, nothing where it is blank."""
    return f"NULLIF(trim({cell_text(raw.columns[place], raw.kinds[place])}), '')"


def signed(field: Field, plan: Plan, value: str) -> str:
    """Return the value of a field with the minus that the file leaves out."""
    if plan.negative is None or field.name not in _SIGNED:
        return value
    place, listed = plan.negative
    taken_back = f"s{place} IS NOT NULL" if ANY in listed else quick.among(f"s{place}", listed)
    return f"CASE WHEN {taken_back} THEN -abs({value}) ELSE {value} END"


def mapped(field: Field, cells: str) -> str:
    """Return the text of a field: its cells joined, mapped to codes, and those read where they give nothing.

    ``cells`` is the letter of the cells' names: ``s`` in plain form, ``w`` as written.
    """
    spec = field.spec
    if spec.constant is not None:
        return literal(spec.constant)
    if spec.numbered:
        return "CAST(row_number() OVER () AS VARCHAR)"
    found = [_read(part, places, cells) for part, places in ((spec, field.places), (spec.otherwise, field.instead))
             if part is not None and places]
    part_of = _PARTS.get(field.name)
    text = found[0] if len(found) == 1 else f"COALESCE({', '.join(found)})"
    return part_of(text) if part_of else text


def _year(text: str) -> str:
    """The year of a birthday, where the column holds more than the year; else the text as it is."""
    year = f"NULLIF(regexp_extract(crm_date({text}), '^([12][0-9]{{3}})[-/][0-9]', 1), '')"
    return f"CASE WHEN length({text}) <= 4 THEN {text} ELSE COALESCE({year}, {text}) END"


def _first_three(text: str) -> str:
    """The first three digits of a postal code, where the column holds all seven."""
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{3}}-?[0-9]{{4}}') THEN left({text}, 3) ELSE {text} END"


#: Columns that keep less than the file says: analysis needs the year of a birthday and the area of a postal code.
_PARTS = {"customers.birth_year": _year, "customers.postal3": _first_three}


def _read(spec: Cells, places: Sequence[int], letter: str) -> str:
    names = [f"{letter}{p}" for p in places]
    joined = names[0] if len(names) == 1 else f"NULLIF(concat_ws({literal(spec.join)}, {', '.join(names)}), '')"
    if spec.lower:
        joined = f"lower({joined})"
    if spec.values:
        return _switch(joined, spec.values, spec.default)
    return joined if spec.default is None else f"COALESCE({joined}, {literal(spec.default)})"


def _switch(text: str, values: Mapping[str, str | None], default: str | None) -> str:
    """Values not listed take the default where there is one, else stay as they are."""
    whens = [f"WHEN {text} = {literal(cleaned(raw))} THEN {_code(code)}" for raw, code in values.items() if raw != ANY]
    if ANY in values:
        whens.append(f"WHEN {text} IS NOT NULL THEN {_code(values[ANY])}")
    return f"CASE {' '.join(whens)} ELSE {text if default is None else literal(default)} END"


def _code(code: str | None) -> str:
    return "NULL" if code is None else literal(code)
