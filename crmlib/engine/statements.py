"""Named SQL statements: one a file, composed with those they read as common table expressions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crmlib.errors import CrmError

FOLDER = Path(__file__).parents[1] / "sql"
_READS = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_MONTHLY = re.compile(r"^-- Each row is made of rows of one month of ([a-z_]+)\.$", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*")
NOTHING: Mapping[str, str] = MappingProxyType({})


@cache
def names() -> tuple[str, ...]:
    """Return the names of all statements, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


@cache
def text(name: str) -> str:
    """Return one statement as written, with its header.

    Raises
    ------
    CrmError
        ``engine.unknown_statement`` with the nearest name.
    """
    if name not in names():
        from difflib import get_close_matches

        raise CrmError("engine.unknown_statement", name=name, allowed=get_close_matches(name, names(), 3) or names())
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@cache
def of_one_month(name: str) -> tuple[str, ...]:
    """Return the table whose months a statement can be asked for one by one, as its header says; none for others."""
    return tuple(_MONTHLY.findall(text(name)))


def body(name: str, instead: Mapping[str, str] = NOTHING) -> str:
    """Return a statement without comments and closing semicolon.

    Parameters
    ----------
    instead : mapping of str to str
        Tables to read from another relation: table to the statement that takes its place. Those statements read the
        tables themselves.
    """
    if not instead or name in _beneath(tuple(instead.values())):
        return _plain(name)
    return _READS.sub(lambda m: m[0][:m.start(1) - m.start()] + instead.get(m[1].lower(), m[1]), _plain(name))


@cache
def _plain(name: str) -> str:
    return _COMMENT.sub("", text(name)).strip().rstrip(";").strip()


@cache
def _beneath(chosen: tuple[str, ...]) -> frozenset[str]:
    """Return statements with all they read."""
    return frozenset(other for name in chosen for other in closure(name))


def reads(name: str, instead: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    """Return the other statements that a statement reads by name, in order of appearance."""
    return _statements_in(name, body(name, instead))


@cache
def _statements_in(name: str, statement: str) -> tuple[str, ...]:
    found = dict.fromkeys(m.lower() for m in _READS.findall(statement))
    return tuple(other for other in found if other in names() and other != name)


@cache
def parameters(statement: str) -> tuple[str, ...]:
    """Return the names of the ``$parameters`` in a text, in order of appearance."""
    return tuple(dict.fromkeys(_PARAMETER.findall(statement)))


def compose(name: str, ready: dict[str, str] | None = None, instead: Mapping[str, str] = NOTHING) -> str:
    """Return a statement preceded by the statements it reads, as one text.

    Parameters
    ----------
    name : str
        Name of the statement.
    ready : dict of str to str, optional
        Statements whose rows are already stored: statement name to the table that holds them.
    instead : mapping of str to str
        Tables whose place another statement takes (see ``body``).
    """
    ready = ready or {}
    if name in ready:
        return f"SELECT * FROM {ready[name]}"
    parts = []
    for other in _order(name, ready, instead):
        inner = f"SELECT * FROM {ready[other]}" if other in ready else body(other, instead)
        parts.append(f"{other} AS (\n{inner}\n)")
    statement = body(name, instead)
    if not parts:
        return statement
    if re.match(r"WITH\b", statement, re.IGNORECASE):
        return "WITH " + ",\n".join(parts) + ",\n" + statement[4:].lstrip()
    return "WITH " + ",\n".join(parts) + "\n" + statement


def closure(name: str, instead: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    """Return all statements that a statement rests on, dependencies first, itself last."""
    return (*_order(name, instead=instead), name)


def _order(name: str, ready: Collection[str] = (), instead: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    """Depth first, each once, dependencies before readers; what a stored statement reads is not needed."""
    found: dict[str, None] = {}

    def visit(current: str, path: tuple[str, ...]) -> None:
        if current in path:
            raise CrmError("engine.circular", name=" → ".join((*path, current)))
        for other in () if current in ready else reads(current, instead):
            visit(other, (*path, current))
            found.setdefault(other)

    visit(name, ())
    return tuple(found)


def bind(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values for exactly the parameters that a text has.

    Raises
    ------
    CrmError
        ``engine.missing_parameter`` when one is not given.
    """
    wanted = parameters(statement)
    missing = [p for p in wanted if p not in values]
    if missing:
        raise CrmError("engine.missing_parameter", name=", ".join(missing), allowed=sorted(values))
    return {p: values[p] for p in wanted}


def tables_read(name: str) -> tuple[str, ...]:
    """Return the tables, not statements, that a statement reads; its own common table expressions left out."""
    own = {m.lower() for m in re.findall(r"\b([a-z_][a-z0-9_]*)\s+AS\s+\(", body(name), re.IGNORECASE)}
    found = dict.fromkeys(m.lower() for m in _READS.findall(body(name)))
    return tuple(t for t in found if t not in own and t not in names())
