"""The forms that phones, mails, postal codes and birthdays are compared in: expressions of the engine.

A form is a row of steps, each from the name of a column to an expression. One step a query keeps the engine from
working a long expression out twice. The end is text to compare, or nothing where the value says nothing about a
person; what is stored stays as it was written.
"""

from __future__ import annotations

from collections.abc import Callable

from crmlib.engine.duck import literal

#: Days that systems fill in when nobody was asked.
DUMMY_DAYS = ("1900-01-01", "1901-01-01", "1970-01-01", "9999-12-31")
#: Mailboxes that systems or staff fill in when nobody gave one.
_NOBODY = "^(none|null|nomail|no-?reply|dummy|test|sample|info|unknown|a{3,}|x{3,}|nashi|なし)@"
#: Endings people mistype, and what they meant; used to compare and to count, never to store.
_MISTYPED = (("(gmail|hotmail|outlook|icloud|yahoo)\\.(con|cmo|comm|om|cim)$", "\\1.com"),
             ("(gmial|gmai|gamil|gnail)\\.com$", "gmail.com"),
             ("(docomo|ezweb|softbank|au)\\.(jp|ne|ne\\.jo|en\\.jp|nejp|ne\\.co\\.jp)$", "\\1.ne.jp"),
             ("yahoo\\.(co|co\\.jo|cojp|ne\\.jp)$", "yahoo.co.jp"))
_DUMMY_PHONES = "(0{7}|1{7}|9{7}|12345678)"
_MALE = ("男", "男性", "m", "male", "1")
_FEMALE = ("女", "女性", "f", "female", "2")


Form = tuple[Callable[[str], str], ...]


def plain(text: str) -> str:
    """NFKC in lower case; only what is not plain already goes to the function."""
    return f"lower(CASE WHEN regexp_full_match({text}, '[ -~]*') THEN {text} ELSE crm_nfkc({text}) END)"


def translated(these: str, those: str) -> Callable[[str], str]:
    """Return a step that replaces characters where there are any: the engine's ``translate`` is slow."""
    return lambda text: (f"CASE WHEN regexp_matches({text}, {literal(f'[{these}]')}) "
                         f"THEN translate({text}, {literal(these)}, {literal(those)}) ELSE {text} END")


def filled(text: str) -> str:
    """Nothing for empty text."""
    return f"NULLIF({text}, '')"


def _home(text: str) -> str:
    return (f"regexp_replace(regexp_replace({text}, '[^0-9]', '', 'g'), "
            "'^(0081|81)0?([1-9][0-9]{8,9})$', '0\\2')")


def _dialled(digits: str) -> str:
    return (f"CASE WHEN regexp_matches({digits}, '{_DUMMY_PHONES}') THEN NULL "
            f"WHEN regexp_full_match({digits}, '0[1-9][0-9]{{8,9}}') THEN {digits} "
            f"WHEN regexp_full_match({digits}, '[789]0[0-9]{{8}}|[1-9][0-9]{{8}}') THEN '0' || {digits} "
            f"WHEN regexp_full_match({digits}, '[1-9][0-9]{{9,14}}') THEN {digits} ELSE NULL END")


#: Digits as dialled at home: the zero that a spreadsheet lost is back, +81 is gone, dummies are nothing.
PHONE: Form = (plain, _home, _dialled)


def phone_kind(number: str) -> str:
    """What a number in the form of `PHONE` is: mobile, toll_free, shared_cost, ip, landline or foreign."""
    return (f"CASE WHEN {number} IS NULL THEN NULL WHEN regexp_full_match({number}, '0[789]0[0-9]{{8}}') "
            f"THEN 'mobile' WHEN regexp_matches({number}, '^(0120|0800)') THEN 'toll_free' "
            f"WHEN regexp_matches({number}, '^0570') THEN 'shared_cost' WHEN regexp_matches({number}, '^050') "
            f"THEN 'ip' WHEN regexp_matches({number}, '^0') THEN 'landline' ELSE 'foreign' END")


def personal_phone(number: str) -> str:
    """A number that may be a person's: not one that a firm pays for."""
    return f"CASE WHEN regexp_matches({number}, '^(0120|0800|0570)') THEN NULL ELSE {number} END"


def _mailbox(text: str) -> str:
    return f"regexp_replace({text}, '^mailto:|[\\s,;。、]+', '', 'g')"


def _ending(text: str) -> str:
    bare = text
    for these, that in _MISTYPED:
        bare = f"regexp_replace({bare}, '@{these}', '@{that}')"
    ends = "|".join(f"@{these}" for these, _ in _MISTYPED)
    return f"CASE WHEN regexp_matches({text}, '{ends}') THEN {bare} ELSE {text} END"


def _somebody(text: str) -> str:
    return (f"CASE WHEN regexp_full_match({text}, '[^@]+@[^@]+\\.[a-z0-9-]+') "
            f"AND NOT regexp_matches({text}, '{_NOBODY}') THEN {text} ELSE NULL END")


#: A mailbox in lower case, slips in well-known endings undone; dots stay, since old carriers count them.
MAIL: Form = (plain, _mailbox, _ending, _somebody)


def mail_mistyped(text: str) -> str:
    """Whether the ending of a mailbox is a well-known slip, so that mail to it does not arrive."""
    ends = "|".join(f"@{these}" for these, _ in _MISTYPED)
    return f"regexp_matches(trim({plain(text)}), '{ends}')"


def _code(text: str) -> str:
    return f"upper(regexp_replace({text}, '[^0-9a-z]', '', 'g'))"


def _seven(code: str) -> str:
    return (f"CASE WHEN regexp_full_match({code}, '0*') THEN NULL "
            f"WHEN regexp_full_match({code}, '[0-9]{{7}}') THEN {code} "
            f"WHEN regexp_full_match({code}, '[0-9]{{6}}') THEN '0' || {code} "
            f"WHEN regexp_full_match({code}, '[0-9A-Z]{{4,10}}') THEN {code} ELSE NULL END")


#: Seven digits, the zero that a spreadsheet lost back in front; other countries' codes in capitals.
POSTAL: Form = (plain, _code, _seven)


def birth(day: str) -> str:
    """A birthday that somebody gave."""
    dummies = ", ".join(f"DATE {literal(d)}" for d in DUMMY_DAYS)
    return f"CASE WHEN {day} IN ({dummies}) THEN NULL ELSE {day} END"


def _sex(code: str) -> str:
    male, female = (", ".join(literal(word) for word in words) for words in (_MALE, _FEMALE))
    return f"CASE WHEN {code} IN ({male}) THEN 'm' WHEN {code} IN ({female}) THEN 'f' ELSE NULL END"


#: ``m`` or ``f`` where a code says so.
SEX: Form = (plain, _sex)


def nested(form: Form, text: str) -> str:
    """Return all steps of a form as one expression, for a few values."""
    for step in form:
        text = step(text)
    return text
