"""Is one of the shop's own customers named in a few texts? Looked up in the restricted folder, and taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.privacy.masking import mask, plain, struck

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 65_536
_START = 2
#: What of ``customer_identity`` tells who somebody is, and from which length on it is no accident.
_TOLD = ((("email",), 6), (("full_name",), 3), (("address",), 6), (("family_name", "given_name"), 3),
         (("given_name", "family_name"), 3), (("family_kana", "given_kana"), 4))
#: Names by themselves. Many shops hold one column of names only: its parts, where a blank stands between them.
_ALONE = ((("family_name",), 2), (("given_name",), 2), (("full_name",), 2))
#: A single name of kana is a piece of many words (かな, まい); only those of kanji or Latin letters are looked for.
_LONE = re.compile(r"[一-鿿々㐀-䶿豈-\ufaff\U00020000-\U0003ffff]{2,}|[^\W\d_]{3,}(?<![ぁ-ヿ])")
_KANA = re.compile(r"[ぁ-ヿ]")


def masked(folder: Path, texts: Sequence[str], *, lone: bool = True) -> list[str]:
    """Return texts with ``masking.MARK`` where they tell of somebody.

    Besides the patterns of ``masking.mask``: every name (whole, family or given), mail, phone, address and id that the
    shop itself holds in its restricted folder. Single names of kana are left, as they are pieces of ordinary words.

    Parameters
    ----------
    folder : pathlib.Path
        Where the prepared tables lie, beside ``restricted/``.
    texts : sequence of str
        A few hundred short texts; the customers stream past in batches.
    lone : bool
        False: a family or given name by itself is left (it may be a place's, which the caller can tell).
    """
    plains = [mask(plain(text)) for text in texts]
    values = _known(folder, plains, lone) if any(plains) else set[str]()
    return [struck(text, values) for text in plains] if values else plains


def _known(folder: Path, texts: Sequence[str], lone: bool) -> set[str]:
    whole = re.sub(r"[^\S\n]+", "", "\n".join(texts)).casefold()
    starts = sorted({whole[n:n + _START] for n in range(max(len(whole) - _START + 1, 0))})
    found: set[str] = set()
    for path in sorted((folder / "restricted" / "identity").rglob("*.parquet")):
        for names, shortest in _TOLD:
            found |= set(_inside(path, names, shortest, starts, whole))
        for names, shortest in _ALONE if lone else ():
            found |= {value for value in _inside(path, names, shortest, starts, whole, parts=True)
                      if _LONE.fullmatch(value) and not _KANA.search(value)}
    links = folder / "restricted" / "customer_links.parquet"
    return found | (set(_inside(links, ("customer_id",), 4, starts, whole)) if links.is_file() else set())


def _inside(path: Path, names: tuple[str, ...], shortest: int, starts: list[str], whole: str,
            parts: bool = False) -> Iterator[str]:
    """Yield what stands in a text without blanks: the values of a column, of two joined by a blank, or their parts."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if not set(names) <= set(file.schema_arrow.names):
            return
        for batch in file.iter_batches(BATCH, columns=list(names)):
            for value in _candidates([batch.column(name) for name in names], shortest, starts, parts):
                if re.sub(r"\s+", "", plain(value)).casefold() in whole:
                    yield value


def _candidates(columns: list[pa.Array], shortest: int, starts: list[str], parts: bool) -> Iterable[str]:
    """Return the values whose first characters occur at all: the work of whole batches, without Python's objects."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [column.cast(pa.string()) for column in columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")
    values = pc.utf8_normalize(joined.drop_null(), form="NFKC")
    if parts:
        values = pc.list_flatten(pc.utf8_split_whitespace(values))
    tight = pc.utf8_lower(pc.replace_substring_regex(values, r"\s+", ""))
    begins = pc.is_in(pc.utf8_slice_codeunits(tight, 0, _START), value_set=pa.array(starts, pa.string()))
    fits = pc.and_(begins, pc.greater_equal(pc.utf8_length(tight), shortest))
    return list(pc.unique(values.filter(fits)).to_pylist())
