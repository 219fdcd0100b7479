"""The ``sources`` of a parameter file, written for files as they were found: known exports by name, others by a map."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from crmlib.intake import beside
from crmlib.intake.presets.look import Looked
from crmlib.intake.presets.proposal import Line, Proposal
from crmlib.intake.presets.propose import GENDERS, propose
from crmlib.intake.presets.recognise import Match, Recognition, recognise
from crmlib.intake.presets.words import plain
from crmlib.settings.file.template import flow
from crmlib.text import Text

_SIGNS = ("$", "€", "£")
_CURRENCY = ("currency", "currencycode", "通貨", "通貨コード")
_CODE = re.compile("[A-Z]{3}")
#: What a state says, by the words in it; only a suggestion beside a question.
_STATES = (("取消", "cancelled"), ("キャンセル", "cancelled"), ("cancel", "cancelled"), ("返品", "returned"),
           ("return", "returned"), ("発送", "shipped"), ("出荷", "shipped"), ("ship", "shipped"), ("入金", "paid"),
           ("paid", "paid"))
#: What a line is, by the words in it.
_LINES = (("送料", "shipping"), ("配送", "shipping"), ("ship", "shipping"), ("手数料", "fee"), ("fee", "fee"),
          ("袋", "fee"), ("値引", "discount"), ("割引", "discount"), ("discount", "discount"), ("ポイント", "point"),
          ("point", "point"), ("返", "return"), ("取消", "return"), ("return", "return"))
_MONEY = ("orders.total", "order_lines.amount", "order_lines.unit_price")


@dataclass(frozen=True)
class Draft:
    """What is known of one table of a file.

    Attributes
    ----------
    path : str
        As the parameter file names it.
    outside : bool
        The file lies outside the project.
    """

    path: str
    file: Looked
    recognition: Recognition
    proposal: Proposal | None
    outside: bool = False

    @property
    def match(self) -> Match | None:
        """The known export, where it says what its columns mean."""
        match = self.recognition.match
        return None if match is None or match.preset.generic else match

    @property
    def kind(self) -> tuple[str, ...]:
        """What tells sources apart: a known export by its name, another file by headings and its name without date.

        Sheets of a workbook that have the same headings, such as one a month, are one source.
        """
        if self.match is not None:
            return (self.match.preset.id,)
        path = Path(self.path)
        place = (path.parent / (beside.pattern(path.name) or path.name)).as_posix()
        return (place, self.file.table, "\n".join(self.file.headings))

    @property
    def ready(self) -> bool:
        """Whether a report can be made without an answer to a question."""
        if len(currencies([self])) > 1:
            return False
        if self.match is not None:
            return not self.match.lacking
        return self.proposal is None or self.proposal.about == "unknown" or self.proposal.ready


def drafted(path: str, file: Looked, outside: bool = False) -> Draft:
    """Return what a table of a file is, as far as its headings and first values say."""
    recognition = recognise(file.headings)
    match = recognition.match
    known = match is not None and not match.preset.generic
    return Draft(path, file, recognition, None if known else propose(file), outside)


def sources(drafts: Sequence[Draft], text: Text, among: Sequence[Draft] = ()) -> str:
    """Return the block ``sources:`` for some files, of all that were looked at; files of one export stand together."""
    lines = ["sources:"]
    done: set[tuple[str, ...]] = set()
    for draft in drafts:
        match, kind = draft.match, draft.kind
        if kind in done:
            continue
        done.add(kind)
        if match is None:
            block = list(_proposed([d for d in drafts if d.kind == kind], text))
        else:
            block = list(_known([d for d in drafts if d.kind == kind], match, text))
        if is_mixed(draft, among or drafts):
            block = [f"  # {text.sentence('draft.mixed')}", *(f"  #{line[2:]}" for line in block)]
        lines += block
    return "\n".join(lines) + "\n"


def is_mixed(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Return whether a zip file holds files of several kinds, which one source cannot read."""
    return bool(draft.file.member) and len({d.kind[-1] for d in drafts if d.path == draft.path}) > 1


