"""Which sentences may be shown: only those that many people wrote much the same, in words that many use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crmlib.methods.text.corpus import Corpus, Flags
from crmlib.privacy.masking import MARK

#: Two sentences are much the same from this cosine of their words on, and with so many words in common.
ALIKE, COMMON = 0.5, 2
SHORTEST, LONGEST = 4, 80
#: The most people's sentences are looked at first; so many of them can stand for a theme.
CANDIDATES = 60


@dataclass(frozen=True)
class Quote:
    """A sentence that stands for others: its text, and how many people wrote much the same."""

    text: str
    people: int


def quotes(corpus: Corpus, chosen: Flags, least: int, most: int = 3) -> tuple[Quote, ...]:
    """Return sentences that stand for others.

    A sentence is shown only where (1) at least ``least`` people wrote one much like it (cosine of the
    words 0.5 and more, at least two words in common), (2) every piece of it, numbers and particles too, is used by as
    many people, and (3) no name of a person and nothing that was taken out stands in it. So a sentence tells of nobody,
    even where a pattern missed something. The sentence of most people comes first; a further one that is much like it
    is left out.

    Parameters
    ----------
    chosen : numpy.ndarray of bool
        The sentences that may be shown, and that count.
    least, most : int
    """
    matrix = corpus.of_sentence
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    rows = np.flatnonzero(chosen & (lengths >= COMMON))
    if not len(rows):
        return ()
    part = matrix[rows]
    scaled = part.multiply(1 / np.sqrt(lengths[rows])[:, None]).tocsr()
    picked = _candidates(corpus, rows, np.asarray(scaled @ np.asarray(scaled.sum(axis=0)).ravel()), least)
    alike = ((scaled[picked] @ scaled.T).toarray() >= ALIKE - 1e-9) & ((part[picked] @ part.T).toarray() >= COMMON)
    who = corpus.people[[corpus.sentences[row][0] for row in rows]]
    people = [len(np.unique(who[mates])) for mates in alike]
    order = sorted(range(len(picked)), key=lambda n: (-people[n], *_place(_text(corpus, rows[picked[n]]))))
    found: list[int] = []
    for n in order:
        if people[n] >= least and len(found) < most and not any(alike[n][picked[other]] for other in found):
            found.append(n)
    return tuple(Quote(_text(corpus, rows[picked[n]]), people[n]) for n in found)


def _candidates(corpus: Corpus, rows: np.ndarray, near: np.ndarray, least: int) -> list[int]:
    """Return the places in ``rows`` of safe sentences, each text once, the nearest to the middle first."""
    safe: dict[str, int] = {}
    for n in sorted(range(len(rows)), key=lambda n: (-round(float(near[n]), 8), *_place(_text(corpus, rows[n])))):
        if len(safe) >= CANDIDATES:
            break
        text = _text(corpus, rows[n])
        if text not in safe and _safe(corpus, int(rows[n]), least):
            safe[text] = n
    return list(safe.values())


def _safe(corpus: Corpus, row: int, least: int) -> bool:
    _, text, one = corpus.sentences[row]
    return (SHORTEST <= len(text) <= LONGEST and MARK not in text and not one.named
            and all(corpus.pieces[piece] >= least for piece in one.pieces))


def _text(corpus: Corpus, row: Any) -> str:
    return corpus.sentences[int(row)][1]


def _place(text: str) -> tuple[int, str]:
    return len(text), text
