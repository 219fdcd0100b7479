"""``open_workbook`` and the object it returns."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.dataset import Dataset, open_dataset, prepare, save_result
from crmlib.result import Result
from crmlib.settings import Settings, load_settings
from crmlib.text import Text, load_text
from crmlib.workbook.show import Shown, displays

if TYPE_CHECKING:
    from crmlib.settings.analyses.actions.rules import ActionRule, Instead

#: Columns that hold the code of a segment.
SEGMENT_COLUMNS = ("segment", "rfm_segment", "from_segment", "to_segment", "from_tier", "to_tier", "class",
                   "previous_segment")
#: Columns that hold the name of an attribute of customers.
ATTRIBUTE_COLUMNS = ("attribute", "measure", "dimension")
#: Columns that may hold the name of one of the shop's events.
EVENT_COLUMNS = ("event", "happening", "cause")


@dataclass(frozen=True)
class Workbook:
    """What a notebook works with.

    Attributes
    ----------
    data : Dataset
        The shop's data, seen from the month.
    settings : Settings
        The parameter file, typed.
    locale : str
        ``ja`` or ``en``: the language of everything that is shown.
    """

    data: Dataset
    settings: Settings
    locale: str

    def text(self, analysis: str) -> Text:
        """Return the words of one analysis."""
        if analysis not in self._texts:
            words = load_text(analysis, self.locale, self.data.currency, self.data.decimals)
            words = words.naming(own_words(self.settings, self.locale))
            self._texts[analysis] = words.naming(self._cluster_words()) if analysis == "segments" else words
        return self._texts[analysis]

    @cached_property
    def _texts(self) -> dict[str, Text]:
        return {}

    def _cluster_words(self) -> dict[str, Any]:
        """Return what clusters are called, which only their model knows."""
        from crmlib.analyses import segments

        if self.data.missing(segments.NEEDS):
            return {}
        found = segments.store.settled(self.data, self.settings.segments)
        return segments.naming.own_words(found.model, self.settings.segments, self.locale)

    def show(self, *things: Any) -> Shown:
        """Return facts, tables, figures, checks, actions or notes as one display, in the book's language.

        A result shows its answer and its key numbers, or what it is missing; None (a table or figure that this month
        has no data for) shows nothing.
        """
        shown = [displays(self.aimed(thing), self.text(_analysis(thing)), self.settings, things)
                 for thing in things if _some(thing)]
        return Shown("\n".join(s.html for s in shown), "\n\n".join(s.plain for s in shown))

    def keep(self, result: Result) -> Shown:
        """Hand the result to the run; outside a run, say that nothing was written.

        Raises
        ------
        CrmError
            ``dataset.result_differs`` when the same notebook gave other numbers before.
        """
        staging = os.environ.get("CRMLIB_STAGING")
        words = self.text(result.analysis)
        if not staging:
            return Shown(f"<p>{words.sentence('kept.not_in_a_run', {})}</p>", words.sentence("kept.not_in_a_run", {}))
        save_result(self.aimed(result), Path(staging) / "results" / result.analysis)
        return Shown("", "")

    def aimed(self, thing: Any) -> Any:
        """Return a result with the shop's target at every fact that has one; anything else as it is."""
        if not isinstance(thing, Result):
            return thing
        targets = self.settings.targets
        return replace(thing, facts=tuple(
            replace(fact, target=targets.get(f"{thing.analysis}.{fact.key}")) if fact.target is None else fact
            for fact in thing.facts))

    def __repr__(self) -> str:
        return f"<Workbook {self.settings.shop.id} {self.data.month}, {self.locale}: {self.data!r}>"


