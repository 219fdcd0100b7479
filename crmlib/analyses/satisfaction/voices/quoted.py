"""Sentences that may be shown, and for the shop's own eyes every place a word stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.voices.comments import HIGH, LOW, Comments
from crmlib.analyses.satisfaction.voices.worded import TO_LOW
from crmlib.methods.text.polarity import Polarity
from crmlib.methods.text.shown import quotes
from crmlib.privacy.masking import MARK

if TYPE_CHECKING:
    import pandas as pd

QUOTES = {"theme": "str", "tone": "str", "text": "str", "people": "int64"}
KWIC = {"word": "str", "before": "str", "keyword": "str", "after": "str", "source": "str", "month": "str",
        "tone": "str"}
DOUBTS = {"source": "str", "month": "str", "tone": "str", "chance_low": "float64", "text": "str"}
EVERY = "all"
PLACES, KEYWORDS, AROUND = 20, 40, 30
#: The wording contradicts the score where the chance of a low one is so far from it.
SURE = 0.8
MOST_DOUBTS = 200


def representative(comments: Comments) -> pd.DataFrame:
    """Return sentences that stand for what many say of a theme, of all and of low scores alone.

    Returns
    -------
    pandas.DataFrame
        theme, tone (all, low), text, people (who wrote one much like it, at least ``voices.least``); up to three a
        theme, two from low scores. Which may be shown: ``crmlib.methods.text.shown.quotes``; what the shop holds of
        its customers is taken out besides (``Dataset.masked``), and a sentence that changes by it is not shown.
    """
    import pandas as pd

    corpus, rows = comments.corpus, []
    of = np.array([comment for comment, _, _ in corpus.sentences], dtype=np.int64)
    low = comments.toned(LOW)[of] if len(of) else np.zeros(0, dtype=bool)
    for place, theme in enumerate(comments.themes):
        speaks = comments.spoken_in_sentences[:, place].toarray().ravel() > 0
        for tone, flags, most in ((EVERY, speaks, 3), (LOW, speaks & low, 2)):
            rows += [(theme.key, tone, one.text, one.people) for one in quotes(corpus, flags, corpus.least, most)]
    safe = comments.data.masked([row[2] for row in rows])
    kept = [row for row, text in zip(rows, safe, strict=True) if row[2] == text and MARK not in text]
    return pd.DataFrame(kept, columns=list(QUOTES)).astype(QUOTES)


def in_context(comments: Comments, found: pd.DataFrame) -> pd.DataFrame:
    """Return the words in the sentences they stand in (KWIC); restricted, masked all the same.

    Returns
    -------
    pandas.DataFrame
        word, before, keyword, after (up to 30 characters on either side; the keyword as it is written where it can be
        found), source, month, tone. The words that go with low scores first, then the most frequent: 40 words, 20
        places each, low scores first, then the latest.
    """
    import pandas as pd

    corpus, frame = comments.corpus, comments.frame
    leading = [*found.loc[found["leaning"] == TO_LOW, "word"], *found["word"]]
    chosen = list(dict.fromkeys(leading))[:KEYWORDS]
    place = {form: n for n, form in reversed(list(enumerate(corpus.forms)))}
    columns, rows = corpus.of_sentence.tocsc(), []
    about = list(zip(frame["source"], frame["ym"], frame["tone"].fillna(""), strict=True))
    for word in chosen:
        told = [(text, *about[comment]) for comment, text, _ in (
            corpus.sentences[row] for row in columns[:, place[word]].indices)]
        latest = sorted(sorted(told), key=lambda one: one[2], reverse=True)
        for text, *around in sorted(latest, key=lambda one: one[3] != LOW)[:PLACES]:
            rows.append((word, *_cut(text, word), *around))
    shown = pd.DataFrame(rows, columns=list(KWIC)).astype(KWIC)
    return shown.sort_values("word", key=lambda words: words.map({w: n for n, w in enumerate(chosen)}), kind="stable",
                             ignore_index=True)


def _cut(text: str, word: str) -> tuple[str, str, str]:
    """Return what stands before a word, the word as written (its unchanging beginning), and what follows."""
    low = text.lower()
    for length in range(len(word), 0, -1):
        at = low.find(word[:length].lower())
        if at >= 0:
            end = at + length
            return text[max(at - AROUND, 0):at], text[at:end], text[end:end + AROUND]
    return text[:AROUND], "", text[AROUND:2 * AROUND]


def doubtful(comments: Comments, learnt: Polarity | None) -> pd.DataFrame:
    """Return comments whose wording contradicts their score (a slip of the finger, or a turned scale); restricted.

    Returns
    -------
    pandas.DataFrame
        source, month, tone (low, high), chance_low (of a low score by the wording), text (masked); the clearest first.
        Empty where the wording does not tell the score.
    """
    import pandas as pd

    if learnt is None or not learnt.told:
        return pd.DataFrame({name: [] for name in DOUBTS}).astype(DOUBTS)
    frame = comments.frame.iloc[learnt.rows]
    found = pd.DataFrame({"source": frame["source"], "month": frame["ym"], "tone": frame["tone"],
                          "chance_low": learnt.chance, "text": frame["text"]}).astype(DOUBTS)
    wrong = ((found["tone"] == LOW) & (found["chance_low"] <= 1 - SURE)) | (
        (found["tone"] == HIGH) & (found["chance_low"] >= SURE))
    far = np.abs(found["chance_low"] - 0.5)
    return found[wrong].assign(far=far).sort_values(
        ["far", "text", "source", "month"], ascending=[False, True, True, True], kind="stable").head(MOST_DOUBTS)[
            list(DOUBTS)].reset_index(drop=True)
