"""Which pairs of ids do the rules join, and which does the household veto refuse?

Pairs that share something come from joins on equal values; each is then looked at once: what agrees, what is nearly
the same, what contradicts. A rule is a condition on these, so adding one is adding a line. A slip of the keyboard
contradicts nothing; another name, another day and another sex do.
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
    "family_birth_place": "family AND birth AND (place OR postal) AND NOT given_differs",
    "birth_contact": "birth AND (phone OR mail) AND NOT family_differs AND NOT given_differs",
    "name_place": "family AND given AND (place OR postal AND number)",
    "birth_place": "birth AND place AND NOT family_differs AND NOT given_differs",
    "given_place": "given AND place AND NOT family_differs",
    "firm_phone": "firm AND phone",
    "firm_place": "firm AND place",
}
#: What is enough as well where nobody lives with another (`families`): nobody else has the same address there.
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
#: Rules without a figure joined none there, or are for lists without families.
REFERENCE = {"phone_given": 0.9996, "mail_given": 0.9999, "name_birth": 0.9991, "given_birth_place": 1.0,
             "family_birth_place": 0.9994, "birth_contact": 1.0, "name_place": 0.9957}
BIRTH_DAYS = 31
#: Years from which on one other digit is no slip: a parent of the same name.
GENERATION = 15
#: Who lives together rarely has one birthday (twins: one in a hundred). Where at least so many pairs share family name
#: and address and not the given name, so large a share of them one birthday, and where the family name alone differs at
#: least so often as well, whole fields are wrong: they are not families.
PROOF = (50, 0.8, 1 / 3)
#: What a Japanese name looks like in letters.
_ROMAJI = "(([kgsztdnhbpmrwfjy]|[kgnhbpmr]y|ts|tts|ss?h|t?ch|kk|tt|pp)?[aeiou]n?)+"
#: Two flats of one building are two addresses.
_ROOM = "NOT COALESCE(a.room <> b.room, FALSE)"
#: What contradicts.
VETOES = ("given_differs", "birth_differs", "sex_differs")


def chosen(households: bool) -> Mapping[str, str]:
    """Return the rules that hold, the most precise first."""
    return RULES if households else {**RULES, **ALONE}


def forbidding(households: bool) -> int:
    """Return how many contradictions forbid a join: one, or two where no family is and a whole field may be wrong."""
    return 1 if households else 2


def compare(engine: ReadingEngine) -> bool:
    """Make ``compared`` of ``people``: a, b, rule (or NULL), vetoed, and what agrees and contradicts.

    Returns
    -------
    bool
        Whether people who live together may be in the data, as `families` finds.
    """
    blocks = "\nUNION\n".join([*(_block(columns) for columns in BLOCKS), _crossed()])
    engine.execute(f"CREATE OR REPLACE TEMP TABLE flagged AS {flags(blocks)}")
    households = families(engine)
    whens = " ".join(f"WHEN {condition} THEN {literal(rule)}" for rule, condition in chosen(households).items())
    engine.execute(f"CREATE OR REPLACE TEMP TABLE compared AS SELECT *, CASE {whens} ELSE NULL END AS rule, "
                   f"{against_sum()} >= {forbidding(households)} AS vetoed FROM flagged")
    engine.execute("DROP TABLE flagged")
    return households


def families(engine: ReadingEngine) -> bool:
    """Whether people who live together may be in the data; so unless ``flagged`` proves the contrary (`PROOF`).

    Pairs of one family name and address with another given name are families, or one person whose given name was
    replaced. The former have two birthdays, sexes, phones or mailboxes; birthdays that are not known prove nothing.
    What replaces a given name replaces a family name too; a parent who gives the child's birthday does not.
    """
    single = "birth AND NOT sex_differs AND NOT elsewhere"
    home, alike, renamed = engine.rows(
        f"SELECT COUNT(*) FILTER (WHERE given_differs AND family), COUNT(*) FILTER (WHERE given_differs AND family AND "
        f"{single}), COUNT(*) FILTER (WHERE family_differs AND given AND {single}) FROM flagged "
        "WHERE place OR postal AND number")[0]
    fewest, share, also = PROOF
    return bool(home < fewest or alike < share * home or renamed < also * alike)


def against(engine: ReadingEngine, households: bool) -> list[tuple[int, int]]:
    """Return the pairs inside the groups of ``grouped`` (n, root) that cannot be one person, compared or not."""
    pairs = ("SELECT g.n AS a, h.n AS b FROM grouped AS g JOIN grouped AS h ON g.root = h.root AND g.n < h.n")
    found = engine.rows(f"SELECT a, b FROM ({flags(pairs)}) WHERE {against_sum()} >= {forbidding(households)} "
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


def flags(pairs: str) -> str:
    """Return pairs (a, b) with what agrees, is known and contradicts, as text to select from."""
    flags = {
        "family": _any(_same("family"), _same("family_kana"), _near("family", True), _swapped("family", "given")),
        # A sister may be called alike; a sister of the same birthday seldom.
        "given": _any(_same("given"), _same("given_kana"), _near("given", False),
                      f"{_same('birth')} AND {_near('given', True)}", _swapped("given", "family")),
        "birth": _same("birth"), "phone": _same("phone"), "mail": _same("mail"), "postal": _same("postal"),
        "number": f"{_same('number')} AND {_ROOM}", "firm": _same("firm"),
        "place": f"{_any(_same('place'), _near_place())} AND {_ROOM}",
        "family_known": _comparable("family"), "named": _comparable("given"), "given_close": _close("given"),
        "birth_differs": _another_day(),
        "elsewhere": "COALESCE(a.phone <> b.phone, FALSE) OR COALESCE(a.mail <> b.mail, FALSE)",
        "sex_differs": "COALESCE(a.sex <> b.sex, FALSE)",
        "born": "a.birth IS NOT NULL AND b.birth IS NOT NULL", "sexed": "a.sex IS NOT NULL AND b.sex IS NOT NULL",
    }
    listed = ", ".join(f"{expression} AS {name}" for name, expression in flags.items())
    return (f"SELECT *, family_known AND NOT family AS family_differs, "
            "named AND NOT given AND NOT given_close AS given_differs "
            f"FROM (SELECT p.a, p.b, {listed} FROM ({pairs}) AS p JOIN people AS a ON a.n = p.a "
            "JOIN people AS b ON b.n = p.b)")


def _any(*conditions: str) -> str:
    return "(" + " OR ".join(conditions) + ")"


def _same(column: str) -> str:
    return f"COALESCE(a.{column} = b.{column}, FALSE)"


def _near(column: str, alike: bool) -> str:
    """Names in letters may hold a slip; in characters one stroke more is another person."""
    return f"COALESCE({_slip(f'a.{column}_letters', f'b.{column}_letters', alike)}, FALSE)"


def _japanese(one: str, other: str) -> str:
    """Whether two names in letters may both be Japanese, where one letter makes a sister: yuka, yuki."""
    return (f"length({one}) = length({other}) AND regexp_full_match({one}, '{_ROMAJI}') "
            f"AND regexp_full_match({other}, '{_ROMAJI}')")


def _another_day() -> str:
    """Whether two birthdays cannot be one; a slip needs a given name without one: sisters are a year apart."""
    one, other = "strftime(a.birth, '%Y%m%d')", "strftime(b.birth, '%Y%m%d')"
    turned = "year(a.birth) = year(b.birth) AND month(a.birth) = day(b.birth) AND day(a.birth) = month(b.birth)"
    digit = f"abs(year(a.birth) - year(b.birth)) < {GENERATION} AND damerau_levenshtein({one}, {other}) <= 1"
    named = _any(_same("given"), _same("given_kana"))
    return (f"CASE WHEN COALESCE(abs(a.birth - b.birth) <= {BIRTH_DAYS}, TRUE) THEN FALSE "
            f"WHEN {named} THEN NOT ({turned} OR {digit}) ELSE TRUE END")


def _slip(one: str, other: str, alike: bool = True) -> str:
    """One letter more, less, another or two turned; if ``alike`` will do, more of them, as in Mary and Marie."""
    short = f"{one} IS NULL OR {other} IS NULL OR least(length({one}), length({other})) < 4"
    more = f" OR {_alike(one, other)}" if alike else ""
    return (f"CASE WHEN {short} OR {_japanese(one, other)} THEN {one} = {other} "
            f"ELSE damerau_levenshtein({one}, {other}) <= 1{more} END")


def _alike(one: str, other: str) -> str:
    return f"jaro_winkler_similarity({one}, {other}) >= 0.88"


def _close(column: str) -> str:
    """Names in letters that are cut short or hold several slips: no contradiction, and no agreement either."""
    one, other = f"a.{column}_letters", f"b.{column}_letters"
    short, long = f"least(length({one}), length({other}))", f"greatest(length({one}), length({other}))"
    allowed = f"CASE WHEN {short} >= 5 THEN 2 WHEN {short} = 3 AND {long} = 4 THEN 1 ELSE 0 END"
    return (f"CASE WHEN {one} IS NULL OR {other} IS NULL OR {_japanese(one, other)} THEN FALSE "
            f"ELSE starts_with({one}, {other}) OR starts_with({other}, {one}) "
            f"OR damerau_levenshtein({one}, {other}) <= {allowed} OR {_alike(one, other)} END")


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
