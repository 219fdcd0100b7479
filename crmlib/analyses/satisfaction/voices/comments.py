"""The comments of surveys, reviews and tickets: what is read, what is set aside, and the score beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.satisfaction.answers import declared
from crmlib.dataset import months
from crmlib.methods.text.corpus import Corpus, Flags, build
from crmlib.methods.text.kinds import EN, JA, READ, kind_of, language
from crmlib.methods.text.themes import Theme, extended, matches
from crmlib.methods.text.words import SUDACHI, readers
from crmlib.privacy.masking import mask, plain

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_matrix

    from crmlib.dataset import Dataset
    from crmlib.methods.text.words import Sentence
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings
    from crmlib.settings.analyses.satisfaction.voices import VoicesSettings

SURVEY, REVIEW, TICKET = "survey", "review", "ticket"
#: Where a text comes from: its column and its statement.
SOURCES = {SURVEY: ("survey_answers.text", "satisfaction_comments"),
           REVIEW: ("reviews.text", "satisfaction_review_texts"),
           TICKET: ("tickets.body", "satisfaction_ticket_texts")}
LOW, MIDDLE, HIGH = "low", "middle", "high"
#: A metric is taken for the comments' score where it stands beside so many of them.
MOST_SCORED = 0.5
STARS_LOW, STARS_HIGH = 2, 4
WRITTEN = ["source", "ym", "customer_key", "text", "value", "tone"]


@dataclass(frozen=True)
class Comments:
    """The comments of some months.

    Attributes
    ----------
    data : Dataset
    settings : VoicesSettings
    level : float
        Confidence of the intervals.
    everything : pandas.DataFrame
        source, content (see ``methods.text.kinds``), comments, people: what was written, and what of it is read.
    frame : pandas.DataFrame
        What is read, in a total order: source, ym, customer_key, text (masked), tone (low, middle, high; null without a
        score).
    corpus : Corpus
    metric : Metric or None
        Whose score stands beside the survey's comments.
    written : int
        Comments there are, read or not; more than ``everything`` holds where a sample was drawn.
    first_month, recent_from : str
    """

    data: Dataset
    settings: VoicesSettings
    level: float
    everything: pd.DataFrame
    frame: pd.DataFrame
    corpus: Corpus
    metric: Metric | None
    written: int
    first_month: str
    recent_from: str

    @cached_property
    def recent(self) -> Flags:
        """Which comments are of the latest months."""
        return (self.frame["ym"] >= self.recent_from).to_numpy(dtype=bool)

    def of(self, source: str) -> Flags:
        """Return which comments are of a source."""
        return (self.frame["source"] == source).to_numpy(dtype=bool)

    def toned(self, tone: str) -> Flags:
        """Return which comments have a low, middle or high score."""
        return (self.frame["tone"] == tone).fillna(False).to_numpy(dtype=bool)

    @cached_property
    def rated(self) -> Flags:
        """Which comments have a score."""
        return self.frame["tone"].notna().to_numpy(dtype=bool)

    @cached_property
    def judged(self) -> Flags:
        """Which comments have a score, of the one source with most of them: stars are never mixed with a survey's."""
        return max((self.rated & self.of(source) for source in SOURCES), key=lambda flags: int(flags.sum()))

    @property
    def sources(self) -> list[str]:
        """Sources with comments that are read, in a fixed order."""
        return [source for source in SOURCES if self.of(source).any()]

    @cached_property
    def themes(self) -> tuple[Theme, ...]:
        """The dictionary's themes with the shop's own."""
        own = {one.key: Theme(one.key, one.ja, one.en, one.unless) for one in self.settings.themes}
        return extended(own, only=not self.settings.standard_themes)

    @cached_property
    def spoken(self) -> csr_matrix:
        """Comments by themes."""
        return matches(self.corpus.texts, self.themes)

    @cached_property
    def spoken_in_sentences(self) -> csr_matrix:
        """Sentences by themes."""
        return matches([text for _, text, _ in self.corpus.sentences], self.themes).tocsc()


def read(data: Dataset, settings: SatisfactionSettings, *, tokenizer: bool = True) -> Comments | None:
    """Return the comments up to the data's month; None where nobody wrote.

    Every text is made plain and masked before anything else is done with it.
    """
    import pandas as pd

    own = settings.voices
    first = months.shift(data.month, 1 - own.months)
    metric, frames, written = _written(data, settings, first)
    if not frames:
        return None
    found = pd.concat(frames, ignore_index=True)
    cleaned = {text: mask(plain(text)) for text in found["text"].unique().tolist()}
    found["text"] = found["text"].map(cleaned).astype("str")
    kinds = {text: kind_of(text) for text in found["text"].unique().tolist()}
    found["content"] = found["text"].map(kinds).astype("str")
    ordered = found.sort_values([*WRITTEN[:2], "text", "value", "customer_key"], kind="stable", ignore_index=True)
    chosen = ordered[ordered["content"] == READ].reset_index(drop=True)
    texts = chosen["text"].tolist()
    corpus = build(texts, [language(text) or EN for text in texts], _keys(chosen), own.least, tokenizer=tokenizer)
    recent = months.shift(data.month, 1 - own.recent_months)
    return Comments(data, own, settings.confidence, _counted(ordered), chosen, _nameless(corpus, data), metric, written,
                    first, recent)


