"""Does the wording tell the score? A model learnt from the shop's own scores, and tried on comments it has not seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlib.methods.intervals import z_value
from crmlib.methods.text.corpus import Corpus, Flags
from crmlib.methods.text.words import GRAMS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FOLDS = 5
#: Fewer comments than these with a low, or with a high score: nothing is learnt.
FEWEST = 30


@dataclass(frozen=True)
class Polarity:
    """How well the wording tells a low score from a high one.

    Attributes
    ----------
    n, n_low : int
        Comments with a low or a high score; those with a low one.
    auc, low, high : float
        Chance that of two comments, one of either kind, the model finds the right one, each judged by a model that has
        not seen it; with its interval.
    chance : numpy.ndarray
        For each of these comments, the chance of a low score (out of fold).
    rows : numpy.ndarray
        Their places among all comments.
    """

    n: int
    n_low: int
    auc: float
    low: float
    high: float
    chance: np.ndarray
    rows: np.ndarray

    @property
    def told(self) -> bool:
        """Whether the wording tells more than chance does."""
        return self.low > 0.5


def learn(corpus: Corpus, low: Flags, high: Flags, level: float) -> Polarity | None:
    """Learn which words go with low scores, and judge every comment by a model that has not seen its writer.

    TF-IDF of words (pieces of two to four characters where there is no tokenizer) and a logistic regression that
    weighs both kinds alike. All comments of a person lie in one fold, by the hash of the first text, so that neither
    order nor names of customers matter. Interval of the AUC: Hanley & McNeil 1982, Radiology 143:29-36.

    Returns
    -------
    Polarity or None
        None with fewer than 30 comments of either kind, or where a fold lacks one.
    """
    rows = np.flatnonzero(low | high)
    bad = low[rows]
    if min(bad.sum(), len(bad) - bad.sum()) < FEWEST:
        return None
    features, fold = _features(corpus, rows), _folds(corpus)[rows]
    if any(len(np.unique(bad[fold != n])) < 2 for n in np.unique(fold)):
        return None
    chance = np.zeros(len(rows))
    for n in np.unique(fold):
        chance[fold == n] = _fitted(features, bad, fold != n)[fold == n]
    auc = _auc(chance, bad)
    width = z_value(level) * _error(auc, int(bad.sum()), int((~bad).sum()))
    return Polarity(len(rows), int(bad.sum()), auc, max(auc - width, 0.0), min(auc + width, 1.0),
                    np.round(chance, 8), rows)


def _features(corpus: Corpus, rows: np.ndarray) -> csr_matrix:
    from crmlib.methods.text.topics import tf_idf

    if GRAMS not in corpus.ways.values():
        return tf_idf(corpus.of_comment[rows])
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [corpus.texts[row] for row in rows]
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, max_features=50_000).fit_transform(texts)


def _folds(corpus: Corpus) -> np.ndarray:
    """Return the fold of each comment: all of a person's by the hash of the least of the texts."""
    first: dict[int, str] = {}
    for who, text in zip(corpus.people.tolist(), corpus.texts, strict=True):
        first[who] = min(first.get(who, text), text)
    place = {who: hashlib.sha256(text.encode()).digest()[0] % FOLDS for who, text in first.items()}
    return np.array([place[who] for who in corpus.people.tolist()], dtype=np.int64)


def _fitted(features: csr_matrix, bad: Flags, learnt: Flags) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model = LogisticRegression(class_weight="balanced", solver="liblinear", random_state=0, tol=1e-6)
        return model.fit(features[np.flatnonzero(learnt)], bad[learnt]).predict_proba(features)[:, 1]


def _auc(chance: np.ndarray, bad: Flags) -> float:
    from scipy.stats import rankdata

    ranks, n, m = rankdata(np.round(chance, 8)), int(bad.sum()), int((~bad).sum())
    return float((ranks[bad].sum() - n * (n + 1) / 2) / (n * m))


def _error(auc: float, n: int, m: int) -> float:
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    found = auc * (1 - auc) + (n - 1) * (one - auc**2) + (m - 1) * (two - auc**2)
    return float(np.sqrt(max(found, 0.0) / (n * m)))
