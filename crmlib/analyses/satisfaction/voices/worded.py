"""Words of the comments: how many use each, which go with low scores, which are new, which stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.voices.comments import LOW, Comments
from crmlib.analyses.satisfaction.voices.spoken import FEWER, FEWEST, MORE
from crmlib.methods.multiple import benjamini_hochberg
from crmlib.methods.text.counts import compared, leaning, pairs, users

if TYPE_CHECKING:
    import pandas as pd

WORDS = {"word": "str", "people": "int64", "share": "float64", "rated": "int64", "low_scores": "float64",
         "low_scores_low": "float64", "low_scores_high": "float64", "low_scores_rest": "float64", "gap": "float64",
         "gap_low": "float64", "gap_high": "float64", "leaning": "str"}
EMERGING = {"source": "str", "word": "str", "people": "int64", "people_before": "int64", "share": "float64",
            "share_before": "float64", "change": "float64", "low": "float64", "high": "float64", "movement": "str"}
PAIRS = {"word": "str", "beside": "str", "people": "int64", "jaccard": "float64"}
TO_LOW, TO_HIGH, NEITHER, UNKNOWN = "to_low", "to_high", "neither", "unknown"
MOST, MOST_PAIRS, EACH_WAY, LINKS = 300, 100, 10, 24


def words(comments: Comments) -> pd.DataFrame:
    """Return the words most people use, and which scores they go with.

    Returns
    -------
    pandas.DataFrame
        word, people, share (of those who wrote), rated (people with a score who use it), low_scores (share with a low
        one), low_scores_low, low_scores_high (Wilson), low_scores_rest (share among those who do not use it), gap
        (low_scores - low_scores_rest), gap_low, gap_high (Newcombe), leaning (to_low, to_high: 5 % of those called so
        may be chance; neither; unknown without scores). At most 300 words, with those that lean always among them; most
        people first.
    """
    import pandas as pd

    corpus = comments.corpus
    people, everyone = users(corpus.by_person()), corpus.writers()
    frame = pd.DataFrame({"place": np.arange(len(people)), "word": list(corpus.forms), "people": people,
                          "share": people / max(everyone, 1)})
    found = leaning(corpus, comments.toned(LOW), comments.judged, comments.level)
    scored = frame.merge(found, on="place", how="left") if _scored(comments) else frame.assign(
        **{name: np.nan for name in found.columns if name != "place"})
    tested = scored["p"].notna()
    real = np.zeros(len(scored), dtype=bool)
    real[tested.to_numpy()] = benjamini_hochberg(scored.loc[tested, "p"].tolist(), 1 - comments.level)
    way = np.where(~tested, UNKNOWN, np.where(~real, NEITHER, np.where(scored["gap"] > 0, TO_LOW, TO_HIGH)))
    told = scored.assign(leaning=way, rated=scored["rated"].fillna(0)).rename(
        columns={"harsh": "low_scores", "harsh_low": "low_scores_low", "harsh_high": "low_scores_high",
                 "rest": "low_scores_rest"})
    ordered = told.sort_values(["people", "word", "place"], ascending=[False, True, True], kind="stable")
    kept = (np.arange(len(ordered)) < MOST) | ordered["leaning"].isin((TO_LOW, TO_HIGH)).to_numpy()
    return ordered[kept][list(WORDS)].reset_index(drop=True).astype(WORDS)


def _scored(comments: Comments) -> bool:
    """Whether there are low scores and others to tell words apart by."""
    low, rated = comments.toned(LOW), comments.judged
    return comments.corpus.writers(rated & low) >= FEWEST and comments.corpus.writers(rated & ~low) >= FEWEST


def telling(found: pd.DataFrame) -> pd.DataFrame:
    """Return the ten words that most surely go with low scores and the ten that least do, by the interval's near end.

    Returns
    -------
    pandas.DataFrame
        word, people, gap, gap_low, gap_high, leaning.
    """
    worse = found[found["leaning"] == TO_LOW].sort_values(["gap_low", "word"], ascending=[False, True], kind="stable")
    better = found[found["leaning"] == TO_HIGH].sort_values(
        ["gap_high", "word"], ascending=[False, True], kind="stable")
    shown = [*worse.index[:EACH_WAY], *better.index[-EACH_WAY:]]
    return found.loc[shown, ["word", "people", "gap", "gap_low", "gap_high", "leaning"]].reset_index(drop=True)


def emerging(comments: Comments) -> tuple[pd.DataFrame, int]:
    """Return the words said more, or less, often in the latest months than before, and how many were compared.

    Returns
    -------
    pandas.DataFrame
        source, word, people, people_before (who use it), share, share_before, change, low, high (Newcombe), movement
        (more, fewer): 5 % of them may be chance (Benjamini & Hochberg over all words of all sources).
    int
        Words compared; 0 where neither source has 20 people on both sides.
    """
    import pandas as pd

    corpus, frames = comments.corpus, []
    for source in comments.sources:
        now, before = comments.of(source) & comments.recent, comments.of(source) & ~comments.recent
        if min(corpus.writers(now), corpus.writers(before)) >= FEWEST:
            found = compared(corpus, now, before, comments.level)
            frames.append(found[found["people"] + found["people_other"] >= corpus.least].assign(source=source))
    if not frames:
        return pd.DataFrame(columns=list(EMERGING)).astype(EMERGING), 0
    every = pd.concat(frames, ignore_index=True)
    real = every[np.array(benjamini_hochberg(every["p"].tolist(), 1 - comments.level), dtype=bool)]
    told = real.assign(word=[corpus.forms[place] for place in real["place"]],
                       movement=np.where(real["change"] > 0, MORE, FEWER)).rename(
                           columns={"people_other": "people_before", "share_other": "share_before"})
    ordered = told.sort_values(["change", "source", "word"], ascending=[False, True, True], kind="stable")
    return ordered[list(EMERGING)].reset_index(drop=True).astype(EMERGING), len(every)


def together(comments: Comments) -> pd.DataFrame:
    """Return the words that stand together: word, beside, people (who use both), jaccard (both ÷ either)."""
    found = pairs(comments.corpus, comments.settings.least).head(MOST_PAIRS)
    forms = comments.corpus.forms
    return found.assign(word=[forms[n] for n in found["first"]], beside=[forms[n] for n in found["second"]])[
        list(PAIRS)].astype(PAIRS)
