"""Comments as a whole: who wrote, and which word stands in which comment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.methods.text.words import Sentence, Word, cached, flat, readers, sentences

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Flags = np.ndarray
#: An anonymous text from so many characters on, met again, is the same text copied and no second voice.
COPIED = 20


@dataclass(frozen=True)
class Corpus:
    """Comments split into sentences and words.

    Attributes
    ----------
    texts : tuple of str
        The comments in plain form with what tells of people taken out, in a total order.
    languages : tuple of str
    people : numpy.ndarray of int64
        Who wrote each: 0, 1, …; anonymous comments are a person each, copied ones together one.
    sentences : tuple of (int, str, Sentence)
        Comment, text and words of each sentence.
    words : tuple of str
        Keys of the words that at least ``least`` people use, sorted.
    forms : tuple of str
        How each is shown: the form most people use.
    ways : dict of str to str
        Language → how it was split (sudachi, grams, spaces).
    least : int
    """

    texts: tuple[str, ...]
    languages: tuple[str, ...]
    people: np.ndarray
    sentences: tuple[tuple[int, str, Sentence], ...]
    words: tuple[str, ...]
    forms: tuple[str, ...]
    ways: Mapping[str, str]
    least: int

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each word."""
        return {word: n for n, word in enumerate(self.words)}

    @cached_property
    def of_sentence(self) -> csr_matrix:
        """Sentences by words: 1 where a word stands."""
        rows = [[self.place[w.key] for w in flat(one.words, self.place.__contains__) if w.key in self.place]
                for _, _, one in self.sentences]
        return _incidence(rows, len(self.words))

    @cached_property
    def of_comment(self) -> csr_matrix:
        """Comments by words: 1 where a word stands."""
        return _summed([c for c, _, _ in self.sentences], self.of_sentence, len(self.texts))

    def by_person(self, chosen: Flags | None = None, matrix: csr_matrix | None = None) -> csr_matrix:
        """Return people by words (or by the columns of another matrix of comments), of the chosen comments."""
        found = self.of_comment if matrix is None else matrix
        rows = np.arange(len(self.texts)) if chosen is None else np.flatnonzero(chosen)
        return _summed(self.people[rows], found[rows], self.size)

    @cached_property
    def size(self) -> int:
        """How many people wrote."""
        return int(self.people.max()) + 1 if len(self.people) else 0

    def writers(self, chosen: Flags | None = None) -> int:
        """Return how many people wrote the chosen comments."""
        return len(np.unique(self.people if chosen is None else self.people[chosen]))

    @cached_property
    def pieces(self) -> dict[str, int]:
        """How many people use each piece of text, names and numbers among them."""
        users: dict[str, set[int]] = defaultdict(set)
        for comment, _, one in self.sentences:
            for piece in one.pieces:
                users[piece].add(int(self.people[comment]))
        return {piece: len(who) for piece, who in users.items()}


def build(texts: Sequence[str], languages: Sequence[str], keys: Sequence[str | None], least: int, *,
          tokenizer: bool = True) -> Corpus:
    """Return comments split into words.

    Parameters
    ----------
    texts, languages, keys : sequence
        Plain, masked comments in a total order; ``ja`` or ``en``; who wrote each (None: anonymous).
    least : int
        A word counts from so many people on; a compound too, and falls back to its parts below.
    tokenizer : bool
        False: as where Sudachi is not installed.
    """
    ways = readers(tokenizer=tokenizer)
    split = {language: cached(reader) for language, (_, reader) in ways.items()}
    people = persons(texts, keys)
    numbered = enumerate(zip(texts, languages, strict=True))
    found = tuple((n, one, split[language](one)) for n, (text, language) in numbered for one in sentences(text))
    compounds = {key for key, users in _users(found, people, _compounds).items() if len(users) >= least}
    users = _users(found, people, lambda one: flat(one.words, compounds.__contains__))
    words = tuple(sorted(key for key, who in users.items() if len(who) >= least))
    met = sorted(set(languages))
    return Corpus(tuple(texts), tuple(languages), people, found, words, _forms(found, set(words), words),
                  {language: ways[language][0] for language in met}, least)


def persons(texts: Sequence[str], keys: Sequence[str | None]) -> np.ndarray:
    """Return who wrote each text as 0, 1, … in the order they first appear."""
    place: dict[tuple[str, Any], int] = {}
    found = []
    for n, (text, key) in enumerate(zip(texts, keys, strict=True)):
        who = ("key", key) if key is not None else ("text", text) if len(text) >= COPIED else ("row", n)
        found.append(place.setdefault(who, len(place)))
    return np.array(found, dtype=np.int64)


def _compounds(one: Sentence) -> list[Word]:
    return [word for word in one.words if word.parts and word.key]


def _users(found: Sequence[tuple[int, str, Sentence]], people: np.ndarray, chosen: Any) -> dict[str, set[int]]:
    users: dict[str, set[int]] = defaultdict(set)
    for comment, _, one in found:
        for word in chosen(one):
            users[word.key].add(int(people[comment]))
    return users


def _forms(found: Sequence[tuple[int, str, Sentence]], kept: set[str], words: Sequence[str]) -> tuple[str, ...]:
    """Return the most frequent form of each word, ties by the form itself."""
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for _, _, one in found:
        for word in flat(one.words, kept.__contains__):
            met[word.key][word.form] += 1
    return tuple(min(met[word].items(), key=lambda item: (-item[1], item[0]))[0] for word in words)


def _incidence(rows: Sequence[Sequence[int]], width: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    columns = [sorted(set(row)) for row in rows]
    ends = np.cumsum([0, *(len(row) for row in columns)])
    flat_columns = np.array([c for row in columns for c in row], dtype=np.int64)
    return csr_matrix((np.ones(len(flat_columns)), flat_columns, ends), shape=(len(rows), width))


def _summed(groups: Any, matrix: csr_matrix, size: int) -> csr_matrix:
    """Return a matrix with the rows of each group as one: 1 where any of them has it."""
    from scipy.sparse import csr_matrix

    rows = np.asarray(groups, dtype=np.int64)
    sums = csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(size, matrix.shape[0])) @ matrix
    sums.data[:] = 1.0
    sums.sort_indices()
    return sums
