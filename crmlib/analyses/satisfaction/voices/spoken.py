"""Themes of the comments: how many speak of each, with which scores, who, and whether it has become more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.satisfaction.voices.comments import HIGH, LOW, MIDDLE, TICKET, Comments
from crmlib.methods.intervals import wilson
from crmlib.methods.multiple import benjamini_hochberg
from crmlib.methods.text.corpus import Flags
from crmlib.methods.text.counts import compared, leaning, users
from crmlib.methods.text.topics import topics

if TYPE_CHECKING:
    import pandas as pd

THEMES = {"source": "str", "theme": "str", "comments": "int64", "people": "int64", "share": "float64", "low": "float64",
          "high": "float64", "rated": "int64", "low_scores": "float64", "low_scores_low": "float64",
          "low_scores_high": "float64", "share_before": "float64", "change": "float64", "change_low": "float64",
          "change_high": "float64", "movement": "str"}
SEGMENTS = {"dimension": "str", "level": "str", "theme": "str", "n": "int64", "people": "int64", "share": "float64",
            "low": "float64", "high": "float64", "leaning": "str"}
NEW = {"words": "str", "comments": "int64", "people": "int64", "share": "float64"}
MORE, FEWER, SAME, UNKNOWN = "more", "fewer", "same", "unknown"
#: Fewer people on either side: no comparison.
FEWEST = 20
TONES = (LOW, MIDDLE, HIGH)


def themes(comments: Comments) -> pd.DataFrame:
    """Return how many people speak of each theme, source by source.

    Returns
    -------
    pandas.DataFrame
        source, theme, comments, people, share (of the people who wrote), low, high (Wilson), rated (people with a
        score), low_scores (share of them with a low one), low_scores_low, low_scores_high (Wilson), share_before (in
        the months before the latest ones), change (share in the latest months - share_before), change_low, change_high
        (Newcombe), movement (more, fewer: 5 % of those called so may be chance; same; unknown: fewer than 20 people on
        a side). Themes nobody speaks of are left out; most people first.
    """
    import pandas as pd

    rows = [row for source in comments.sources for row in _of_source(comments, source)]
    frame = pd.DataFrame(rows, columns=list(THEMES)).astype(THEMES)
    return frame[frame["people"] > 0].reset_index(drop=True)


def _of_source(comments: Comments, source: str) -> list[dict[str, Any]]:
    mine, corpus = comments.of(source), comments.corpus
    n, people = corpus.writers(mine), users(corpus.by_person(mine, comments.spoken))
    texts = np.asarray(comments.spoken[np.flatnonzero(mine)].sum(axis=0)).ravel().astype(int)
    rated, low = mine & comments.rated, mine & comments.toned(LOW)
    all_rated, all_low = (users(corpus.by_person(flags, comments.spoken)) for flags in (rated, low))
    moved = _moved(comments, mine)
    rows: list[dict[str, Any]] = []
    for place, theme in enumerate(comments.themes):
        k, m, bad = int(people[place]), int(all_rated[place]), int(all_low[place])
        interval = wilson(k, n, comments.level) or (None, None)
        harsh = wilson(bad, m, comments.level) or (None, None)
        rows.append({"source": source, "theme": theme.key, "comments": int(texts[place]), "people": k, "share": k / n,
                     "low": interval[0], "high": interval[1], "rated": m, "low_scores": bad / m if m else None,
                     "low_scores_low": harsh[0], "low_scores_high": harsh[1], **moved[place]})
    return sorted(rows, key=lambda row: (-row["people"], row["theme"]))


def _moved(comments: Comments, mine: Flags) -> list[dict[str, Any]]:
    """Return the change of each theme's share from the months before to the latest ones."""
    now, before = mine & comments.recent, mine & ~comments.recent
    nothing = {"share_before": None, "change": None, "change_low": None, "change_high": None, "movement": UNKNOWN}
    corpus = comments.corpus
    if min(corpus.writers(now), corpus.writers(before)) < FEWEST:
        return [nothing] * len(comments.themes)
    found = compared(corpus, now, before, comments.level, comments.spoken)
    real = benjamini_hochberg(found["p"].tolist(), 1 - comments.level)
    return [{"share_before": row.share_other, "change": row.change, "change_low": row.low, "change_high": row.high,
             "movement": (MORE if row.change > 0 else FEWER) if told else SAME}
            for row, told in zip(found.itertuples(index=False), real, strict=True)]


