"""What is said of the comments, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.voices.comments import Comments
from crmlib.analyses.satisfaction.voices.spoken import MORE, leaning_themes
from crmlib.analyses.satisfaction.voices.worded import TO_LOW
from crmlib.methods.text.kinds import DITTO, JA, NOTHING, READ
from crmlib.methods.text.polarity import FEWEST, Polarity
from crmlib.methods.text.words import GRAMS
from crmlib.part import Notes

if TYPE_CHECKING:
    import pandas as pd

Found = list[tuple[str, dict[str, Any]]]


def notes(comments: Comments, frames: Mapping[str, pd.DataFrame], learnt: Polarity | None, compared: int) -> Notes:
    """Return the sentences of the section: what was read, what is said most, what is new, what could not be told."""
    found = _read(comments)
    if comments.corpus.writers() < comments.settings.least:
        return (*found, ("voices.too_few", {"n": comments.corpus.writers(), "least": comments.settings.least}))
    return (*found, *_themes(comments, frames), *_words(comments, frames, learnt), *_new(comments, frames, compared),
            ("voices.masked", {"least": comments.settings.least}))


def _read(comments: Comments) -> Found:
    every, corpus = comments.everything, comments.corpus
    by_kind = every.groupby("content")["comments"].sum().to_dict()
    read, aside = int(by_kind.get(READ, 0)), int(every["comments"].sum()) - int(by_kind.get(READ, 0))
    found: Found = [("voices.read", {"n": read, "people": corpus.writers(), "first": comments.first_month,
                                     "last": comments.data.month})]
    if aside:
        found.append(("voices.set_aside", {"n": aside, "nothing": int(by_kind.get(NOTHING, 0)),
                                           "ditto": int(by_kind.get(DITTO, 0))}))
    if comments.written > int(every["comments"].sum()):
        found.append(("voices.sampled", {"written": comments.written, "n": int(every["comments"].sum())}))
    if corpus.ways.get(JA) == GRAMS:
        found.append(("voices.no_tokenizer", {}))
    return found


def _themes(comments: Comments, frames: Mapping[str, pd.DataFrame]) -> Found:
    themes = frames["themes"]
    if themes.empty:
        return [("voices.no_theme", {})]
    top = themes.iloc[0]
    found: Found = [("voices.most", {"theme": top["theme"], "share": float(top["share"]), "n": int(top["people"]),
                                     "source": top["source"]})]
    worse = leaning_themes(comments)
    if worse:
        key, harsh, rest = worse[0]
        found.append(("voices.theme_low", {"theme": key, "share": harsh, "rest": rest}))
    risen = themes[themes["movement"] == MORE]
    if len(risen):
        one = risen.sort_values(["change", "theme"], ascending=[False, True], kind="stable").iloc[0]
        found.append(("voices.theme_more", {
            "theme": one["theme"], "source": one["source"], "before": float(one["share_before"]),
            "share": float(one["share_before"] + one["change"]), "low": float(one["change_low"]) * 100,
            "high": float(one["change_high"]) * 100}))
    return found


def _words(comments: Comments, frames: Mapping[str, pd.DataFrame], learnt: Polarity | None) -> Found:
    words = frames["words"]
    low = words[words["leaning"] == TO_LOW].sort_values(["gap_low", "word"], ascending=[False, True], kind="stable")
    found: Found = []
    if len(low):
        one = low.iloc[0]
        found.append(("voices.word_low", {"word": one["word"], "share": float(one["low_scores"]),
                                          "rest": float(one["low_scores_rest"]), "n": int(one["rated"])}))
    elif not (words["leaning"] == "unknown").all():
        found.append(("voices.no_word_low", {"n": int((words["leaning"] != "unknown").sum())}))
    if learnt is None:
        return [*found, ("voices.polarity_few", {"fewest": FEWEST})]
    values = {"auc": learnt.auc, "low": learnt.low, "high": learnt.high, "n": learnt.n, "n_low": learnt.n_low}
    return [*found, ("voices.polarity" if learnt.told else "voices.polarity_chance", values)]


def _new(comments: Comments, frames: Mapping[str, pd.DataFrame], compared: int) -> Found:
    words, values = frames["emerging"], {"n": compared, "months": comments.settings.recent_months}
    if not compared:
        return [("voices.no_before", {})]
    risen = words[words["movement"] == MORE]
    if risen.empty:
        return [("voices.nothing_new", values)]
    one = risen.iloc[0]
    return [("voices.emerging", values | {"word": one["word"], "share": float(one["share"]), "k": len(risen),
                                          "before": float(one["share_before"])})]