def _known(drafts: Sequence[Draft], match: Match, text: Text) -> Iterator[str]:
    preset = match.preset
    key = "draft.known" if preset.verified else "draft.guess"
    yield f"  # {text.sentence(key, {'preset': preset.name.get(text.locale)})}"
    yield from _outside(drafts, text)
    yield from _files(drafts, text)
    sheets = list(dict.fromkeys(d.file.sheet for d in drafts if d.file.sheet))
    if sheets:
        yield f"    sheet: {flow(sheets)}"
    if drafts[0].file.table:
        yield f"    table: {flow(drafts[0].file.table)}"
    yield f"    preset: {preset.id}"
    yield from _currency(drafts[0], text, list(drafts[0].file.headings), "    ")


def _files(drafts: Sequence[Draft], text: Text) -> Iterator[str]:
    """Name the files; by what their names share, where that means no other, so that next month's is read too."""
    paths = list(dict.fromkeys(d.path for d in drafts))
    kinds: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        kinds.setdefault("".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix, []).append(path)
    shapes = [beside.pattern_of(alike) for alike in kinds.values()]
    if all(shapes) and len(paths) > 1:
        yield f"  # {text.sentence('draft.pattern')}"
        yield f"  - files: {flow(shapes if len(shapes) > 1 else shapes[0])}"
        return
    if all(shapes):
        yield f"  # {text.sentence('draft.next_month', {'pattern': shapes[0]})}"
    yield f"  - files: {flow(paths if len(paths) > 1 else paths[0])}"


def _outside(drafts: Sequence[Draft], text: Text) -> Iterator[str]:
    if any(d.outside for d in drafts):
        yield f"  # {text.sentence('draft.outside')}"


def _currency(draft: Draft, text: Text, headings: Sequence[str], pad: str) -> Iterator[str]:
    """What to see to where money carries the sign, or a column the code, of another currency than the yen."""
    places = [n for n, h in enumerate(draft.file.headings) if h in headings]
    found = {s for p in places for v in draft.file.filled(p)[:50] for s in _SIGNS if v.lstrip("-(").startswith(s)}
    for sign in sorted(found):
        yield f"{pad}# {text.sentence('draft.dollars', {'sign': sign})}"
    codes = currencies([draft])
    if len(codes) > 1 or codes.keys() - {"JPY"}:
        key = "draft.several_currencies" if len(codes) > 1 else "draft.currency"
        yield f"{pad}# {text.sentence(key, {'codes': ', '.join(sorted(codes))})}"
    column = next((h for h in draft.file.headings if plain(h) in _CURRENCY), None)
    if len(codes) > 1 and column and not (draft.match and getattr(draft.match.preset.reads, "currency", None)):
        yield f"{pad}currency: {flow(column)}"


def currencies(drafts: Sequence[Draft]) -> Counter[str]:
    """Return the codes in the columns that name the currency of some files' money, with how many records have each."""
    return Counter(v for d in drafts for n, heading in enumerate(d.file.headings) if plain(heading) in _CURRENCY
                   for v in d.file.filled(n) if _CODE.fullmatch(v))


def commonest(codes: Counter[str]) -> str:
    """Return the code that most records have, the first by letter of several."""
    return min(codes, key=lambda code: (-codes[code], code))


