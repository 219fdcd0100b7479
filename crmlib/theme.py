"""How pages and charts look: one palette, one chart style, one way to a reproducible SVG.

The style is a context, never a global. Japanese text stays text in the SVG (``svg.fonttype: none``): the
reader's own fonts draw it. The layout is measured with DejaVu Sans (in matplotlib; wider than the letters of
any system font, so that nothing is cut off) and, for Japanese, IPAexGothic out of the package
matplotlib-fontja, so that it is the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GREY, RULE, PAPER, WASH = "#1f2933", "#616e7c", "#e4e7eb", "#ffffff", "#f5f7fa"
ACCENT, GOOD, BAD, NOTE = "#1f4e8c", "#1b7f5c", "#b23a48", "#8a5a00"
#: Bars and lines that are context, not message.
CONTEXT, FAINT = "#9aa5b1", "#cbd2d9"
#: Not #000000, which matplotlib leaves out of an SVG: the text would take the ink of the root.
BLACK = "#010101"
LOW, HIGH = "#e8eef6", "#1f4e8c"
CATEGORIES = ("#1f4e8c", "#d98200", "#1b7f5c", "#b23a48", "#6b4fa0", "#5c6773")
FONT_STACK = '"Hiragino Sans","Noto Sans CJK JP","Yu Gothic UI",Meiryo,sans-serif'
#: Every chart is this many points wide, so that its text has 12 px or more on a phone of 380 px.
WIDTH, TEXT_SIZE = 400.0, 13.5
FONT = "IPAexGothic"
_POINTS = 72.0


@cache
def font_path() -> Path | None:
    """Return the font file the layout is measured with, without importing the package it comes in."""
    from importlib.util import find_spec

    spec = find_spec("matplotlib_fontja")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "fonts" / "ipaexg.ttf"
    return path if path.is_file() else None


def font_available() -> bool:
    """Tell whether charts can be laid out with Japanese text."""
    return font_path() is not None


@cache
def _register_font() -> None:
    from matplotlib import font_manager

    path = font_path()
    if path is None:
        raise CrmError("pages.no_font", package="matplotlib-fontja")
    known = font_manager.fontManager.ttflist
    if all(entry.name != FONT for entry in known):
        font_manager.fontManager.addfont(str(path))
    # The font has one weight; readers' fonts have a bold, so the same file measures both.
    entry = next(entry for entry in known if entry.name == FONT)
    known.append(replace(entry, weight=700))


def _rules() -> dict[str, Any]:
    return {
        "svg.fonttype": "none", "font.family": ["DejaVu Sans", FONT], "font.size": TEXT_SIZE,
        "axes.unicode_minus": True, "axes.edgecolor": CONTEXT, "axes.labelcolor": GREY, "axes.labelsize": TEXT_SIZE,
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 1.0, "axes.axisbelow": True,
        "axes.facecolor": "none", "figure.facecolor": "none", "text.color": INK,
        "xtick.color": GREY, "ytick.color": GREY, "xtick.labelsize": TEXT_SIZE, "ytick.labelsize": TEXT_SIZE,
        "xtick.major.size": 0, "ytick.major.size": 0, "xtick.major.pad": 5, "ytick.major.pad": 6,
        "grid.color": RULE, "grid.linewidth": 1.0, "lines.linewidth": 2.2, "lines.solid_capstyle": "round",
        "patch.linewidth": 0, "hatch.linewidth": 0.8, "hatch.color": CONTEXT, "path.simplify": False,
        "figure.constrained_layout.h_pad": 0.03, "figure.constrained_layout.w_pad": 0.03,
    }


@contextmanager
def style(key: str = "figure") -> Iterator[None]:
    """Apply the chart style for the length of a ``with`` block.

    Parameters
    ----------
    key : str
        Salt of the ids in an SVG saved inside the block.

    Raises
    ------
    CrmError
        ``pages.no_font`` when matplotlib-fontja is not installed.
    """
    import matplotlib as mpl

    _register_font()
    rules: Any = {**_rules(), "svg.hashsalt": key}
    with mpl.rc_context(rules):
        yield


def draw_svg(draw: Callable[[Axes], Any], key: str, size: tuple[float, float] = (7.2, 3.6)) -> str:
    """Draw on a fresh canvas and return an SVG element that may stand in a page.

    Parameters
    ----------
    draw : callable
        Gets the Axes.
    key : str
        Prefix of all ids, unique on the page.
    size : tuple of float
        Only the proportion counts; the canvas is always ``WIDTH`` points wide.

    Returns
    -------
    str
        ``<svg viewBox=… >``: text as text, no fixed width, no date, no link, no style element.
    """
    from matplotlib.figure import Figure

    width, height = WIDTH / _POINTS, WIDTH / _POINTS * size[1] / size[0]
    with style(key):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        svg = _written(figure)
    return clean_svg(svg, key)


def _written(figure: Figure) -> str:
    """Draw a figure once, by one renderer: saving it takes one to reckon the layout and another to draw."""
    import io

    from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG

    target = io.StringIO()
    none = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.dpi, (width, height) = _POINTS, figure.get_size_inches() * _POINTS
    renderer = RendererSVG(width, height, target, metadata=none)

    class Canvas(FigureCanvasSVG):
        """Lets the layout be reckoned by what draws."""

        def get_renderer(self) -> RendererSVG:
            """Return it."""
            return renderer

    Canvas(figure)
    figure.draw(renderer)
    renderer.finalize()
    return target.getvalue()


def clean_svg(svg: str, key: str) -> str:
    """Take out of matplotlib's SVG whatever has no place inside a page, and number the ids that are used.

    Metadata, styles, name spaces, invisible shapes and empty groups go; coordinates keep one decimal, a tenth
    of a point; the font is the page's.
    """
    from xml.etree import ElementTree

    reader: Any = ElementTree.XMLPullParser(("start",))
    reader.feed(svg[svg.index("<svg"):])
    reader.close()
    root = next(node for _, node in reader.read_events())
    used = set(re.findall(r"#([\w-]+)", svg))
    given = [node.get("id") for node in root.iter() if node.get("id") in used]
    # Numbers in order of appearance: matplotlib's hashes are long, and change with the smallest coordinate.
    short = {name: f"{key}-{i}" for i, name in enumerate(given, start=1)}
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        node.text = node.text if node.text and node.text.strip() else None
        node.tail = None
        _tidy(node, short)
    while _prune(root):
        pass
    # Width and ground are for places without our style sheet (JupyterLab, also in the dark).
    root.attrib = {"viewBox": root.get("viewBox", ""), "width": f"{WIDTH * 1.2:.0f}", "style": f"background: {PAPER}",
                   "font-size": f"{TEXT_SIZE}", "fill": INK, "stroke-linejoin": "round", "stroke-linecap": "butt"}
    return ElementTree.tostring(root, encoding="unicode")


_NUMBER = re.compile(r"-?\d+\.\d+")
#: Rules that every element inherits from the root, or that are the default.
_ROOT_RULES = (("fill", INK), ("font-size", f"{TEXT_SIZE}px"), ("text-anchor", "start"), ("stroke-linejoin", "round"))
_DROPPED = ("metadata", "style", "title")


def _one_decimal(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _tidy(node: Any, short: dict[str, str]) -> None:
    """Shorten one element's attributes; ids, and what points to them, by the names of ``short``."""
    kept: dict[str, str] = {}
    for long_name, value in node.attrib.items():
        name = long_name.rpartition("}")[2]
        if name == "id" and value not in short:
            continue
        if name == "style":
            kept.update(_style(value))
        elif name == "transform" and value.startswith("rotate(-0 "):
            continue
        else:
            kept[name] = value
    for name, value in kept.items():
        if name == "id":
            kept[name] = short[value]
        elif name in ("href", "clip-path"):
            kept[name] = re.sub(r"#([\w-]+)", lambda match: f"#{short.get(match[1], match[1])}", value)
        else:
            kept[name] = _NUMBER.sub(_one_decimal, re.sub(r"\s+", " ", value).strip())
    node.attrib = kept


