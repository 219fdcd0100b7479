"""What do customers write? Themes, words, what is new, and sentences that stand for many, in Japanese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.analyses.satisfaction.voices import quoted, spoken, told, worded
from crmlib.analyses.satisfaction.voices.comments import HIGH, LOW, Comments, read
from crmlib.methods.text.polarity import Polarity, learn
from crmlib.part import CODE, COUNT, DIFFERENCE, MONTH, PEOPLE, RATIO, TEXT, FactKinds, Part, tables
from crmlib.result import RESTRICTED, Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
RESPONSES = Column("responses")
COLUMNS = {
    "comments_read": {"source": CODE, "content": CODE, "people": PEOPLE, "comments": RESPONSES},
    "themes": {"source": CODE, "theme": CODE, "people": PEOPLE, "comments": RESPONSES, "share": RATIO, "low": RATIO,
               "high": RATIO, "rated": PEOPLE, "low_scores": RATIO, "low_scores_low": RATIO, "low_scores_high": RATIO,
               "share_before": RATIO, "change": DIFFERENCE, "change_low": DIFFERENCE, "change_high": DIFFERENCE,
               "movement": CODE},
    "themes_by_segment": {"dimension": CODE, "level": CODE, "theme": CODE, "people": PEOPLE, "n": PEOPLE,
                          "share": RATIO, "low": RATIO, "high": RATIO, "leaning": CODE},
    "new_themes": {"words": TEXT, "people": PEOPLE, "comments": RESPONSES, "share": RATIO},
    "words": {"word": TEXT, "people": PEOPLE, "share": RATIO, "rated": PEOPLE, "low_scores": RATIO,
              "low_scores_low": RATIO, "low_scores_high": RATIO, "low_scores_rest": RATIO, "gap": DIFFERENCE,
              "gap_low": DIFFERENCE, "gap_high": DIFFERENCE, "leaning": CODE},
    "words_by_score": {"word": TEXT, "people": PEOPLE, "gap": DIFFERENCE, "gap_low": DIFFERENCE,
                       "gap_high": DIFFERENCE, "leaning": CODE},
    "emerging": {"source": CODE, "word": TEXT, "people": PEOPLE, "people_before": PEOPLE, "share": RATIO,
                 "share_before": RATIO, "change": DIFFERENCE, "low": DIFFERENCE, "high": DIFFERENCE, "movement": CODE},
    "pairs": {"word": TEXT, "beside": TEXT, "people": PEOPLE, "jaccard": RATIO},
    "network": {"word": TEXT, "beside": TEXT, "people": PEOPLE, "jaccard": RATIO},
    "comments": {"theme": CODE, "tone": CODE, "text": TEXT, "people": PEOPLE},
    "polarity": {"told": CODE, "n": RESPONSES, "n_low": RESPONSES, "auc": Column("score"),
                 "auc_low": Column("score"), "auc_high": Column("score")},
    "kwic": {name: MONTH if name == "month" else CODE if name in ("source", "tone") else TEXT for name in quoted.KWIC},
    "doubts": {"source": CODE, "month": MONTH, "tone": CODE, "chance_low": RATIO, "text": TEXT},
}
SMALL = {
    "comments_read": {"count": "people", "within": ("source",)},
    "themes": {"count": "people", "within": ("source", "theme")},
    "themes_by_segment": {"count": "people", "within": ("dimension", "theme")},
    "new_themes": {"count": "people", "within": ("words",)},
    "words": {"count": "people", "within": ("word",)},
    "words_by_score": {"count": "people", "within": ("word",)},
    "emerging": {"count": "people", "within": ("source", "word")},
    "pairs": {"count": "people", "within": ("word", "beside")},
    "network": {"count": "people", "within": ("word", "beside")},
    "comments": {"count": "people", "within": ("theme", "tone", "text")},
}
MOST_THEMES = 12


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say what customers write, from how many of them, and what has changed; nothing that tells of one of them.

    Returns
    -------
    Part
        tables
            comments_read: source, content (read, nothing, ditto, signs, other_language), people, comments. themes,
            themes_by_segment, new_themes (see ``spoken``). words, words_by_score, emerging, pairs, network (the
            closest pairs; see ``worded``). comments: theme, tone, text, people (see ``quoted``). polarity: told (yes,
            no), n, n_low, auc, auc_low, auc_high (out of fold). Restricted: kwic, doubts.

    Notes
    -----
    Texts are masked before they are split (``crmlib.privacy.masking``). A person counts once, however much is
    written; a word or theme is told from ``voices.least`` people on.
    """
    comments = read(data, settings)
    if comments is None:
        return Part(notes=(("voices.none", {}),))
    low, high = (comments.toned(tone) & comments.judged for tone in (LOW, HIGH))
    learnt = learn(comments.corpus, low, high, comments.level)
    compared, frames = _frames(comments, learnt)
    hidden = {name: Table(frames[name], COLUMNS[name], RESTRICTED) for name in ("kwic", "doubts") if len(frames[name])}
    shown = {name: frame[list(COLUMNS[name])] for name, frame in frames.items() if name not in ("kwic", "doubts")}
    return Part(tables=tables(shown, COLUMNS, SMALL) | hidden, figures=_figures(comments, frames),
                notes=told.notes(comments, frames, learnt, compared))


