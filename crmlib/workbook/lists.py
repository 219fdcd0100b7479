"""Checks, actions, notes, and results that could not be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmlib.result import Action, Aside, Check, Result
from crmlib.text import Text
from crmlib.text.formats import missing
from crmlib.workbook.markup import Shown, element, escaped, flat, joined, rich
from crmlib.workbook.tables import scrolling

PURCHASES = ("orders", "order_lines")
#: As many checks that hold stand open; more of them are folded.
UNFOLDED = 12


def show_notes(notes: Sequence[tuple[str, Mapping[str, Any]]], text: Text) -> Shown:
    """Return the answer sentence in a box, the other sentences under it; notes of a section have no box.

    Notes of several pages, of which none is the answer of this one, stand under the names of theirs.
    """
    pages = [getattr(note, "analysis", "") for note in notes]
    said = [text.of(page).sentence(_note_key(note[0]), note[1]) for page, note in zip(pages, notes, strict=True)]
    if len(set(pages)) > 1 and isinstance(notes[0], Aside):
        named = list(zip((page_name(page, text) for page in pages), said, strict=True))
        rows = "".join(f"<div><dt>{escaped(name)}</dt><dd>{rich(line)}</dd></div>" for name, line in named)
        return Shown(element("dl", rows, "answers"), "\n".join(f"{name}: {flat(line)}" for name, line in named))
    kinds = ["note" if i or isinstance(notes[0], Aside) else "say" for i in range(len(said))]
    html = "\n".join(element("p", rich(line), kind) for line, kind in zip(said, kinds, strict=True))
    return Shown(html, "\n".join(flat(line) for line in said))


def _note_key(key: str) -> str:
    return key if key.startswith("notes.") else f"notes.{key}"


def show_checks(checks: Sequence[Check], text: Text) -> Shown:
    """Return what was checked, with what was found; what does not hold stands first, the rest opens where it is long.

    Checks of several analyses carry the name of their page.
    """
    ordered = sorted(checks, key=lambda check: (check.ok, check.severity == "info"))
    several = len({check.analysis for check in checks}) > 1
    held = [check for check in ordered if check.ok]
    if len(held) <= UNFOLDED:
        return _checked(ordered, several, text)
    shown = _checked(held, several, text)
    said = text.sentence("show.checks_held", {"n": len(held)})
    folded = element("details", f"<summary>{escaped(said)}</summary>{shown.html}")
    none = text.sentence("show.checks_none")
    first = _checked(ordered[:-len(held)], several, text) if len(held) < len(ordered) else Shown(
        element("p", escaped(none)), none)
    return joined([first, Shown(folded, f"{said}\n{shown.plain}")])


def _checked(checks: Sequence[Check], several: bool, text: Text) -> Shown:
    rows, plain = [], []
    for check in checks:
        words = text.of(check.analysis)
        sentence = words.sentence(f"checks.{check.key}", {"observed": check.observed, "limit": check.limit})
        outcome, css = _outcome(check, words)
        found = [_observed(value, check.key, words) for value in (check.observed, check.limit)]
        page = element("td", escaped(page_name(check.analysis, text))) if several else ""
        cells = page + element("td", escaped(outcome), css) + "".join(element("td", escaped(v), "n") for v in found)
        rows.append(f'<tr><th scope="row">{rich(sentence)}</th>{cells}</tr>')
        plain.append(f"{outcome}: {flat(sentence)} ({found[0]} / {found[1]})")
    heads = [("check", ""), *([("page", "")] if several else []), ("outcome", ""), ("observed", "n"), ("limit", "n")]
    return _listed(rows, plain, heads, text.sentence("show.checks"), text)


def page_name(analysis: str, text: Text) -> str:
    """Return the short name of an analysis's page, or its question."""
    name = text.of("pages").find(f"names.{analysis}")
    return str(name) if name else flat(text.of(analysis).sentence("title"))


def _outcome(check: Check, text: Text) -> tuple[str, str]:
    if check.ok:
        return text.sentence("show.ok"), "good"
    return (text.sentence("show.info"), "flat") if check.severity == "info" else (text.sentence("show.failed"), "warn")


