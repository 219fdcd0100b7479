"""Texts brought into plain form, a batch at a time: functions from Arrow text to Arrow text that statements call.

Statements send only what is not plain already, so that ordinary cells never leave the engine.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from crmlib.intake.typed import dates, quick
from crmlib.privacy import ONE_CARD, without_cards

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.reading.raw import First

#: Of the texts of a column so many are known beforehand, if at least one cell in so many holds them.
_COMMONEST, _ONE_IN = 12, 30
#: Characters that CP932 and other encodings give different code points for; NFKC leaves them apart.
_TWINS = (("〜", "~"), ("−", "-"), ("‖", "∥"))
#: ``="001"`` and ``'001``: written so that a spreadsheet shows the text and not what it makes of it.
_GUARDS = (r'^="([^"]*)"$', r"^'([-+=@0-9])")
_CURRENCY = r"[¥\\$£€\s]|円(也|整)?$|JPY"
_MINUS = r"^[△▲−‐‑–—ー]"
#: ``¥1,280-`` and ``1,280円-``: the dash that closes an amount of yen, so that no digit can be added. It is no minus.
_CLOSED = r"((?:[¥\\]|JPY)\s*[△▲-]?[0-9][0-9,]*|[0-9]円)\s*[-‐‑–—―ー−]+(\)?)$"
#: A number whose commas, if any, stand in threes.
_NUMBER = r"^[-+]?([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3})+)?(\.[0-9]*)?([eE][-+]?[0-9]{1,2})?$"
#: Words that only count single things; a dozen or a case is not one of them.
_COUNTERS = (r"(個|コ|ヶ|ケ|点|本|枚|冊|着|足|台|箱|袋|組|セット|缶|瓶|杯|玉|束|巻|膳|対|件|回|人|名|匹|年|日|歳|才|"
             r"pcs\.?|pc\.?|ea\.?)$")
#: A rate with the words a receipt prints beside it.
_SHARE = (r"^(?:軽減|標準)?(?:税率)?\s*([0-9]+(?:\.[0-9]+)?)\s*(?:%|パーセント)\s*"
          r"(?:\(?(?:軽減|標準)(?:税率)?(?:対象)?\)?)?$")


def teach(engine: ReadingEngine) -> None:
    """Let the statements of an engine call the functions below."""
    for name, function in (("crm_nfkc", _folded), ("crm_clean", _clean), ("crm_bare", _bare), ("crm_number", _numbers),
                           ("crm_count", _counts), ("crm_share", _shares), ("crm_date", _dates),
                           ("crm_why_date", _why_dates), ("crm_no_card", _without_cards)):
        engine.add_function(name, function)


def nfkc(text: str) -> str:
    """Return one text in its NFKC form, characters that encodings disagree about made one."""
    text = unicodedata.normalize("NFKC", text)
    for these, those in _TWINS:
        text = text.replace(these, those)
    return text


def seen(cells: First, lacks: frozenset[str]) -> quick.Seen:
    """Return what the first cells of a column say of it, and what its text is known to lack."""
    common = quick.common(cells)
    forms = frequent([text for text in cells.short if not text.isascii()] or common)
    return quick.Seen(forms, common, quick.layout(cells), lacks)


def frequent(cells: Sequence[str]) -> dict[str, str | None]:
    """Return the commonest of some texts, each with its form without surrounding blanks, as ``crm_clean`` gives it."""
    import pyarrow as pa

    common = [text for text, n in Counter(cells).most_common(_COMMONEST) if n * _ONE_IN >= len(cells)]
    return dict(zip(common, _clean(pa.array(common, pa.string())).to_pylist(), strict=True))


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
    """As written without surrounding blanks and without what keeps a spreadsheet from reading it as a number.

    Missing where nothing is left.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(texts)
    for guard in _GUARDS:
        bare = pc.replace_substring_regex(bare, guard, r"\1")
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)


def _numbers(texts: Any) -> Any:
    """Currency signs, blanks and grouping taken out; missing where it is no number.

    △, ▲, brackets and a minus behind the number mean minus; ``1,280.-`` is a price without a fraction, and so is
    ``¥1,280-``.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    open_ended = pc.replace_substring_regex(texts, _CLOSED, r"\1\2")
    bare = pc.replace_substring_regex(open_ended, _CURRENCY, "")
    signed = pc.replace_substring_regex(bare, _MINUS, "-")
    round_sum = pc.replace_substring_regex(signed, r"\.-$", "")
    behind = pc.replace_substring_regex(round_sum, r"^([0-9][0-9,.]*)-$", r"-\1")
    opened = pc.replace_substring_regex(behind, r"^\(([^()-]+)\)$", r"-\1")
    fits = pc.match_substring_regex(opened, _NUMBER)
    return pc.if_else(fits, pc.replace_substring(opened, ",", ""), pa.scalar(None, pa.string()))


def _counts(texts: Any) -> Any:
    """Numbers of single things, with or without the word that counts them: ``３点``."""
    import pyarrow.compute as pc

    return _numbers(pc.replace_substring_regex(texts, rf"\s*{_COUNTERS}", ""))


def _shares(texts: Any) -> Any:
    """Numbers, and rates in per cent as a share of one: ``8%(軽減)`` is 0.08."""
    import pyarrow.compute as pc

    rates = pc.match_substring_regex(texts, _SHARE)
    told = pc.if_else(rates, pc.replace_substring_regex(texts, _SHARE, r"\1e-2"), texts)
    return _numbers(told)


def _dates(texts: Any) -> Any:
    return _each(texts, dates.spelled)


def _why_dates(texts: Any) -> Any:
    return _each(texts, dates.why_not)


def _without_cards(texts: Any) -> Any:
    """Texts with every payment card's number hidden; the few that hold a number as long are looked at."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(texts, ONE_CARD)).as_py():
        return texts
    return _each(texts, without_cards)


def _each(texts: Any, function: Callable[[str], str | None]) -> Any:
    import pyarrow as pa

    return pa.array([None if text is None else function(text) for text in texts.to_pylist()], pa.string())