def _frames(comments: Comments, learnt: Polarity | None) -> tuple[int, dict[str, pd.DataFrame]]:
    words, pairs = worded.words(comments), worded.together(comments)
    emerging, compared = worded.emerging(comments)
    themes, segments = spoken.themes(comments), spoken.by_segment(comments)
    themes = themes[themes["people"] >= comments.settings.least].reset_index(drop=True)
    return compared, {
        "comments_read": comments.everything,
        "themes": themes,
        "themes_by_segment": segments[segments["theme"].isin(themes["theme"])].reset_index(drop=True),
        "new_themes": spoken.new_themes(comments),
        "words": words,
        "words_by_score": worded.telling(words),
        "emerging": emerging,
        "pairs": pairs,
        "network": pairs.head(worded.LINKS),
        "comments": quoted.representative(comments),
        "polarity": _polarity(learnt),
        "kwic": quoted.in_context(comments, words),
        "doubts": quoted.doubtful(comments, learnt),
    }


def _polarity(learnt: Polarity | None) -> pd.DataFrame:
    import pandas as pd

    rows = [] if learnt is None else [("yes" if learnt.told else "no", learnt.n, learnt.n_low, learnt.auc, learnt.low,
                                       learnt.high)]
    return pd.DataFrame(rows, columns=list(COLUMNS["polarity"]))


def _figures(comments: Comments, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    figures, words, network = {}, frames["words_by_score"], frames["network"]
    people = comments.corpus.writers()
    if len(frames["themes"]) > 1:
        top = frames["themes"].iloc[0]
        figures["themes"] = Figure(plot_themes, "themes", {
            "theme": top["theme"], "share": float(top["share"]), "source": top["source"], "n": people}, (7.2, 5.0))
    if len(words):
        first = words.iloc[0] if words["leaning"].iloc[0] == worded.TO_LOW else words.iloc[-1]
        way = "words_to_low" if first["leaning"] == worded.TO_LOW else "words_to_high"
        figures[way] = Figure(plot_words, "words_by_score", {
            "word": first["word"], "gap": abs(float(first["gap"])) * 100, "n": people}, (7.2, 5.0))
    if len(network) > 2:
        first = network.iloc[0]
        figures["network"] = Figure(plot_network, "network", {
            "word": first["word"], "beside": first["beside"], "n": int(first["people"])}, (7.2, 5.4))
    shown = _by_segment(frames["themes_by_segment"])
    if len(shown) and shown["level"].nunique() > 1:
        figures["themes_by_segment"] = Figure(plot_by_segment, "themes_by_segment", {"n": people}, (7.2, 5.0))
    return figures


def _by_segment(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the one dimension that is drawn: segments of customers where there are any."""
    dimension = "rfm_segment" if (frame["dimension"] == "rfm_segment").any() else "tone"
    return frame[frame["dimension"] == dimension]


def plot_themes(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of writers that speak of each theme, with its interval, in the source with most of them."""
    shown = frame[frame["source"] == frame["source"].iloc[0]].head(MOST_THEMES).reset_index(drop=True)
    return charts.dots(shown, ax, words, label="theme", value="share", low="low", high="high", unit="ratio",
                       n="people", accent=shown["theme"].iloc[0])


def plot_words(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how much more often than others those who use a word give a low score; 0: no difference."""
    return charts.dots(frame, ax, words, label="word", value="gap", low="gap_low", high="gap_high", unit="difference",
                       n="people", reference=0.0, accent=tuple(frame.loc[frame["leaning"] == worded.TO_LOW, "word"]))


def plot_network(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw words as dots and those that stand together as lines, thicker the closer they go together."""
    return charts.network(frame, ax, words, one="word", other="beside", weight="jaccard")


def plot_by_segment(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment's writers that speak of each theme."""
    shown = _by_segment(frame)
    totals = shown.groupby("theme")["people"].sum()
    leading = sorted(totals.index, key=lambda key: (-totals[key], key))[:MOST_THEMES]
    kept = shown[shown["theme"].isin(leading)].reset_index(drop=True)
    return charts.heatmap(kept, ax, words, row="theme", column="level", value="share", unit="ratio", rows=leading)
