"""What the shop decided itself: pairs of ids that are one person, or are not, whatever a rule says.

The file (``data/decisions/<shop>/matches.csv``) has the columns customer_id_a, customer_id_b, decision (``merge`` or
``keep_apart``), decided_by, decided_on, note. Taking a line out undoes it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlib.errors import CrmError, CrmErrors

MERGE, APART = "merge", "keep_apart"
NEEDED = ("customer_id_a", "customer_id_b", "decision")


@dataclass(frozen=True)
class Decision:
    """One line of the file; the smaller id first."""

    a: str
    b: str
    decision: str
    line: int


def read(path: Path, label: str) -> tuple[Decision, ...]:
    """Return the decisions of a file; none where there is no file.

    Raises
    ------
    CrmError
        ``intake.decisions_unreadable``, ``intake.decisions_headings``, ``intake.decision_unclear`` and
        ``intake.decisions_contradict``, each with its lines.
    """
    if not path.is_file():
        return ()
    rows = csv.DictReader(io.StringIO(_text(path, label), newline=""))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise CrmError("intake.decisions_headings", where=label, missing=", ".join(missing), allowed=list(NEEDED))
    found = [_decision(row, rows.line_num, label) for row in rows if any((v or "").strip() for v in _values(row))]
    return _consistent(tuple(found), label)


def _values(row: dict[str, str]) -> list[str]:
    return [v for v in row.values() if isinstance(v, str)]


def _text(path: Path, label: str) -> str:
    """A spreadsheet may have saved it in its own encoding."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CrmError("intake.decisions_unreadable", where=label)


def _decision(row: dict[str, str], line: int, label: str) -> Decision:
    a, b, decision = ((row.get(name) or "").strip().removeprefix("'") for name in NEEDED)
    if not a or not b or a == b or decision not in (MERGE, APART):
        raise CrmError("intake.decision_unclear", where=f"{label}:{line}", found=f"{a}, {b}, {decision}",
                       allowed=[MERGE, APART])
    return Decision(min(a, b), max(a, b), decision, line)


def _consistent(found: tuple[Decision, ...], label: str) -> tuple[Decision, ...]:
    """Refuse what cannot hold at once: A is B, B is C, and A is not C."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.get(one, one) != one:
            one = parent[one]
        return one

    for one in found:
        if one.decision == MERGE:
            parent[root(one.b)] = root(one.a)
    errors = [CrmError("intake.decisions_contradict", where=f"{label}:{one.line}", a=one.a, b=one.b,
                       lines=", ".join(str(n) for n in _between(found, one)))
              for one in found if one.decision == APART and root(one.a) == root(one.b)]
    if errors:
        raise errors[0] if len(errors) == 1 else CrmErrors(errors)
    return found


def _between(found: Iterable[Decision], apart: Decision) -> list[int]:
    """Return the lines of the merges that lead from one id to the other."""
    merges = [d for d in found if d.decision == MERGE]
    ways: dict[str, list[int]] = {apart.a: []}
    waiting = [apart.a]
    while waiting:
        here = waiting.pop(0)
        for d in merges:
            if here in (d.a, d.b) and (there := d.b if here == d.a else d.a) not in ways:
                ways[there] = [*ways[here], d.line]
                waiting.append(there)
    return sorted(ways.get(apart.b, []))


def check_known(found: Sequence[Decision], known: Iterable[str], label: str) -> None:
    """Refuse decisions about ids that no file holds: an id mistyped or changed by a spreadsheet decides nothing.

    Raises
    ------
    CrmError
        ``intake.decision_unknown_id`` for each such line.
    """
    ids = set(known)
    errors = [CrmError("intake.decision_unknown_id", where=f"{label}:{d.line}", found=one)
              for d in found for one in (d.a, d.b) if one not in ids]
    if errors:
        raise errors[0] if len(errors) == 1 else CrmErrors(errors)
