"""What is known of each customer id, in the forms that are compared; made for matching and never published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.intake.matching import addresses, forms, names
from crmlib.intake.matching.forms import Form

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: A value that more ids share than this is the shop's own, a firm's or a dummy, and joins nobody.
SHARED_BY = 10
#: Identity rows of a shop that keeps none.
NOBODY = ("(SELECT " + ", ".join(f"CAST(NULL AS {'DATE' if c == 'birth_date' else 'VARCHAR'}) AS {c}" for c in (
    "customer_id", "family_name", "given_name", "family_kana", "given_kana", "full_name", "company", "phone", "email",
    "birth_date", "postal", "address")) + " WHERE FALSE)")
SHARED = ("phone", "mail", "place", "birth")
#: A real birthday is shared by one in some ten thousand; a day that more than one in so many give was filled in.
FILLED_IN = 500
#: A house number that more ids of a postal code have is no address but a habit.
CROWD = 1000
_FORMS: dict[str, Form] = {
    "family": names.PERSON, "given": names.PERSON, "family_kana": names.KANA, "given_kana": names.KANA,
    "firm": names.FIRM, "phone": forms.PHONE, "mail": forms.MAIL, "postal": forms.POSTAL, "clean": addresses.CLEAN,
    "sex": forms.SEX}


def teach(engine: ReadingEngine) -> None:
    """Let the statements of an engine call the functions that forms need, once."""
    if engine.rows("SELECT function_name FROM duckdb_functions() WHERE function_name = 'crm_counted'"):
        return
    names.teach(engine)
    addresses.teach(engine)


def make(engine: ReadingEngine, identity: str, customers: str | None = None) -> dict[str, int]:
    """Make ``people`` of identity rows and ``ids``; return how many values of each kind were too common to join by.

    Parameters
    ----------
    identity : str
        Relation with the columns of ``customer_identity``, one row an id. ``ids`` numbers all ids (customer_id, n).
    customers : str or None
        Relation with customer_id, type and gender; ids of type guest take no part.

    Returns
    -------
    dict of str to int
        ``match_shared_phone``, ``match_shared_mail``, ``match_shared_place``, ``match_shared_birth``, and
        ``mails_mistyped`` (ids whose mailbox ends in a well-known slip, so that mail does not arrive).

    Notes
    -----
    ``people``: n, family, given, family_kana, given_kana, firm, phone, mail, birth, postal, place, number,
    room, sex; family_letters, given_letters, place_letters: the same where it is written in letters.
    """
    engine.execute(f"CREATE OR REPLACE TEMP TABLE people AS {_statement(identity, customers)}")
    engine.execute("UPDATE people SET number = NULL WHERE (postal, number) IN (SELECT (postal, number) FROM people "
                   f"WHERE number IS NOT NULL GROUP BY postal, number HAVING COUNT(*) > {CROWD})")
    slips = engine.rows(f"SELECT COUNT(*) AS n FROM {identity} WHERE {forms.mail_mistyped('email')}")[0][0]
    return {**{f"match_shared_{column}": _without_shared(engine, column) for column in SHARED},
            "mails_mistyped": int(slips)}


def _statement(identity: str, customers: str | None) -> str:
    inner = _raw(identity, customers)
    for place in range(max(len(form) for form in _FORMS.values())):
        steps = ", ".join(f"{form[place](column) if place < len(form) else column} AS {column}"
                          for column, form in _FORMS.items())
        inner = f"SELECT customer_id, birth, {steps} FROM ({inner})"
    inner = _kana_apart(inner)
    for place, step in enumerate(addresses.PLACE):
        inner = f"SELECT * REPLACE ({step('place')} AS place) FROM ({inner})" if place else (
            f"SELECT *, {step('clean')} AS place, {addresses.number('clean')} AS number, "
            f"{addresses.room('clean')} AS room FROM ({inner})")
    letters = ", ".join(f"{names.letters(f'p.{c}')} AS {c}_letters" for c in ("family", "given"))
    return (f"SELECT ids.n, {letters}, {addresses.letters('p.place')} AS place_letters, "
            f"p.* EXCLUDE (clean, customer_id) REPLACE ({forms.personal_phone('p.phone')} AS phone) "
            f"FROM ({inner}) AS p JOIN ids ON ids.customer_id = p.customer_id")


def _raw(identity: str, customers: str | None) -> str:
    """The columns as read; a full name is split where its parts are not given."""
    whole = "CASE WHEN i.family_name IS NULL AND i.given_name IS NULL THEN i.full_name ELSE NULL END"
    split = "CASE WHEN whole IS NULL THEN {own} ELSE {part} END"
    sex, joined, guests = "CAST(NULL AS VARCHAR)", "", ""
    if customers:
        sex, joined = "c.gender", f"LEFT JOIN {customers} AS c ON c.customer_id = i.customer_id"
        guests = "WHERE COALESCE(c.type, '') <> 'guest'"
    family, given = (split.format(own=own, part=names.part("whole", n))
                     for n, own in enumerate(("family_name", "given_name"), 1))
    return (f"SELECT customer_id, {forms.birth('birth_date')} AS birth, {family} AS family, {given} AS given, "
            "family_kana, given_kana, company AS firm, phone, email AS mail, postal, address AS clean, sex "
            f"FROM (SELECT i.*, {whole} AS whole, {sex} AS sex FROM {identity} AS i {joined} {guests})")


def _kana_apart(inner: str) -> str:
    """A name written in kana is its own reading, and says nothing about characters; one letter says nothing."""
    parts = []
    for column in ("family", "given"):
        reading = names.is_kana(column)
        # A reading that stands in the name's own column has not been through the steps of kana.
        kana = forms.nested(names.KANA[1:], column)
        mute = f"{reading} OR regexp_full_match({column}, '[a-z]')"
        parts += [f"CASE WHEN {mute} THEN NULL ELSE {column} END AS {column}",
                  f"COALESCE({column}_kana, CASE WHEN {reading} THEN {kana} ELSE NULL END) AS {column}_kana"]
    return f"SELECT * REPLACE ({', '.join(parts)}) FROM ({inner})"


def _without_shared(engine: ReadingEngine, column: str) -> int:
    allowed = f"greatest({SHARED_BY}, (SELECT COUNT(*) FROM people) // {FILLED_IN})" if column == "birth" else SHARED_BY
    engine.execute(f"CREATE OR REPLACE TEMP TABLE shared AS SELECT {column} FROM people WHERE {column} IS NOT NULL "
                   f"GROUP BY {column} HAVING COUNT(*) > {allowed}")
    found = int(engine.rows("SELECT COUNT(*) AS n FROM shared")[0][0])
    if found:
        engine.execute(f"UPDATE people SET {column} = NULL WHERE {column} IN (SELECT {column} FROM shared)")
    return found
