"""New themes: what comments speak about that no theme of the dictionary covers (non-negative matrix factorisation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlib.methods.text.corpus import Corpus, Flags

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SEED = 20_240_401
#: Below so many comments topics are accidents (BERTopic's users met none or hundreds from fewer).
FEWEST = 200
LOOKED_FOR, WORDS = 8, 5
#: A word leads a topic by at least this part of the topic's heaviest word.
_CLEAR = 0.08
#: Words that say how something is, not what; a topic made of them would say nothing.
JUDGING = frozenset("""
    良い 無い 素晴らしい 少ない 欲しい 多い 最高 楽しい 嬉しい 残念 悪い 面白い 良い¬ 充実 素敵 満足 普通 綺麗
    奇麗 大きい 小さい 立派 十分 必要 分かる 分かる¬ 好き 大好き 期待 感動 増える 増やす 有り難い good great
    nice bad excellent perfect amazing wonderful love loved better best poor terrible awful fine not ok okay
    """.split())


@dataclass(frozen=True)
class Topic:
    """A theme that was found: the places of its words, and which comments speak of it."""

    words: tuple[int, ...]
    comments: Flags


def topics(corpus: Corpus, chosen: Flags, least: int, looked_for: int = LOOKED_FOR) -> tuple[Topic, ...]:
    """Return themes among some comments, the one of most people first; none from fewer than 200 comments.

    A comment belongs to the topic it weighs most in, where it holds one of the topic's leading words. A topic of fewer
    than ``least`` people is none. Method: Lee & Seung 1999, Nature 401:788-791, on TF-IDF; from a
    fixed start, so that the same comments give the same topics.
    """
    rows = np.flatnonzero(chosen)
    part = corpus.of_comment[rows] if len(rows) else corpus.of_comment[:0]
    telling = np.array([word not in JUDGING for word in corpus.words], dtype=bool)
    used = np.flatnonzero((np.asarray(part.sum(axis=0)).ravel() >= least) & telling)
    held = np.flatnonzero(part[:, used].getnnz(axis=1)) if len(used) else used
    if len(held) < FEWEST or len(used) <= looked_for:
        return ()
    weight, words = _factors(tf_idf(part[held][:, used]), looked_for)
    found = []
    for n in range(looked_for):
        order = np.lexsort((np.arange(len(used)), -np.round(words[n], 10)))[:WORDS]
        leading = [place for place in order if words[n][place] >= _CLEAR * words[n].max() > 0]
        mine = (weight.argmax(axis=1) == n) & (part[held][:, used[leading]].getnnz(axis=1) > 0)
        flags = np.zeros(len(corpus.texts), dtype=bool)
        flags[rows[held[mine]]] = True
        if corpus.writers(flags) >= least:
            found.append(Topic(tuple(int(used[place]) for place in leading), flags))
    return tuple(sorted(found, key=lambda topic: (-corpus.writers(topic.comments), topic.words)))


def tf_idf(counts: csr_matrix) -> csr_matrix:
    """Return counts weighted by how rare a word is, each row of length 1."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer().fit_transform(counts)


def _factors(matrix: csr_matrix, k: int) -> tuple[np.ndarray, np.ndarray]:
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NMF(k, init="nndsvda", random_state=SEED, max_iter=300, tol=1e-4)
        weight = model.fit_transform(matrix)
    return np.round(weight, 8), model.components_
