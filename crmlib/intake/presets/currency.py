"""Money of other currencies is never added up: its rows are taken out, and counted."""

from __future__ import annotations

from collections.abc import Sequence

from crmlib.settings.sources import Exclusion, Source

REASON = "other_currency"


def with_currency(sources: Sequence[Source], code: str) -> tuple[Source, ...]:
    """Return the sources with a rule that keeps the shop's currency, where a column says which one a row is in."""
    return tuple(_only(s, s.currency, code) if s.currency else s for s in sources)


def _only(source: Source, heading: str, code: str) -> Source:
    rule = Exclusion.model_construct(column=heading, values=(), only=(code, ""), reason=REASON)
    return source.model_copy(update={"exclude": (*source.exclude, rule)})