def _nameless(corpus: Corpus, data: Dataset) -> Corpus:
    """Return the comments without words that are, or hold, what the shop itself knows of a customer.

    A family or given name that is a place or an ordinary word too (福井, 清水) is left where Sudachi says that it is.
    """
    reader = readers()[JA][1] if corpus.ways.get(JA) == SUDACHI else None
    whole, alone = (data.masked(corpus.forms, lone=lone) for lone in (False, True))
    safe = [n for n, form in enumerate(corpus.forms) if whole[n] == plain(form) and (
        alone[n] == plain(form) or (reader is not None and not form.isascii() and _ordinary(reader(form))))]
    return replace(corpus, words=tuple(corpus.words[n] for n in safe), forms=tuple(corpus.forms[n] for n in safe))


def _ordinary(form: Sentence) -> bool:
    """Whether the dictionary has a form, and as no name of a person (it has 福井, and not 髙﨑)."""
    return not (form.named or form.strange)


def _written(data: Dataset, settings: SatisfactionSettings, first: str) -> tuple[
        Metric | None, list[pd.DataFrame], int]:
    frames, written, metric = [], 0, None
    for source, (column, statement) in SOURCES.items():
        if not data.has(column):
            continue
        values: dict[str, Any] = {"first_month": first, "most": settings.voices.most}
        if source == SURVEY:
            metric, found = _scored(data, settings, statement, values)
        else:
            found = data.query(statement, **values)
        if found.empty:
            continue
        written += int(found["texts"].iloc[0])
        tones = [_tone(value, metric if source == SURVEY else None) for value in found["value"].tolist()]
        frames.append(found.assign(source=source, tone=np.array(tones, dtype=object))[WRITTEN].astype({"tone": "str"}))
    return metric, frames, written


def _scored(data: Dataset, settings: SatisfactionSettings, statement: str, values: dict[str, Any]) -> tuple[
        Metric | None, pd.DataFrame]:
    """Return the comments beside the shop's overall metric, else beside that which most of them have."""
    chosen = [m for m in settings.metrics if settings.overall in (None, m.key)]
    best: tuple[Metric | None, pd.DataFrame] | None = None
    for metric in chosen:
        found = data.query(statement, tables=declared(settings), metric=metric.key, **values)
        if best is None or found["value"].notna().sum() > best[1]["value"].notna().sum():
            best = (metric, found)
        if len(found) and found["value"].notna().mean() >= MOST_SCORED:
            break
    if best is None:
        return None, data.query(statement, tables=declared(settings), metric="", **values)
    return best


def _tone(value: float | None, metric: Metric | None) -> str | None:
    """Return whether a score is low, high or neither: stars where there is no metric."""
    if value is None or value != value:
        return None
    low_to, high_from = _bounds(metric)
    if metric is not None and metric.better == "low":
        return LOW if value >= high_from else HIGH if value <= low_to else MIDDLE
    return LOW if value <= low_to else HIGH if value >= high_from else MIDDLE


def _bounds(metric: Metric | None) -> tuple[float, float]:
    """Return up to where a score is low and from where on it is high, on the scale as it is."""
    if metric is None:
        return STARS_LOW, STARS_HIGH
    low, high = metric.scale
    if metric.statistic == "nps":
        return 6, 9
    if metric.statistic == "top2":
        # As many answers at the bad end are low as count as good at the other; never one that counts as good.
        if metric.better == "low":
            return metric.good, max(high - (metric.good - low), metric.good + 1)
        return min(low + (high - metric.good), metric.good - 1), metric.good
    return low + (high - low) / 4, high - (high - low) / 4


def _keys(frame: pd.DataFrame) -> Sequence[str | None]:
    return [key if isinstance(key, str) else None for key in frame["customer_key"].tolist()]


def _counted(found: pd.DataFrame) -> pd.DataFrame:
    """Return source, content, comments and people, an anonymous comment a person."""
    who = found["customer_key"].where(found["customer_key"].notna(), [f"#{n}" for n in range(len(found))])
    groups = found.assign(who=who).groupby(["source", "content"], sort=True)
    return groups.agg(comments=("text", "size"), people=("who", "nunique")).reset_index().astype(
        {"source": "str", "content": "str", "comments": "int64", "people": "int64"})