def _observed(value: Any, key: str, text: Text) -> str:
    """Write what was found or allowed in the unit that ``check_units`` of the catalogue gives the check."""
    if isinstance(value, bool) or missing(value):
        return text.formats.write(None, "")
    unit = text.find(f"check_units.{key}") or ("text" if isinstance(value, str) else "count")
    return text.format(value, str(unit))


def show_actions(actions: Sequence[Action], text: Text, k: int) -> Shown:
    """Return whom to contact, with what, why and until when: head counts only, never a name.

    A group of fewer than ``k`` people is told as that.
    """
    heads = [("who", ""), ("people", "n"), ("why", ""), ("what", ""), ("channel", "ways"), ("until", "n")]
    rows, plain = [], []
    for action in actions:
        words = text.of(action.analysis)
        who, what, why = (_worded(words, part, getattr(action, part), action.values) for part in ("who", "what", "why"))
        channel, until = channel_word(words, action.channel), words.formats.write(action.until or None, "day")
        few = 0 < action.customers < k
        people = words.sentence("show.fewer", {"limit": k}) if few else words.compact(action.customers, "customers")
        cells = "".join(
            element("td", _breakable(escaped(cell)) if name == "channel" else escaped(cell), css,
                    data_label=text.sentence(f"show.{name}")) for cell, (name, css) in zip(
                (people, why, what, channel, until), heads[1:], strict=True))
        rows.append(f'<tr><th scope="row">{escaped(who)}</th>{cells}</tr>')
        plain.append(f"{who} {people}: {what} ({channel}) – {why} – {until}")
    shown = _listed(rows, plain, heads, text.sentence("show.actions"), text)
    return Shown(element("div", shown.html, "fold"), shown.plain)


def _breakable(words: str) -> str:
    """Let a row of short words break between them only."""
    return words.replace("・", "・<wbr>")


def _worded(text: Text, part: str, code: str, values: Mapping[str, Any]) -> str:
    found = text.find(f"actions.{part}.{code}")
    return flat(text.fill(str(found), values, f"actions.{part}.{code}")) if found else text.code(part, code)


def channel_word(text: Text, channel: str) -> str:
    """Return the word of a channel, or of several with spaces or pluses between."""
    codes = channel.replace("+", " ").split()
    words = [str(text.find(f"actions.channel.{code}") or text.find(f"channels.{code}") or code) for code in codes]
    return ("・" if text.locale == "ja" else ", ").join(words) or text.formats.write(None, "")


def _listed(rows: Sequence[str], plain: Sequence[str], heads: Sequence[tuple[str, str]], caption: str,
            text: Text) -> Shown:
    head = "".join(element("th", escaped(text.sentence(f"show.{name}")), css, scope="col") for name, css in heads)
    body = "\n".join(rows)
    return Shown(scrolling(escaped(caption), head, body, text), "\n".join([caption, *plain]))


def show_unavailable(result: Result, text: Text) -> Shown:
    """Return one sentence per missing thing: what it is and how to supply it."""
    words = text.of(result.analysis)
    said = need_sentences(result.needs, words)
    head = words.sentence("show.unavailable")
    body = "".join(element("p", rich(line)) for line in said)
    return Shown(element("div", f"<p><b>{escaped(head)}</b></p>{body}", "missing"),
                 "\n".join([head, *(flat(line) for line in said)]))


def need_sentences(needs: Sequence[str], text: Text) -> list[str]:
    """Return how to supply several things; orders and their lines, which come from one file, in one sentence."""
    together = set(PURCHASES) <= set(needs)
    named = ["purchases", *(need for need in needs if need not in PURCHASES)] if together else needs
    return [need_sentence(need, text) for need in named]


def need_sentence(need: str, text: Text) -> str:
    """Return how to supply a table (``orders``) or a column (``survey_answers.score``)."""
    for key in (need, need.partition(".")[0]):
        found = text.find(f"needs.{key}")
        if isinstance(found, str):
            return text.fill(found, {"name": need}, f"needs.{key}")
    return text.sentence("needs.table", {"name": need})
