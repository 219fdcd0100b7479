"""Is anybody named in what is about to be published? The shop's own names, mails, phones, addresses and ids, looked up.

The published texts are held in memory, the customers are not: they stream past in batches, and only a value whose first
characters occur in the texts at all is looked at closely. A million customers take seconds and no more memory than ten.
Texts and values are compared in one form (NFKC, hyphens and blanks apart), so that full-width digits, other hyphens or
a blank between family and given name hide nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.report.leaks.texts import BLANK, SHORTEST, Texts, of_file, of_page

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Sought", "Texts", "of_file", "of_page", "of_shop", "of_values", "search"]

BATCH = 65_536
#: Characters by which a value is looked up before it is looked at.
_START = 4
#: What of ``customer_identity`` tells who somebody is.
IDENTITY = (("mail", ("email",)), ("phone", ("phone",)), ("name", ("full_name",)), ("address", ("address",)),
            ("name", ("family_name", "given_name")), ("name", ("given_name", "family_name")),
            ("name", ("family_kana", "given_kana")))


@dataclass(frozen=True)
class Sought:
    """Values of one kind that must not be published, a batch at a time, and how they are told in a text."""

    kind: str
    batches: Callable[[], Iterable[pa.Array]]


def of_shop(folder: Path) -> list[Sought]:
    """Return what a prepared shop holds of its customers, read when it is asked for."""
    restricted = folder / "restricted"
    found = [Sought(kind, partial(_stream, path, names))
             for path in sorted((restricted / "identity").rglob("*.parquet")) for kind, names in IDENTITY]
    links = restricted / "customer_links.parquet"
    return [*found, Sought("id", partial(_stream, links, ("customer_id",)))] if links.is_file() else found


def of_values(values: Iterable[str]) -> list[Sought]:
    """Return a few values of any kind."""
    import pyarrow as pa

    array = pa.array([v for v in values if v], pa.string())
    return [Sought(kind, lambda: (array,)) for kind in ("name", "mail", "phone", "id")]


def _stream(path: Path, names: tuple[str, ...]) -> Iterator[pa.Array]:
    """Yield one column, or two joined by a blank where both are filled."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if not set(names) <= set(file.schema_arrow.names):
            return
        for batch in file.iter_batches(BATCH, columns=list(names)):
            columns = [batch.column(name) for name in names]
            yield columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")


def search(published: Mapping[str, Texts], sought: Iterable[Sought],
           public: Callable[[], Iterable[str]] = tuple) -> Iterator[tuple[str, str, int]]:
    """Yield file, kind and how many of the shop's own values of that kind stand in it.

    Parameters
    ----------
    published : dict of str to Texts
        By the name of the file.
    sought : iterable of Sought
        Kinds ``name``, ``mail``, ``phone``, ``address``, ``id``.
    public : callable
        Gives what the shop publishes anyway (products, stores, places); asked only where something was found. A
        customer called like a product is no leak.
    """
    different = list({id(texts): texts for texts in published.values()}.values())
    starts = _starts(different)
    held: dict[tuple[int, str], set[str]] = {}
    for one in sought:
        for batch in one.batches():
            for value in _candidates(one.kind, batch, different, starts):
                stands = _standing(one.kind, value)
                for texts in different:
                    if stands(texts):
                        held.setdefault((id(texts), one.kind), set()).add(value)
    found = {(name, kind): values for name, texts in published.items() for (place, kind), values in held.items()
             if place == id(texts)}
    known = {_tight(text) for text in public()} if found else set()
    for (name, kind), values in sorted(found.items()):
        told = sum(not _harmless(kind, value, published[name], known) for value in values)
        if told:
            yield name, kind, told


def _starts(published: Iterable[Texts]) -> pa.Array:
    import pyarrow as pa

    lines = {line for one in published for line in one.folded.split("\n")}
    return pa.array(sorted({line[n:n + _START] for line in lines for n in range(len(line) - _START + 1)}), pa.string())


def _candidates(kind: str, batch: pa.Array, published: Iterable[Texts], starts: pa.Array) -> list[str]:
    """Values that may stand in some text: the work of whole batches, without Python's objects."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pc.utf8_normalize(batch.drop_null().cast(pa.string()), form="NFKC")
    if kind == "phone":
        digits = pc.replace_substring_regex(values, r"\D", "")
        home = pc.replace_substring_regex(digits, r"^(0081|81)0?", "0")
        return _among(home, {p for texts in published for p in texts.phones})
    if kind == "id":
        return _among(values, {c for texts in published for c in texts.codes})
    tight = pc.utf8_lower(pc.replace_substring_regex(values, r"\s+", ""))
    ends = (pc.utf8_slice_codeunits(tight, 0, _START), pc.utf8_slice_codeunits(tight, -_START, None))
    fits = pc.greater_equal(pc.utf8_length(tight), SHORTEST[kind])
    for end in ends:
        fits = pc.and_(fits, pc.is_in(end, value_set=starts))
    return list(pc.unique(values.filter(fits)).to_pylist())


def _among(values: pa.Array, looked_for: set[str]) -> list[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    there = pc.is_in(values, value_set=pa.array(sorted(looked_for), pa.string()))
    return list(pc.unique(values.filter(there)).to_pylist())


def _standing(kind: str, value: str) -> Callable[[Texts], bool]:
    """Return what tells whether a value stands in a text; its forms are made once for all texts."""
    if kind == "phone":
        return lambda texts: len(value) >= SHORTEST["phone"] and value in texts.phones
    if kind == "id":
        return lambda texts: value in texts.codes
    tight = _tight(value)
    folded = tight.casefold()
    if kind == "mail":
        return lambda texts: folded in (texts.mails if "@" in folded else texts.folded)
    return lambda texts: tight in texts.tight and bool(_pattern(value).search(texts.plain))


def _tight(text: str) -> str:
    return BLANK.sub("", unicodedata.normalize("NFKC", text))


def _pattern(value: str) -> re.Pattern[str]:
    """A name as it may be written: a blank or none between the parts, and no letters that go on at its ends."""
    if value.isascii():
        return re.compile(r"(?<![0-9A-Za-z])" + r"\s+".join(map(re.escape, value.split())) + r"(?![0-9A-Za-z])")
    return re.compile(r"[^\S\n]*".join(map(re.escape, _tight(value))))


def _harmless(kind: str, value: str, texts: Texts, known: set[str]) -> bool:
    """Whether a value is one that is public anyway, or stands only inside such ones."""
    tight = _tight(value)
    if tight in known:
        return True
    around = sorted((k for k in known if tight in k), key=len, reverse=True)
    if kind not in ("name", "address") or not around:
        return False
    rest = texts.tight
    for one in around:
        rest = rest.replace(one, "\n")
    return tight not in rest
