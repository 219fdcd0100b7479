"""Which pairs of ids do the rules join, and which does the household veto refuse?

Pairs that share something come from joins on equal values; each is then looked at once: what agrees, what is nearly
the same, what contradicts. A rule is a condition on these, so adding one is adding a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Values two ids must share to be compared at all.
BLOCKS = (("phone",), ("mail",), ("place",), ("birth", "given"), ("birth", "given_kana"), ("birth", "family"),
          ("birth", "family_kana"), ("birth", "postal"), ("family", "given", "postal"),
          ("family_kana", "given_kana", "postal"), ("postal", "number"), ("family", "given", "number"))
#: One field's value in the other's place: family and given name of a file that mixes them up.
CROSSED = ("birth", ("given", "family"))
#: Rules, the most precise first, on the columns of ``compared``.
RULES = {
    "phone_given": "phone AND given",
    "mail_given": "mail AND given",
    "name_birth": "family AND given AND birth",
    "given_birth_place": "given AND birth AND (place OR postal)",
    "family_birth_place": "family AND birth AND (place OR postal AND number) AND NOT given_differs",
    "name_place": "family AND given AND (place OR postal AND number)",
    "birth_place": "birth AND place AND NOT family_differs AND NOT given_differs",
    "given_place": "given AND place AND NOT family_differs",
    "firm_phone": "firm AND phone",
    "firm_place": "firm AND place",
}
#: What is enough as well where nobody lives with another: no second person has the same address or birthday there.
ALONE = {
    "family_birth_place": "family AND birth AND (place OR postal AND number)",
    "birth_place": "birth AND (place OR postal AND number)",
    "family_place": "family AND place",
    "given_place": "given AND place",
    "birth_postal": "birth AND postal AND (family OR given OR place)",
    "given_birth": "given AND birth AND NOT family_differs",
    "family_birth": "family AND birth AND NOT given_differs",
    "name_postal": "family AND given AND postal",
}
#: Share of ids that a rule joined rightly, the veto included: a million made-up records of `bench/matching.py`, seed 1.
#: Rules without a figure joined none there, or are for lists without households.
REFERENCE = {"phone_given": 0.9996, "mail_given": 0.9999, "name_birth": 0.9991, "given_birth_place": 1.0,
             "family_birth_place": 0.9994, "name_place": 0.9957}
BIRTH_DAYS = 31
#: Two flats of one building are two addresses.
_ROOM = "NOT COALESCE(a.room <> b.room, FALSE)"
#: What contradicts.
VETOES = ("given_differs", "birth_differs", "sex_differs")


def chosen(households: bool) -> Mapping[str, str]:
    """Return the rules that hold, the most precise first."""
    return RULES if households else {**RULES, **ALONE}


def compare(engine: ReadingEngine, households: bool = True) -> None:
    """Make ``compared`` of ``people``: a, b, rule (or NULL), vetoed, and what agrees and contradicts.

    Parameters
    ----------
    households : bool
        Whether people who live together may be in the data: then one contradiction forbids a join. Otherwise it takes
        two, since single fields may be wrong.
    """
    rules, forbidding = chosen(households), 1 if households else 2
    blocks = "\nUNION\n".join([*(_block(columns) for columns in BLOCKS), _crossed()])
    engine.execute(f"CREATE OR REPLACE TEMP TABLE compared AS {_judged(blocks, rules, forbidding)}")


def against(engine: ReadingEngine, households: bool) -> list[tuple[int, int]]:
    """Return the pairs inside the groups of ``grouped`` (n, root) that cannot be one person, compared or not."""
    pairs = ("SELECT g.n AS a, h.n AS b FROM grouped AS g JOIN grouped AS h ON g.root = h.root AND g.n < h.n")
    found = engine.rows(f"SELECT a, b FROM ({flags(pairs)}) WHERE {against_sum()} >= {1 if households else 2} "
                        "ORDER BY a, b")
    return [(int(a), int(b)) for a, b in found]


def against_sum() -> str:
    """Return the number of contradictions as an expression."""
    return " + ".join(f"CAST({veto} AS INTEGER)" for veto in VETOES)


def _block(columns: tuple[str, ...]) -> str:
    equal = " AND ".join(f"a.{c} = b.{c}" for c in columns)
    return (f"SELECT a.n AS a, b.n AS b FROM people AS a JOIN people AS b "
            f"ON {equal} AND a.n < b.n")


def _crossed() -> str:
    same, (one, other) = CROSSED
    return (f"SELECT least(a.n, b.n) AS a, greatest(a.n, b.n) AS b "
            f"FROM people AS a JOIN people AS b ON a.{same} = b.{same} AND a.{one} = b.{other} "
            "AND a.n <> b.n")


def _judged(pairs: str, rules: Mapping[str, str], forbidding: int) -> str:
    whens = " ".join(f"WHEN {condition} THEN {literal(rule)}" for rule, condition in rules.items())
    return (f"SELECT *, CASE {whens} ELSE NULL END AS rule, {against_sum()} >= {forbidding} AS vetoed "
            f"FROM ({flags(pairs)})")


def flags(pairs: str) -> str:
    """Return pairs (a, b) with what agrees, is known and contradicts, as text to select from."""
    flags = {
        "family": _any(_same("family"), _same("family_kana"), _near("family"), _swapped("family", "given")),
        "given": _any(_same("given"), _same("given_kana"), _near("given"), _swapped("given", "family")),
        "birth": _same("birth"), "phone": _same("phone"), "mail": _same("mail"), "postal": _same("postal"),
        "number": f"{_same('number')} AND {_ROOM}", "firm": _same("firm"),
        "place": f"{_any(_same('place'), _near_place())} AND {_ROOM}",
        "family_known": _comparable("family"), "named": _comparable("given"),
        "birth_differs": f"COALESCE(abs(a.birth - b.birth) > {BIRTH_DAYS}, FALSE)",
        "sex_differs": "COALESCE(a.sex <> b.sex, FALSE)",
        "born": "a.birth IS NOT NULL AND b.birth IS NOT NULL", "sexed": "a.sex IS NOT NULL AND b.sex IS NOT NULL",
    }
    listed = ", ".join(f"{expression} AS {name}" for name, expression in flags.items())
    return (f"SELECT *, family_known AND NOT family AS family_differs, named AND NOT given AS given_differs "
            f"FROM (SELECT p.a, p.b, {listed} FROM ({pairs}) AS p JOIN people AS a ON a.n = p.a "
            "JOIN people AS b ON b.n = p.b)")


def _any(*conditions: str) -> str:
    return "(" + " OR ".join(conditions) + ")"


def _same(column: str) -> str:
    return f"COALESCE(a.{column} = b.{column}, FALSE)"


def _near(column: str) -> str:
    """Names in letters may hold a slip; in characters one stroke more is another person."""
    return f"COALESCE({_slip(f'a.{column}_letters', f'b.{column}_letters')}, FALSE)"


def _slip(one: str, other: str) -> str:
    short = f"{one} IS NULL OR {other} IS NULL OR least(length({one}), length({other})) < 4"
    return (f"CASE WHEN {short} THEN {one} = {other} ELSE damerau_levenshtein({one}, {other}) <= 1 "
            f"OR jaro_winkler_similarity({one}, {other}) >= 0.88 END")


def _swapped(column: str, other: str) -> str:
    """Family and given name in each other's place."""
    plain = f"a.{column} = b.{other} AND a.{other} = b.{column}"
    slips = (f"{_slip(f'a.{column}_letters', f'b.{other}_letters')} "
             f"AND {_slip(f'a.{other}_letters', f'b.{column}_letters')}")
    return f"COALESCE({plain} OR {slips}, FALSE)"


def _near_place() -> str:
    one, other = "a.place_letters", "b.place_letters"
    slips = f"damerau_levenshtein({one}, {other}) * 5 <= greatest(length({one}), length({other}))"
    return f"COALESCE(CASE WHEN {one} IS NULL OR {other} IS NULL THEN FALSE ELSE {slips} END, FALSE)"


def _comparable(column: str) -> str:
    """Whether two names are known in the same script."""
    return (f"(COALESCE(a.{column} IS NOT NULL AND b.{column} IS NOT NULL AND (a.{column}_letters IS NULL) = "
            f"(b.{column}_letters IS NULL), FALSE) OR (a.{column}_kana IS NOT NULL AND b.{column}_kana IS NOT NULL))")