def by_segment(comments: Comments) -> pd.DataFrame:
    """Return how many of each segment, and of those with each kind of score, speak of each theme.

    Returns
    -------
    pandas.DataFrame
        dimension (tone, rfm_segment), level, theme, n (people of the level who wrote), people, share, low, high
        (Wilson), leaning (more, fewer: than the others of the dimension, 5 % of those called so may be chance; same;
        unknown: fewer than 20 people on a side). Segments: surveys and reviews together; tones: the source with most
        scores.
    """
    import pandas as pd

    rows = [row for dimension, levels in _levels(comments).items()
            for level in sorted(set(levels[levels != ""]), key=_order)
            for row in _of_level(comments, dimension, level, levels)]
    frame = pd.DataFrame(rows, columns=[*SEGMENTS, "p"])
    tested = frame["p"].notna()
    if tested.any():
        real = benjamini_hochberg(frame.loc[tested, "p"].tolist(), 1 - comments.level)
        untold = frame.index[tested][~np.array(real, dtype=bool)]
        frame.loc[untold, "leaning"] = SAME
    return frame[list(SEGMENTS)].astype(SEGMENTS)


def _order(level: str) -> tuple[int, str]:
    """Return where a level stands: scores from low to high, segments by their code."""
    return (TONES.index(level) if level in TONES else len(TONES), level)


def _levels(comments: Comments) -> dict[str, np.ndarray]:
    """Return the level of each comment in every dimension the shop has; empty: none, or a ticket."""
    opinion = ~comments.of(TICKET)
    tones = comments.frame["tone"].fillna("").astype(str).to_numpy(dtype=object)
    found = {"tone": np.where(comments.judged, tones, "")}
    data = comments.data
    if data.has("customers") and data.has("orders"):
        import pandas as pd

        keys = comments.frame["customer_key"].dropna().unique()
        known = data.query("satisfaction_writers", tables={"satisfaction_keys": pd.DataFrame(
            {"customer_key": sorted(keys)}).astype("str")}).set_index("customer_key")["rfm_segment"]
        segment = comments.frame["customer_key"].map(known).fillna("").astype(str).to_numpy(dtype=object)
        found["rfm_segment"] = np.where(opinion, segment, "")
    return {name: levels for name, levels in found.items() if len(set(levels) - {""}) > 1}


def _of_level(comments: Comments, dimension: str, level: str, levels: np.ndarray) -> Iterator[dict[str, Any]]:
    corpus, inside = comments.corpus, levels == level
    outside = (levels != "") & ~inside
    n, rest = corpus.writers(inside), corpus.writers(outside)
    found = compared(corpus, inside, outside, comments.level, comments.spoken)
    for row in found.itertuples(index=False):
        if not row.people + row.people_other:
            continue
        low, high = wilson(row.people, n, comments.level) or (None, None)
        enough = min(n, rest) >= FEWEST
        yield {"dimension": dimension, "level": level, "theme": comments.themes[row.place].key, "n": n,
               "people": row.people, "share": row.share, "low": low, "high": high,
               "leaning": (MORE if row.change > 0 else FEWER) if enough else UNKNOWN, "p": row.p if enough else None}


def new_themes(comments: Comments) -> pd.DataFrame:
    """Return themes the dictionary does not know, among comments of no theme: words, comments, people, share."""
    import pandas as pd

    corpus, uncovered = comments.corpus, comments.spoken.getnnz(axis=1) == 0
    n = corpus.writers()
    rows = []
    for topic in topics(corpus, uncovered, comments.settings.least):
        people = corpus.writers(topic.comments)
        words = " · ".join(corpus.forms[place] for place in topic.words)
        rows.append((words, int(topic.comments.sum()), people, people / n))
    return pd.DataFrame(rows, columns=list(NEW)).astype(NEW)


def leaning_themes(comments: Comments) -> list[tuple[str, float, float]]:
    """Return the themes that go with low scores: key, share of low scores among those who speak of it, and otherwise.

    The surest first, by the near end of the interval; 5 % of them may be chance.
    """
    found = leaning(comments.corpus, comments.toned(LOW), comments.judged, comments.level, comments.spoken)
    if found.empty:
        return []
    told = found[np.array(benjamini_hochberg(found["p"].tolist(), 1 - comments.level), dtype=bool)]
    worse = told[(told["gap"] > 0) & (told["rated"] >= comments.settings.least)].sort_values(
        ["gap_low", "place"], ascending=[False, True], kind="stable")
    return [(comments.themes[row.place].key, row.harsh, row.rest) for row in worse.itertuples(index=False)]
