"""Words of text in Latin letters: lower case, plurals as singulars, what "not" denies kept apart."""

from __future__ import annotations

import re
from functools import cache

from crmlib.methods.text.words import Sentence, Word

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?|\d+")
_DENIALS = frozenset("""
    not no never cannot can't don't doesn't didn't isn't wasn't weren't won't couldn't hardly
    """.split())
#: Beside scikit-learn's list: what its tokenizer never meets, and words that tell nothing of a shop.
_MORE = frozenset("""
    very really quite just also got get gets went go going would could should i'm i've it's that's there's
    they're we're you're im ive dont didnt lot lots bit thing things one ones like use used using make made
    """.split())
_NAMED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
SHORTEST = 3


@cache
def _stop() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS | _MORE) - {"bill", "fire", "cry", "find", "system", "full", "empty", "serious"}


def sentence(text: str) -> Sentence:
    """Return the words of a sentence.

    A word after "not" (or another denial, over at most two words that tell nothing) is one of its own: ``not good``.
    Plurals lose their ending (Harman 1991, How effective is suffixing?, JASIS 42:7-15, the S stemmer). A capital in
    mid-sentence may be a name, and is told.
    """
    raw = [m[0].replace("’", "'") for m in _WORD.finditer(text)]
    words, denied, denial = [], 0, ""
    for piece in raw:
        low = piece.lower()
        if low in _DENIALS or low.endswith("n't"):
            denied, denial = 3, "no" if low == "no" else "not"
            continue
        denied -= 1
        if low in _stop() or len(low) < SHORTEST or low.isdigit():
            continue
        key = _singular(low)
        words.append(Word(f"not {key}", f"{denial} {low}") if denied > 0 else Word(key, key))
        denied = 0
    return Sentence(tuple(words), frozenset(piece.lower() for piece in raw), bool(_NAMED.search(text)))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4 and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and len(word) > 4 and word[-3] in "sxzh":
        return word[:-2]
    if word.endswith("s") and word[-2:] not in ("us", "ss", "is") and len(word) > 3:
        return word[:-1]
    return word
