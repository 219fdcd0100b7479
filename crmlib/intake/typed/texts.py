"""Texts brought into plain form, a batch at a time: functions from Arrow text to Arrow text that statements call.

Statements send only what is not plain already, so that ordinary cells never leave the engine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Characters that CP932 and other encodings give different code points for; NFKC leaves them apart.
_TWINS = (("〜", "~"), ("−", "-"), ("‖", "∥"))
_CURRENCY = r"[¥\\$£€\s]|円$|^JPY"
_MINUS = r"^[△▲−‐‑–—ー]"
#: A number whose commas, if any, stand in threes.
_NUMBER = r"^[-+]?([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3})+)?(\.[0-9]*)?([eE][-+]?[0-9]{1,2})?$"
_STARTS = {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}
_ERAS = _STARTS | dict(zip(("明治", "大正", "昭和", "平成", "令和"), _STARTS.values(), strict=True))
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHRmtshr])\.?\s*(\d{1,2}|元)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*"
                  r"(\d{1,2})\s*日?(.*)")
_WEEKDAY = re.compile(r"\([月火水木金土日]\)")
_SPELLINGS = tuple((re.compile(pattern), by) for pattern, by in (
    (r"^(\d{4})\s*[年.]\s*(\d{1,2})\s*[月.]\s*(\d{1,2})\s*日?", r"\1-\2-\3 "),
    (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
    (r"^(\d{4})(\d{2})(\d{2})[ T]?(\d{2})(\d{2})(\d{2})$", r"\1-\2-\3 \4:\5:\6"),
    (r"(\d{1,2})時\s*(\d{1,2})分\s*(\d{1,2})秒", r"\1:\2:\3"),
    (r"(\d{1,2})時\s*(\d{1,2})分", r"\1:\2"),
    (r"(\d{1,2})時$", r"\1:00"),
))


def teach(engine: ReadingEngine) -> None:
    """Let the statements of an engine call the functions below."""
    for name, function in (("crm_nfkc", _folded), ("crm_clean", _clean), ("crm_bare", _bare), ("crm_number", _numbers),
                           ("crm_date", _dates)):
        engine.add_function(name, function)


def nfkc(text: str) -> str:
    """Return one text in its NFKC form, characters that encodings disagree about made one."""
    text = unicodedata.normalize("NFKC", text)
    for these, those in _TWINS:
        text = text.replace(these, those)
    return text


def _folded(texts: Any) -> Any:
    import pyarrow.compute as pc

    found = pc.utf8_normalize(texts, form="NFKC")
    for these, those in _TWINS:
        found = pc.replace_substring(found, these, those)
    return found


def _clean(texts: Any) -> Any:
    """NFKC without surrounding blanks; missing where nothing is left."""
    return _bare(_folded(texts))


def _bare(texts: Any) -> Any:
    """As written without surrounding blanks; missing where nothing is left."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)


def _numbers(texts: Any) -> Any:
    """Currency signs, blanks and grouping taken out; △, ▲ and brackets mean minus; missing where it is no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.replace_substring_regex(texts, _CURRENCY, "")
    signed = pc.replace_substring_regex(bare, _MINUS, "-")
    opened = pc.replace_substring_regex(signed, r"^\((.+)\)$", r"-\1")
    fits = pc.match_substring_regex(opened, _NUMBER)
    return pc.if_else(fits, pc.replace_substring(opened, ",", ""), pa.scalar(None, pa.string()))


def _dates(texts: Any) -> Any:
    import pyarrow as pa

    return pa.array([None if text is None else spelled(text) for text in texts.to_pylist()], pa.string())


@lru_cache(maxsize=100_000)
def spelled(text: str) -> str:
    """Return a date or time as ``Y-M-D H:M:S``, read from eras, 年月日, dots or bare digits; else as it is."""
    text = _WEEKDAY.sub("", text).strip()
    era = _ERA.match(text)
    if era:
        year = _ERAS[era[1].upper()] + (1 if era[2] == "元" else int(era[2]))
        text = f"{year}-{era[3]}-{era[4]} {era[5]}".strip()
    for pattern, by in _SPELLINGS:
        text = pattern.sub(by, text)
    return text.strip()