def _proposed(drafts: Sequence[Draft], text: Text) -> Iterator[str]:
    draft = _together(drafts)
    proposal, file = draft.proposal, draft.file
    if proposal is None or proposal.about == "unknown":
        told = "#".join(part for part in (draft.path, file.sheet or file.table) if part)
        yield f"  # {text.sentence('draft.unknown', {'file': told, 'headings': _heads(file.headings, text)})}"
        return
    about = text.sentence(f"about.{proposal.about}")
    yield f"  # {text.sentence('draft.proposed', {'about': about})}"
    yield from _outside([draft], text)
    yield from _files(drafts, text)
    if sheets := list(dict.fromkeys(d.file.sheet for d in drafts if d.file.sheet)):
        yield f"    sheet: {flow(sheets if len(sheets) > 1 else sheets[0])}"
    if file.table:
        yield f"    table: {flow(file.table)}"
    match = draft.recognition.match
    if match is not None:
        yield f"    preset: {match.preset.id}"
    money = [h for line in proposal.lines if line.target in _MONEY for h in line.headings]
    yield from _currency(draft, text, money, "    ")
    yield "    tables:"
    yield from _tables(proposal, text)
    if proposal.unused:
        yield f"    # {text.sentence('draft.unused', {'headings': _heads(proposal.unused, text)})}"


def _together(drafts: Sequence[Draft]) -> Draft:
    """Return what files of one shape are, by the first records of all of them."""
    first = drafts[0]
    if len(drafts) == 1 or first.proposal is None:
        return first
    cells = tuple(tuple(chain(*parts)) for parts in zip(*(d.file.cells for d in drafts), strict=True))
    file = replace(first.file, cells=cells)
    return replace(first, file=file, proposal=propose(file))


def _tables(proposal: Proposal, text: Text) -> Iterator[str]:
    tables: dict[str, list[Line]] = {}
    for line in proposal.lines:
        tables.setdefault(line.table, []).append(line)
    first = "orders" if proposal.about in ("orders", "order_lines") else next(iter(tables), "customers")
    for table in dict.fromkeys((first, *tables)):
        lines = tables.get(table, [])
        # A table without a sure id cannot be filled: it waits as a whole.
        sure = table == first or any(not line.doubt and line.column.endswith("_id") for line in lines)
        yield f"      {'' if sure else '# '}{table}:"
        for line in lines:
            yield from _line(line, text, sure)
        if table == first:
            for meaning in proposal.missing:
                key = "no_customers" if meaning == "customer_id" and table == "orders" else "missing"
                yield f"        # {text.sentence(f'draft.{key}', {'meaning': _meaning(meaning, text)})}"
                yield f"        # {meaning}:"


def _line(line: Line, text: Text, sure: bool) -> Iterator[str]:
    spec = f"{line.column}: {flow(_spec(line))}"
    if not line.doubt:
        yield f"        {'' if sure else '# '}{spec}"
        return
    values = ", ".join(_one_line(v) for v in line.values) or str(text.get("personal"))
    yield f"        # {text.sentence(f'draft.{line.doubt}', _said(line, values, text))}"
    yield f"        # {spec}"


def _said(line: Line, values: str, text: Text) -> Mapping[str, str]:
    heading = " + ".join(_one_line(h) for h in line.headings)
    return {"heading": heading, "meaning": _meaning(line.column, text), "values": values}


def _spec(line: Line) -> object:
    heading = line.headings[0] if len(line.headings) == 1 else list(line.headings)
    if line.doubt == "codes":
        suggested = {"status": _state, "line_type": _line_type}.get(line.column, lambda v: GENDERS.get(v, "other"))
        return {"from": heading, "values": {value: suggested(value) for value in line.values}}
    if line.column == "gender":
        return {"from": heading, "values": {v: GENDERS[v] for v in line.values}}
    return heading


def _state(value: str) -> str:
    return next((state for word, state in _STATES if word in value.lower() and "未" not in value), "placed")


def _line_type(value: str) -> str:
    return next((kind for word, kind in _LINES if word in value.lower()), "product")


def _meaning(name: str, text: Text) -> str:
    return str(text.find(f"meanings.{name}") or name)


def _one_line(text: str) -> str:
    """A heading as it can stand in a comment."""
    return " ".join(text.split())


def _heads(headings: Sequence[str], text: Text, most: int = 12) -> str:
    comma = "、" if text.locale == "ja" else ", "
    shown = [_one_line(h) for h in headings if h]
    return comma.join(shown[:most]) + (" …" if len(shown) > most else "")
