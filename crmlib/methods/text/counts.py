"""Words counted by people: which go with low scores, which have become more frequent, which stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.methods.intervals import newcombe, wilson
from crmlib.methods.text.corpus import Corpus, Flags

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_matrix

Vector = np.ndarray
COMPARED = {"place": "int64", "people": "int64", "people_other": "int64", "share": "float64", "share_other": "float64",
            "change": "float64", "low": "float64", "high": "float64", "p": "float64"}


def users(matrix: csr_matrix) -> Vector:
    """Return how many rows (people) have each column."""
    return np.asarray(matrix.sum(axis=0)).ravel().astype(np.int64)


def compared(corpus: Corpus, one: Flags, other: Flags, level: float, matrix: csr_matrix | None = None) -> pd.DataFrame:
    """Compare the people of some comments with those of others, word by word (or theme by theme).

    Parameters
    ----------
    corpus : Corpus
    one, other : numpy.ndarray of bool
        Comments of either side; somebody who wrote on both counts on both.
    level : float
        Confidence of the intervals.
    matrix : scipy.sparse.csr_matrix, optional
        Comments by themes; the words where left out.

    Returns
    -------
    pandas.DataFrame
        place (of the column), people, people_other (how many of either side use the word), share, share_other, change
        (difference of the shares), low, high (Newcombe 1998, Statistics in Medicine 17:873-890, method 10), p (Fisher's
        exact test, twice the smaller tail).
    """
    import pandas as pd

    here, there = corpus.writers(one), corpus.writers(other)
    a, b = (users(corpus.by_person(flags, matrix)) for flags in (one, other))
    if not here or not there:
        return pd.DataFrame({name: [] for name in COMPARED}).astype(COMPARED)
    spans = [newcombe(int(k), here, int(m), there, level) or (np.nan, np.nan) for k, m in zip(a, b, strict=True)]
    return pd.DataFrame({
        "place": np.arange(len(a)), "people": a, "people_other": b, "share": a / here, "share_other": b / there,
        "change": a / here - b / there, "low": [span[0] for span in spans], "high": [span[1] for span in spans],
        "p": exact(a, here, b, there)}).astype(COMPARED)


def exact(a: Vector, here: int, b: Vector, there: int) -> Vector:
    """Return Fisher's p of two shares a/here and b/there, twice the smaller tail."""
    from scipy.stats import hypergeom

    both = a + b
    less, more = hypergeom.cdf(a, here + there, both, here), hypergeom.sf(a - 1, here + there, both, here)
    return np.minimum(1.0, 2 * np.minimum(less, more))


def leaning(corpus: Corpus, low: Flags, rated: Flags, level: float,
            matrix: csr_matrix | None = None) -> pd.DataFrame:
    """Tell which words (or themes) go with low scores.

    Parameters
    ----------
    low, rated : numpy.ndarray of bool
        Comments with a low score, and with any.
    matrix : scipy.sparse.csr_matrix, optional
        Comments by themes; the words where left out.

    Returns
    -------
    pandas.DataFrame
        place, rated (people with a score who use the word; a person with a low and another score counts for both),
        harsh (share with a low score), harsh_low, harsh_high (Wilson), rest (share among those who do not use it), gap
        (harsh - rest), gap_low, gap_high (Newcombe), p (Fisher).
    """
    import pandas as pd

    bad, others = rated & low, rated & ~low
    n_bad, n_other = corpus.writers(bad), corpus.writers(others)
    a, b = users(corpus.by_person(bad, matrix)), users(corpus.by_person(others, matrix))
    rows = []
    for place, (k, m) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        rest = n_bad + n_other - k - m
        if not k + m or not rest:
            continue
        low_end, high_end = wilson(k, k + m, level) or (np.nan, np.nan)
        gap = newcombe(k, k + m, n_bad - k, rest, level) or (np.nan, np.nan)
        harsh, elsewhere = k / (k + m), (n_bad - k) / rest
        rows.append((place, k + m, harsh, low_end, high_end, elsewhere, harsh - elsewhere, *gap))
    names = ["place", "rated", "harsh", "harsh_low", "harsh_high", "rest", "gap", "gap_low", "gap_high"]
    found = pd.DataFrame(rows, columns=names).astype({n: "int64" if n in names[:2] else "float64" for n in names})
    places = found["place"].to_numpy()
    return found.assign(p=exact(a[places], n_bad, b[places], n_other) if n_bad and n_other else np.ones(len(found)))


def pairs(corpus: Corpus, least: int, most: int = 200) -> pd.DataFrame:
    """Return the words that stand together in people's comments.

    Returns
    -------
    pandas.DataFrame
        first, second (places of words), people (who use both), jaccard (both ÷ either); at least ``least`` people, the
        highest first. Only the ``most`` most used words are looked at.
    """
    import pandas as pd

    found = corpus.by_person()
    using = users(found)
    chosen = np.sort(np.lexsort((np.arange(len(using)), -using))[:most])
    part = found[:, chosen].astype(np.int64)
    both = np.triu((part.T @ part).toarray(), 1)
    first, second = np.nonzero(both >= least)
    people = both[first, second]
    either = using[chosen][first] + using[chosen][second] - people
    frame = pd.DataFrame({"first": chosen[first], "second": chosen[second], "people": people,
                          "jaccard": people / either})
    return frame.sort_values(["jaccard", "people", "first", "second"], ascending=[False, False, True, True],
                             kind="stable", ignore_index=True)
