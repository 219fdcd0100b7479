"""The forms that names of people and firms are compared in.

A family name and a given name must stand apart, since families share one and not the other. Where a file holds one
column, a separator splits it, and where there is none, a list of family names does, the longest first.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal
from crmlib.intake.matching.forms import Form, filled, plain, translated

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

_HIRAGANA = "".join(chr(c) for c in range(0x3041, 0x3097))
_KATAKANA = "".join(chr(c) for c in range(0x30A1, 0x30F7))
#: Kana that bank and till systems write large or alike, so that both spellings are one.
_ALIKE = ("ァィゥェォッャュョヮヵヶヂヅヲヴ", "アイウエオツヤユヨワカケジズオブ")
_ENDINGS = "(様|さま|御中|殿|各位|先生)$"
#: What says that a name is a firm's; the rest is the name it is known by.
_FIRMS = (r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|"
          r"社団法人|財団法人|医療法人社団|医療法人|社会福祉法人|学校法人|宗教法人|特定非営利活動法人|npo法人|"
          r"\(株\)|\(有\)|\(同\)|\(資\)|\(医\)|"
          r"\bco\.?,? ?ltd\b\.?|\binc\b\.?|\bcorp(oration)?\b\.?|\bllc\b\.?|\bltd\b\.?|\bk\.k\.|\bgmbh\b|\bplc\b")
_CJK = re.compile(r"^[\u3400-\u9fff々〆ヶ\U00020000-\U0003ffff\u3040-\u30ff]+$")
_SEPARATORS = re.compile(r"[\s・,、/]+")


def teach(engine: ReadingEngine) -> None:
    """Let the statements of an engine split full names."""
    engine.add_function("crm_split_name", _split_all)


@cache
def variants() -> tuple[str, str]:
    """Return old and variant characters, and the usual one for each, in the same order."""
    groups = Path(__file__).with_name("variants.txt").read_text(encoding="utf-8").split()
    pairs = [(other, group[0]) for group in groups for other in group[1:]]
    return "".join(p[0] for p in pairs), "".join(p[1] for p in pairs)


@cache
def surnames() -> frozenset[str]:
    """Return frequent family names, in the usual characters."""
    usual = str.maketrans(*variants())
    return frozenset(Path(__file__).with_name("surnames.txt").read_text(encoding="utf-8").translate(usual).split())


def _unaddressed(text: str) -> str:
    return f"regexp_replace(regexp_replace({text}, '[\\s・.]+', '', 'g'), '{_ENDINGS}', '')"


#: A name without blanks and forms of address, in the usual characters.
PERSON: Form = (plain, _unaddressed, translated(*variants()), filled)


def _unmarked(text: str) -> str:
    return f"regexp_replace({text}, '[\\sー・-]+', '', 'g')"


#: Katakana without blanks and length marks, small characters large.
KANA: Form = (plain, _unmarked, translated(_HIRAGANA + _ALIKE[0],
                                           _KATAKANA.translate(str.maketrans(*_ALIKE)) + _ALIKE[1]), filled)


def is_kana(text: str) -> str:
    """Whether a name is written in kana only."""
    return f"regexp_full_match({text}, '[\\x{{3041}}-\\x{{309F}}\\x{{30A0}}-\\x{{30FF}}]+')"


def letters(text: str) -> str:
    """A name that is written in letters."""
    return f"CASE WHEN regexp_full_match({text}, '[a-zà-ÿ'' -]+') THEN {text} ELSE NULL END"


def _unformed(text: str) -> str:
    return f"regexp_replace(regexp_replace({text}, '{_FIRMS}|御中$', '', 'g'), '[\\s・.,]+', '', 'g')"


#: The name a firm is known by, its legal form taken off.
FIRM: Form = (plain, _unformed, translated(*variants()), filled)


def firm_kind(text: str) -> str:
    """The legal form of a firm as it is written, where there is one."""
    return f"NULLIF(regexp_extract({plain(text)}, '{_FIRMS}'), '')"


def part(full: str, place: int) -> str:
    """The family name (1) or the given name (2) of a full name, where it can be split."""
    return f"NULLIF(split_part(crm_split_name({full}), {literal(chr(31))}, {place}), '')"


def _split_all(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array([None if t is None else chr(31).join(split(t)) for t in texts.to_pylist()], pa.string())


@lru_cache(maxsize=200_000)
def split(full: str) -> tuple[str, str]:
    """Return family and given name of a full name; both empty where nothing tells them apart."""
    from crmlib.intake.typed.texts import nfkc

    bare = re.sub(_ENDINGS, "", nfkc(full).strip()).strip()
    words = [w for w in _SEPARATORS.split(bare) if w]
    if len(words) == 2:
        return _ordered(words[0], words[1], "," in bare)
    return _by_list(words[0]) if len(words) == 1 and _CJK.match(words[0]) else ("", "")


def _ordered(first: str, second: str, comma: bool) -> tuple[str, str]:
    """Japanese puts the family first; in letters it comes last unless capitals or a comma say otherwise."""
    western = first.isascii() and second.isascii() and not comma and not (first.isupper() and not second.isupper())
    return (second, first) if western else (first, second)


def _by_list(name: str) -> tuple[str, str]:
    usual = name.translate(str.maketrans(*variants()))
    for length in range(min(5, len(name) - 1), 0, -1):
        if usual[:length] in surnames():
            return name[:length], name[length:]
    return "", ""
