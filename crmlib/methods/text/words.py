"""A sentence as words: the one shape in which Japanese, English and text without a tokenizer are handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from crmlib.methods.text import kinds

SUDACHI, GRAMS, SPACES = "sudachi", "grams", "spaces"
_ENDS = "。！？!?\n"


@dataclass(frozen=True)
class Word:
    """A word by which texts are compared.

    Attributes
    ----------
    key : str
        The same for all spellings; ``¬`` at its end: denied. Empty: only its parts count.
    form : str
        As it is shown: the usual form of this spelling.
    parts : tuple of Word
        What a compound is made of; it falls back to them where too few people use it.
    """

    key: str
    form: str
    parts: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence, every piece it consists of, and whether a name, or what no dictionary has, is in it."""

    words: tuple[Word, ...]
    pieces: frozenset[str]
    named: bool = False
    strange: bool = False


Reader = Callable[[str], Sentence]


def sentences(text: str) -> list[str]:
    """Return the sentences of a plain text, without the signs that end them."""
    for end in _ENDS:
        text = text.replace(end, "\n")
    return [part for part in (piece.strip(" 　、,・") for piece in text.split("\n")) if part]


def readers(*, tokenizer: bool = True) -> dict[str, tuple[str, Reader]]:
    """Return how each language is split into words: its language → (the way's name, the function).

    Parameters
    ----------
    tokenizer : bool
        False: as where Sudachi is not installed.
    """
    from crmlib.methods.text import english, grams, japanese

    sudachi = tokenizer and japanese.available()
    return {kinds.JA: (SUDACHI, japanese.sentence) if sudachi else (GRAMS, grams.sentence),
            kinds.EN: (SPACES, english.sentence)}


def flat(words: tuple[Word, ...], kept: Callable[[str], bool]) -> Iterator[Word]:
    """Yield words, a compound by its parts where it is not kept."""
    for word in words:
        if word.parts and not (word.key and kept(word.key)):
            yield from flat(word.parts, kept)
        elif word.key:
            yield word


def cached(reader: Reader) -> Reader:
    """Return a reader that splits the same sentence once."""
    seen: dict[str, Sentence] = {}
    return partial(_look, seen, reader)


def _look(seen: dict[str, Sentence], reader: Reader, text: str) -> Sentence:
    if text not in seen:
        seen[text] = reader(text)
    return seen[text]
