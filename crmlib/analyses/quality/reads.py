"""Which analysis reads which columns: told by the statements it asks for and the needs it names, not by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from crmlib import schema
from crmlib.analyses import NAMES
from crmlib.dataset.data import SHARED
from crmlib.engine import statements

FOLDER = Path(__file__).parents[1]
#: The page that asks of which columns this is told, and the one that reads only what others found.
OWN, SUMMARY = "quality", "summary"
MADE_BY = {"customer_day": ("mart_customer_day", "cancelled_pairs"),
           "product_pair_month": ("mart_product_pair_month",), "product_size_month": ("mart_product_size_month",),
           "product_month": ("mart_product_month",)}
#: Columns that order lines and dated tables are given at intake, and the ones they come from.
OF_ORDERS = {"customer_key": "customer_id", "business_date": "ordered_at", "ym": "ordered_at", "dow": "ordered_at",
             "hour": "ordered_at", "cancelled": "status"}
_ASKED = re.compile(r'\b(?:query|shared|ask)\(\s*"([a-z_]+)"')
_ITSELF = re.compile(r'\bsql\(\s*"SELECT ([a-z_0-9, ]+) FROM ([a-z_]+)')
_NAMED = re.compile(r'"([a-z_]+)\.([a-z_0-9]+)"')
_FROM = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_0-9]+)(?:\s+AS\s+([a-z_0-9]+))?", re.IGNORECASE)
_QUALIFIED = re.compile(r"\b([a-z_0-9]+)\.([a-z_0-9]+)\b")
_BARE = re.compile(r"(?<![\w.$'])([a-z_][a-z0-9_]*)(?![\w.(])")
Cell = tuple[str, str]


def names() -> tuple[str, ...]:
    """Return the analyses that read tables of the shop."""
    return tuple(name for name in NAMES if name != SUMMARY)


@cache
def needs(analysis: str) -> tuple[str, ...]:
    """Return the tables and columns without which an analysis has nothing to say."""
    for node in ast.walk(ast.parse("\n".join(_sources(analysis)[:1]))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NEEDS":
            return tuple(ast.literal_eval(node.value))
    return ()


@cache
def columns(analysis: str) -> frozenset[Cell]:
    """Return the columns (table, name in the params file) an analysis reads."""
    text = "\n".join(_sources(analysis))
    asked = {name for name in _ASKED.findall(text) if name in statements.names()}
    own = {(t, c.strip()) for listed, t in _ITSELF.findall(text) for c in listed.split(",") if t in schema.tables()}
    named = {(t, c) for t, c in _NAMED.findall(text) if t in schema.tables() and schema.table(t).column(c)}
    return frozenset(named | own | {cell for name in asked for part in _rests_on(name) for cell in of_statement(part)})


@cache
def directly(analysis: str) -> frozenset[Cell]:
    """Return the columns an analysis reads by itself, not through the measures that all share."""
    text = "\n".join(_sources(analysis))
    asked = {name for name in _ASKED.findall(text) if name in statements.names()}
    return frozenset(cell for name in asked for part in statements.closure(name) if part not in SHARED
                     for cell in of_statement(part))


def _sources(analysis: str) -> list[str]:
    """Return the texts of an analysis, the one that declares its needs first."""
    one, folder = FOLDER / f"{analysis}.py", FOLDER / analysis
    paths = [one] if one.is_file() else [folder / "__init__.py", *sorted(set(folder.rglob("*.py")) - {
        folder / "__init__.py"})]
    return [path.read_text(encoding="utf-8") for path in paths]


def _rests_on(name: str) -> Iterable[str]:
    """Return a statement with those it reads, and those the mart is made by."""
    found = dict.fromkeys(statements.closure(name))
    for mart, made_by in MADE_BY.items():
        if any(mart in statements.tables_read(part) for part in found):
            found |= dict.fromkeys(part for made in made_by for part in statements.closure(made))
    return found


@cache
def of_statement(name: str) -> frozenset[Cell]:
    """Return the columns of canonical tables that one statement names; in doubt, one that it may mean."""
    text = statements.body(name)
    aliases: dict[str, set[str]] = {}
    for table, alias in _FROM.findall(text):
        aliases.setdefault(table.lower(), set()).update({table.lower(), (alias or table).lower()})
    qualified, bare = set(_QUALIFIED.findall(text)), set(_BARE.findall(text))
    return frozenset(origin(table, stored) for table in aliases.keys() & schema.tables().keys()
                     for stored in _stored(table)
                     if stored in bare or any((alias, stored) in qualified for alias in aliases[table]))


def _stored(table: str) -> tuple[str, ...]:
    return (*schema.stored_columns(table), *(schema.LINE_COLUMNS if table == "order_lines" else ()))


def origin(table: str, stored: str) -> Cell:
    """Return where a stored column comes from, in the words of the params file."""
    if table == "order_lines" and stored in schema.LINE_COLUMNS:
        return "orders", OF_ORDERS[stored]
    if stored in schema.DERIVED:
        return table, schema.table(table).at or stored
    return table, "customer_id" if stored == "customer_key" else stored


@cache
def users() -> Mapping[Cell, tuple[str, ...]]:
    """Return which analyses read each column, in the order of the pages; this page only where no other does."""
    found: dict[Cell, list[str]] = {}
    for analysis in names():
        for cell in sorted(columns(analysis)):
            found.setdefault(cell, []).append(analysis)
    return MappingProxyType({cell: tuple(a for a in by if a != OWN) or (OWN,) for cell, by in found.items()})
