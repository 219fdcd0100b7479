"""What all charts share: scales with their unit, labels with room for them, a bare frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.text.formats import grouped, missing, trimmed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

CURRENCY_LENGTH = 3
#: Column that tells which rows are hidden because few people stand behind them, and what is written in their place.
HIDDEN, MARK = "suppressed", "\u2013"
LINE_HEIGHT = 1.15
CLOSING = "、。）」』・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
#: A word of Japanese longer than so many characters may be broken anywhere.
LONGEST = 16
#: Where Japanese breaks: behind a particle or a mark, before a bracket, a number or 以上, between katakana and kanji.
BETWEEN_WORDS = re.compile("|".join((
    "(?<=[のにをはがでともへやなたてる])(?=[一-鿿ァ-ヶ0-9A-Za-z])", "(?<=[ァ-ヶー])(?=[一-鿿])",
    "(?<=[一-鿿])(?=[ァ-ヶ0-9A-Za-z])", "(?<=[A-Za-z])(?=[一-鿿ァ-ヶ])",
    "(?<=[、。）」』］・〜： ])(?=[^、。）」』］・])", "(?<=[^（「『［])(?=[（「『［])",
    "(?<=.)(?=以[上下内降前]|未満)")))


@dataclass(frozen=True)
class Scale:
    """A column of numbers as they stand on an axis, the word of their unit, and how a tick is written."""

    numbers: list[float]
    unit: str
    tick: Callable[[float], str]


def numbers(frame: pd.DataFrame, column: str) -> list[float]:
    """Return a column as floats; what is missing becomes NaN."""
    return [float("nan") if missing(value) else float(value) for value in frame[column]]


def hidden(frame: pd.DataFrame, column: str) -> list[bool]:
    """Tell of each row whether its number is hidden because few people stand behind it, not merely unknown."""
    if HIDDEN not in frame.columns:
        return [False] * len(frame)
    return [bool(small) and missing(value) for small, value in zip(frame[HIDDEN], frame[column], strict=True)]


def mark_hidden(ax: Axes, places: Sequence[float], gap: float = 4.0) -> None:
    """Write the sign of a hidden number at the foot of an upright chart."""
    for place in places:
        ax.annotate(MARK, (place, 0), xycoords=("data", "axes fraction"), xytext=(0, gap), textcoords="offset points",
                    ha="center", va="bottom", color=theme.GREY, annotation_clip=False)


def end_label(value: Any, unit: str, scale: Scale, words: Text) -> str:
    """Write the number at the end of a bar as sentences and cards do, without the unit the axis already says."""
    number, word = words.parts(value, unit)
    forms = words.formats
    said_once = not word and scale.unit in (forms.symbol.strip(), forms.words["currencies"].get(forms.currency))
    return (number.replace(forms.symbol, "") if said_once
            else number if word == scale.unit else words.brief(value, unit))


def scaled(frame: pd.DataFrame, columns: Sequence[str], unit: str, words: Text) -> Scale:
    """Bring one or several columns to the scale of an axis, all with the same divisor."""
    values = [v for column in columns for v in numbers(frame, column)]
    known = [abs(v) for v in values if v == v]
    top = max(known, default=0.0)
    if unit in ("ratio", "difference"):
        sign = "%" if unit == "ratio" else words.parts(0, unit)[1]
        return Scale([v * 100 for v in values], sign, _plain_tick)
    if unit == "money" or (len(unit) == CURRENCY_LENGTH and unit.isupper()):
        minor = Decimal(10) ** words.decimals if unit == "money" else Decimal(1)
        divisor, word = words.formats.axis(Decimal(str(top)) / minor)
        return Scale([v / float(divisor * minor) for v in values], word, _plain_tick)
    return Scale(values, "" if unit in ("count", "index", "score") else words.parts(2, unit)[1], _plain_tick)


def _plain_tick(value: float) -> str:
    number = Decimal(repr(round(float(value), 6)))
    return grouped(number) if number == number.to_integral_value() else trimmed(number)


def coded(frame: pd.DataFrame, column: str, words: Text) -> list[str]:
    """Return a column's codes as words; months become short dates."""
    return [said(column, value, words) for value in frame[column]]


def said(column: str, value: Any, words: Text) -> str:
    """Return the word of one code, or the written form of a month."""
    text = str(value)
    if len(text) == len("2026-10") and text[4] == "-" and text[:4].isdigit():
        return words.formats.write(text, "month_axis")
    return words.code(column, value)


def width_of(text: str) -> float:
    """Return about how many points a line of text takes; the widest line counts."""
    lines = [sum(1.0 if ord(c) > 0x2E7F else 0.58 for c in line) for line in text.split("\n")]
    return max(lines) * theme.TEXT_SIZE


