"""How far the data can be trusted: what was used, which checks failed, which pages are missing."""

from __future__ import annotations

from collections.abc import Iterator

from crmlib.report.front.known import Known
from crmlib.result import Check
from crmlib.text import Text
from crmlib.workbook.lists import need_sentences, show_checks
from crmlib.workbook.markup import element, escaped, rich

FACTS = ("rows_in", "rows_out", "rows_quarantined", "duplicates_merged", "rows_excluded")


def trust(known: Known, text: Text) -> str:
    """Return the sentences on the data, the failed checks as a table, and what is not there yet."""
    said = "".join(element("p", rich(line)) for line in _sentences(known, text))
    failed = _failed(known)
    return "\n".join(part for part in (said, show_checks(failed, text).html if failed else "",
                                       _missing(known, text)) if part)


def _sentences(known: Known, text: Text) -> Iterator[str]:
    values = {key: known.whole("quality", key) for key in FACTS}
    if None in values.values():
        yield text.sentence("index.trust_no_quality")
    else:
        names = {"quarantined": "rows_quarantined", "merged": "duplicates_merged", "excluded": "rows_excluded"}
        yield text.sentence("index.trust_balance", values | {k: values[v] for k, v in names.items()})
    amounts = [known.fact("quality", key) for key in ("amount_in", "amount_out")]
    if amounts[0] is not None and amounts[1] is not None:
        yield text.sentence("index.trust_amount", {"amount_in": amounts[0].value, "amount_out": amounts[1].value})
    checks, failed = known.checks(), _failed(known)
    if checks:
        key = "index.trust_checks" if failed else "index.trust_checks_ok"
        yield text.sentence(key, {"all": len(checks), "failed": len(failed)})


def _failed(known: Known) -> list[Check]:
    return [check for check in known.checks() if not check.ok and check.severity != "info"]


def _missing(known: Known, text: Text) -> str:
    """List the pages without data, those that lack the same thing together, and how to supply it."""
    names: dict[str, list[str]] = {}
    for analysis, needs in known.missing():
        name = text.find(f"names.{analysis}") or text.of(analysis).find("title") or analysis
        names.setdefault(" ".join(map(rich, need_sentences(needs, text))), []).append(str(name))
    between = text.sentence("index.between_names")
    rows = "".join(f"<li><b>{escaped(between.join(pages))}</b> {said}</li>" for said, pages in names.items())
    head = element("p", escaped(text.sentence("index.trust_missing")), "small")
    return element("div", head + element("ul", rows), "missing") if rows else ""