def own_words(settings: Settings, locale: str) -> dict[str, Any]:
    """Return what the shop calls its own segments, events and paths, and does for them, as a text file would."""
    rules, shared = settings.rfm.own_segments, load_text("common", locale)
    names = {rule.segment: rule.name.get(locale) for rule in rules if rule.name}
    actions = {rule.segment: rule.action.get(locale) for rule in rules if rule.action}
    # Whoever did not buy in the window may well have bought before it.
    outside = {"prospect": shared.get("rfm_words.outside_window")} if settings.rfm.window_days else {}
    counted = {"frequency_median": shared.get("rfm_words.orders_median")} if settings.rfm.frequency == "orders" else {}
    satisfaction = asked_words(settings, locale)
    columns: dict[str, Any] = {column: names | outside for column in SEGMENT_COLUMNS if names or outside}
    happened = {event.name.get("en"): event.name.get(locale) for event in settings.calendar.events}
    columns |= {column: happened for column in EVENT_COLUMNS if happened}
    for column, named in (("funnel", settings.trends.funnels), ("conversion", settings.trends.conversions),
                          ("mended", settings.satisfaction.improvements)):
        columns |= {column: {one.name.get("en"): one.name.get(locale) for one in named}} if named else {}
    said = columns | satisfaction | ({"action": actions} if actions else {})
    called = attribute_words(settings, locale)
    said |= {column: {**said.get(column, {}), **words} for column, words in called.items()}
    contact = _contact_words(settings, locale, actions)
    said = said | {column: {**said.get(column, {}), **words} for column, words in contact.items()}
    told = {"who": names | contact.get("action", {}), "what": actions | contact.get("what", {}),
            "why": contact.get("action", {})}
    told = {part: words for part, words in told.items() if words}
    return {key: words for key, words in (("codes", said), ("actions", told), ("labels", counted)) if words}


def attribute_words(settings: Settings, locale: str) -> dict[str, dict[str, str]]:
    """Return what the shop calls attributes of its customers, by column of codes."""
    called: dict[str, str] = {one.attribute: one.name.get(locale) for one in settings.customers.names}
    columns: dict[str, dict[str, str]] = dict.fromkeys(ATTRIBUTE_COLUMNS, called) | {
        "feature": {key: name[:1].upper() + name[1:] for key, name in called.items()},
        "subject": {f"customers.{key}": name for key, name in called.items()}}
    return columns if called else {}


def _contact_words(settings: Settings, locale: str, segments: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return what the shop calls its own rules of contact and what they offer."""
    rules = settings.actions.rules
    cases: list[ActionRule | Instead] = [*rules, *(case for rule in rules for case in rule.instead)]
    found = {"action": {rule.action: rule.name.get(locale) for rule in rules if rule.name},
             "what": segments | {case.what: case.say.get(locale) for case in cases if case.say}}
    return {column: words for column, words in found.items() if words}


def asked_words(settings: Settings, locale: str) -> dict[str, dict[str, str]]:
    """Return the names of metrics, one answer per person and weighted too, and of questions, by column of codes."""
    words, asked = load_text("satisfaction", locale), settings.satisfaction
    names = {one.key: one.name.get(locale) if one.name else words.code("metric", one.key) for one in asked.metrics}
    metrics = dict(names)
    for basis in ("one_per_person", "weighted"):
        told = str(words.get(f"named.{basis}"))
        metrics |= {f"{key}_{basis}": told.format(name=name) for key, name in names.items()}
    questions = {one.key: one.name.get(locale) for one in asked.questions if one.name}
    themes = {one.key: one.name.get(locale) for one in asked.voices.themes if one.name}
    columns = {"theme": themes, "metric": metrics, "item": names, "overall": names, "question": questions,
               "dimension": questions}
    return {column: found for column, found in columns.items() if found}


def open_workbook(params_file: str, month: str | None = None, locale: str | None = None) -> Workbook:
    """Open a shop's month from its parameter file.

    Parameters
    ----------
    params_file : str
        For instance ``params/sample.yaml``; relative to the project, wherever the notebook lies.
    month : str, optional
        ``YYYY-MM``; by default the newest whole month in the data.
    locale : str, optional
        ``ja`` or ``en``; by default the parameter file's.

    Raises
    ------
    CrmError
        Of the settings, of intake, and of the month.
    """
    # In a run, the file may lie elsewhere; its place is no part of the notebook, which is published.
    settings = load_settings(os.environ.get("CRMLIB_PARAMS") or params_file)
    as_of = os.environ.get("CRMLIB_AS_OF")
    day = date.fromisoformat(as_of) if as_of else None
    ready = os.environ.get("CRMLIB_DATASET")
    data = open_dataset(settings, Path(ready), month, day) if ready else prepare(settings, month, day)
    chosen = locale or settings.locale
    return Workbook(data, settings, "ja" if chosen == "both" else chosen)


def _analysis(thing: Any) -> str:
    """Return which analysis's words a thing needs."""
    while isinstance(thing, (tuple, list)) and not hasattr(thing, "analysis"):
        thing = thing[0]
    return getattr(thing, "analysis", "") or "common"


def _some(thing: Any) -> bool:
    return thing is not None and not (isinstance(thing, (tuple, list)) and len(thing) == 0)