def folded(text: str, limit: float = 11.0) -> str:
    """Break a label into lines of about equal length, none longer than ``limit`` characters of full width.

    Two words with a middle dot between them break there. Words with spaces between them stay whole; where one alone is
    too long, Japanese breaks between its words (``words_in``).
    """
    whole = width_of(text) / theme.TEXT_SIZE
    if whole <= limit:
        return text
    halves = re.findall(r".+?・|.+$", text)
    if len(halves) == 2 and all(width_of(half) <= limit * theme.TEXT_SIZE for half in halves):
        return "\n".join(halves)
    fits = " " in text and all(width_of(word) <= limit * theme.TEXT_SIZE for word in text.split(" "))
    pieces = re.findall(r"[^ ]+ ?", text) if fits else words_in(text)
    # Names with a space in them fill their lines; otherwise lines come out equal.
    if fits and not text.isascii():
        return "\n".join(_lines(pieces, limit))
    few = len(_lines(pieces, limit))
    steps = (whole / few + step / 2 for step in range(int(2 * limit)))
    return "\n".join(next(lines for lines in (_lines(pieces, step) for step in steps) if len(lines) <= few))


def words_in(text: str) -> list[str]:
    """Return the pieces a text may be broken into: Latin by its spaces, Japanese where a reader would.

    Only what is too long for any label breaks anywhere, but not before a closing and after an opening mark.
    """
    words = [word for part in re.findall(r"[^ ]+ ?", text) for word in BETWEEN_WORDS.split(part)]
    return [piece for word in words for piece in (
        [word] if word.isascii() or len(word) <= LONGEST else re.findall(r"[!-~]+|[（「『［]?.", word))]


def _lines(pieces: Sequence[str], target: float) -> list[str]:
    """Return pieces of a text as lines of about a length; no line begins with a closing mark."""
    lines = [""]
    for piece in pieces:
        if lines[-1] and width_of(lines[-1] + piece.rstrip()) > (target + 0.6) * theme.TEXT_SIZE and (
                piece not in CLOSING):
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def bare(ax: Axes, *keep: str) -> Axes:
    """Take away the frame but for the spines named."""
    for name, spine in ax.spines.items():
        spine.set_visible(name in keep)
    return ax


def name_rows(ax: Axes, names: Sequence[str], weights: Sequence[str] = (), first: float = 0.0) -> None:
    """Write the names of rows beside them, the first at ``first``, each line of a long one ending at the axis.

    Matplotlib places the lines of one label by its own measure of their width, which the reader's font does not have.
    """
    places = [first + n for n in range(len(names))]
    ax.set_yticks(places, ["" if "\n" in name else name for name in names])
    for place, tick, name, weight in zip(places, ax.get_yticklabels(), names, weights or ["normal"] * len(names),
                                         strict=True):
        tick.set_color(theme.INK)
        tick.set_fontweight(weight)
        lines = name.split("\n")
        for i, text in enumerate(lines if len(lines) > 1 else ()):
            down = ((len(lines) - 1) / 2 - i) * theme.TEXT_SIZE * LINE_HEIGHT
            ax.annotate(text, (0, place), xycoords=("axes fraction", "data"), xytext=(-6, down),
                        textcoords="offset points", ha="right", va="center", fontweight=weight, color=theme.INK,
                        annotation_clip=False)


def fit_height(ax: Axes, names: Sequence[str], *, row: float = 31.0, extra: float = 0.0) -> None:
    """Give the canvas the height its rows need, so that bars are equally thick all through a report.

    A canvas that holds other axes too is left as it is.
    """
    from matplotlib.figure import Figure

    figure = ax.figure
    if not isinstance(figure, Figure) or len(figure.axes) != 1:
        return
    lines = max((name.count("\n") + 1 for name in names), default=1)
    each = max(row, lines * theme.TEXT_SIZE * 1.2 + 7)
    figure.set_size_inches(theme.WIDTH / 72, (len(names) * each + extra + 8) / 72)


def value_axis(ax: Axes, scale: Scale, words: Text) -> None:
    """Give an upright axis few ticks, faint lines, and its unit above it."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=scale.unit in _whole(words)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: scale.tick(value)))
    ax.grid(axis="y")
    bare(ax, "bottom")
    if scale.unit:
        ax.annotate(scale.unit, (0, 1), xycoords="axes fraction", xytext=(-6, 12), textcoords="offset points",
                    ha="right" if width_of(scale.unit) < 2.2 * theme.TEXT_SIZE else "center", va="bottom",
                    color=theme.GREY)


def _whole(words: Text) -> tuple[str, ...]:
    return tuple(words.parts(2, unit)[1] for unit in ("customers", "orders", "rows", "responses"))


def is_accent(value: Any, accent: Any) -> bool:
    """Tell whether a label carries the message; with no accent named, all do."""
    if accent is None:
        return True
    return value in accent if isinstance(accent, (tuple, list, set, frozenset)) else value == accent


def colour_of(value: Any, accent: Any) -> str:
    """Return the accent for the message, grey for its context."""
    return theme.ACCENT if is_accent(value, accent) else theme.CONTEXT


def weight_of(value: Any, accent: Any) -> str:
    """Return bold for the message when there is something it stands out from."""
    return "bold" if accent is not None and is_accent(value, accent) else "normal"
