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
#: Precision of a rule before the veto, on labelled data.
REFERENCE: dict[str, float] = {}
BIRTH_DAYS = 31
#: What contradicts, and the rules that read the field themselves.
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
    found = engine.rows(f"SELECT a, b FROM ({_flags(pairs)}) WHERE {_against()} >= {1 if households else 2} "
                        "ORDER BY a, b")
    return [(int(a), int(b)) for a, b in found]


def _against() -> str:
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
    return (f"SELECT *, CASE {whens} ELSE NULL END AS rule, {_against()} >= {forbidding} AS vetoed "
            f"FROM ({_flags(pairs)})")


def _flags(pairs: str) -> str:
    flags = {
        "family": _any(_same("family"), _same("family_kana"), _near("family"), _swapped("family", "given")),
        "given": _any(_same("given"), _same("given_kana"), _near("given"), _swapped("given", "family")),
        "birth": _same("birth"), "phone": _same("phone"), "mail": _same("mail"), "postal": _same("postal"),
        "number": _same("number"), "firm": _same("firm"),
        "place": f"({_any(_same('place'), _near_place())}) AND NOT COALESCE(a.room <> b.room, FALSE)",
        "family_differs": _differs("family", "given"), "given_differs": _differs("given", "family"),
        "birth_differs": f"COALESCE(abs(a.birth - b.birth) > {BIRTH_DAYS}, FALSE)",
        "sex_differs": "COALESCE(a.sex <> b.sex, FALSE)",
        "born": "a.birth IS NOT NULL AND b.birth IS NOT NULL", "sexed": "a.sex IS NOT NULL AND b.sex IS NOT NULL",
        "named": _comparable("given"),
    }
    listed = ", ".join(f"{expression} AS {name}" for name, expression in flags.items())
    return (f"SELECT p.a, p.b, {listed} FROM ({pairs}) AS p JOIN people AS a ON a.n = p.a "
            "JOIN people AS b ON b.n = p.b")


def _any(*conditions: str) -> str:
    return "(" + " OR ".join(conditions) + ")"


def _same(column: str) -> str:
    return f"COALESCE(a.{column} = b.{column}, FALSE)"


def _latin(column: str) -> str:
    return f"regexp_full_match({column}, '[a-zà-ÿ'' -]+')"


def _near(column: str) -> str:
    """Names in letters may hold a slip; in characters one stroke more is another person."""
    return f"COALESCE({_alike(f'a.{column}', f'b.{column}')}, FALSE)"


def _alike(one: str, other: str) -> str:
    return (f"({one} = {other} OR {_latin(one)} AND {_latin(other)} AND least(length({one}), length({other})) >= 4 "
            f"AND (damerau_levenshtein({one}, {other}) <= 1 OR jaro_winkler_similarity({one}, {other}) >= 0.88))")


def _swapped(column: str, other: str) -> str:
    """Family and given name in each other's place."""
    return (f"COALESCE({_alike(f'a.{column}', f'b.{other}')} AND {_alike(f'a.{other}', f'b.{column}')}, FALSE)")


def _near_place() -> str:
    one, other = "a.place", "b.place"
    letters = " AND ".join(f"regexp_full_match({x}, '[ -~]+') AND length({x}) >= 12" for x in (one, other))
    slips = f"damerau_levenshtein({one}, {other}) * 5 <= greatest(length({one}), length({other}))"
    return f"COALESCE({letters} AND {slips}, FALSE)"


def _comparable(column: str) -> str:
    """Whether two names are known in the same script."""
    return (f"(COALESCE(a.{column} IS NOT NULL AND b.{column} IS NOT NULL AND {_latin(f'a.{column}')} = "
            f"{_latin(f'b.{column}')}, FALSE) OR (a.{column}_kana IS NOT NULL AND b.{column}_kana IS NOT NULL))")


def _differs(column: str, other: str) -> str:
    alike = _any(_same(column), _same(f"{column}_kana"), _near(column), _swapped(column, other))
    return f"({_comparable(column)} AND NOT {alike})"