def _style(rules: str) -> Iterator[tuple[str, str]]:
    """Give the rules of a style attribute as presentation attributes, without the defaults set on the root."""
    for rule in rules.split(";"):
        name, _, value = (part.strip() for part in rule.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            if re.match(r"bold|[6-9]00", value):
                yield "font-weight", "700"
            if size and float(size[1]) != TEXT_SIZE:
                yield "font-size", size[1]
        elif name and name != "font-family" and (name, value) not in _ROOT_RULES:
            yield name, value


def _prune(root: Any) -> bool:
    """Remove what draws nothing and unwrap groups that say nothing; tell whether anything went."""
    changed = False
    for parent in list(root.iter()):
        kept: list[Any] = []
        for node in parent:
            if _draws_nothing(node):
                changed = True
            elif node.tag == "g" and not node.attrib:
                kept.extend(node)
                changed = True
            else:
                kept.append(node)
        parent[:] = kept
    return changed


def _draws_nothing(node: Any) -> bool:
    if node.tag in _DROPPED or (node.tag in ("g", "defs") and len(node) == 0):
        return True
    unseen = node.get("stroke") in (None, "none", PAPER)
    return node.tag == "path" and node.get("fill") == "none" and unseen and "id" not in node.attrib


def luminance(colour: str) -> float:
    """Return the relative luminance of a ``#rrggbb`` colour (WCAG 2.2, 1.4.3)."""
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str) -> str:
    """Return black or white, whichever reads better on a ground; one of them always reaches 4.5."""
    return BLACK if contrast(BLACK, ground) >= contrast(PAPER, ground) else PAPER


def shade(part: float) -> str:
    """Return a colour of the sequential scale, 0 the lightest, 1 the darkest."""
    part = min(max(part, 0.0), 1.0)
    ends = [(int(LOW[i:i + 2], 16), int(HIGH[i:i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * part):02x}" for low, high in ends)
