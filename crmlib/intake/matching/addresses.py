"""The forms that addresses are compared in: the place down to the house number, the number, the room.

``東京都港区芝三丁目四番五号 コーポ302`` and ``港区芝3-4-5-302`` are both ``港区芝3-4-5`` with the room ``302``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal
from crmlib.intake.matching.forms import Form, plain, translated
from crmlib.intake.matching.names import variants

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

_PREFECTURE = r"^\s*(〒?\s*\d{3}-?\d{4}\s+)?(北海道|東京都|京都府|大阪府|神奈川県|和歌山県|鹿児島県|[^\s\d]{2}県)?\s*"
_HYPHENS = r"[-‐‑‒–—―−ーｰ]"
_UNITS = rf"(\d)\s*(丁目|番地の|番地|番|号|{_HYPHENS}|の)\s*"
_NUMERALS = "[〇一二三四五六七八九十百]+(丁目|番地|番|号|条)"
_COUNTED = re.compile(_NUMERALS.replace("(", "(?=").replace("+(?=", "+)(?=").replace("[", "([", 1))
_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")}
_SPELLINGS = ("ヶヵ之", "ケカの")


def teach(engine: ReadingEngine) -> None:
    """Let the statements of an engine read numbers written out in characters."""
    engine.add_function("crm_counted", _counted_all)


def _local(text: str) -> str:
    return f"regexp_replace({text}, {literal(_PREFECTURE)}, '')"


def _digits(text: str) -> str:
    return f"CASE WHEN regexp_matches({text}, '{_NUMERALS}') THEN crm_counted({text}) ELSE {text} END"


def _joined(text: str) -> str:
    return f"regexp_replace({text}, '{_UNITS}', '\\1-', 'g')"


#: An address without postal code and prefecture, every unit between its numbers a hyphen, in the usual characters.
CLEAN: Form = (plain, _local, _digits, _joined,
               translated(variants()[0] + _SPELLINGS[0], variants()[1] + _SPELLINGS[1]))


def _upto(clean: str) -> str:
    upto = (f"COALESCE(NULLIF(regexp_extract({clean}, '^.*?[0-9]+(-[0-9]+){{1,2}}'), ''), "
            f"regexp_extract({clean}, '^.*?[0-9]+'))")
    return f"CASE WHEN regexp_matches({clean}, '[^ -~]') THEN {upto} ELSE {clean} END"


def _bare(text: str) -> str:
    return f"regexp_replace({text}, '[\\s,.''()]+|大字|字', '', 'g')"


def _somewhere(text: str) -> str:
    return f"CASE WHEN length({text}) >= 5 AND regexp_matches({text}, '[0-9]') THEN {text} ELSE NULL END"


#: Of a clean address, from the town to the house number; nothing without a number: a town is nobody's address.
PLACE: Form = (_upto, _bare, _somewhere)


def number(clean: str) -> str:
    """The house number, such as ``1-2-3``."""
    return (f"COALESCE(NULLIF(regexp_extract({clean}, '[0-9]+(-[0-9]+){{1,2}}'), ''), "
            f"NULLIF(regexp_extract({clean}, '[0-9]+'), ''))")


def letters(place: str) -> str:
    """A place that is written in letters, long enough to hold a slip."""
    return f"CASE WHEN regexp_full_match({place}, '[ -~]{{12,}}') THEN {place} ELSE NULL END"


def room(clean: str) -> str:
    """The number behind the house number: a flat of a building."""
    return (f"COALESCE(NULLIF(regexp_extract({clean}, '[0-9]+-[0-9]+-[0-9]+[^0-9]+([0-9]+)', 1), ''), "
            f"NULLIF(regexp_extract({clean}, '[0-9]+-[0-9]+[^0-9-][^0-9]*([0-9]+)', 1), ''))")


def _counted_all(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array([None if t is None else counted(t) for t in texts.to_pylist()], pa.string())


@lru_cache(maxsize=100_000)
def counted(text: str) -> str:
    """Return an address with the numbers before 丁目, 番, 号 and 条 in digits."""
    return _COUNTED.sub(lambda found: str(_value(found[1])), text)


def _value(word: str) -> int:
    """Return the number that characters up to 百 write."""
    if not set(word) & {"十", "百"}:
        return int("".join(str(_DIGITS[c]) for c in word))
    total, one = 0, 0
    for character in word:
        if character in _DIGITS:
            one = _DIGITS[character]
        else:
            total, one = total + max(one, 1) * (10 if character == "十" else 100), 0
    return total + one
