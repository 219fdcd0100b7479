"""Japanese text without a tokenizer: pieces of one script stand in for words."""

from __future__ import annotations

import re

from crmlib.methods.text.words import Sentence, Word

_RUN = re.compile(r"[一-龯々]{2,}|[ァ-ヺー]{2,}|[A-Za-z]{3,}")
_PIECE = re.compile(r"[一-龯々]+|[ァ-ヺー]+|[ぁ-ゖー]+|[A-Za-z]+|\d+|[^\s\w]")
SHORTEST, LONGEST = 2, 8
#: Longest word of katakana (ソフトクリーム).
LONGEST_RUN = 12


def sentence(text: str) -> Sentence:
    """Return the kanji and katakana pieces of a sentence.

    A run of up to eight kanji, or of katakana, is a compound of its pieces of two characters and stands whole where
    enough people use it. Hiragana, which holds the endings, is left out. The pieces are whole runs: a sentence is shown
    only where each of them is used by many.
    """
    words = [_word(run) for run in _RUN.findall(text)]
    return Sentence(tuple(words), frozenset(_PIECE.findall(text)))


def _word(run: str) -> Word:
    low = run.lower()
    if run.isascii() or len(run) == SHORTEST:
        return Word(low, low)
    pieces = tuple(Word(low[n:n + SHORTEST], low[n:n + SHORTEST]) for n in range(len(run) - 1))
    whole = "" if "一" <= run[0] <= "龯" and len(run) > LONGEST else low[:LONGEST_RUN]
    return Word(whole, whole, () if "ァ" <= run[0] <= "ー" else pieces)
