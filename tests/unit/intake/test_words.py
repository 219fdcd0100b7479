"""Everything the books can say has words in both languages."""

from __future__ import annotations

import re

import pytest
import yaml

from crmlib.engine import reading
from crmlib.intake import ledger
from crmlib.intake.consent import deletions
from crmlib.intake.presets import contacts, currency, refunds


@pytest.fixture(params=["ja", "en"])
def words(request, root):
    """The words of one language."""
    return yaml.safe_load((root / "crmlib/text" / request.param / "cleaning.yaml").read_text(encoding="utf-8"))


def test_steps_and_fates_have_words(words):
    assert list(words["steps"]) == list(ledger.STEPS)
    assert set(words["fates"]) == {ledger.IN, ledger.OUT, *ledger.TAKEN, ledger.ROUNDING, ledger.INFO}


def test_reasons_have_words(words, root):
    sources = "\n".join(p.read_text(encoding="utf-8") for p in (root / "crmlib/intake").rglob("*.py"))
    fixed = re.findall(r"excluded:([a-z_]+)'|'(repeated_export|cut_receipt|same_person)'|\"(same_id|later_export)\"",
                       sources)
    # A line too long for any shop stops the run.
    lines = {f"line.{why}" for why in (*reading._WHY.values(), "malformed")} - {"line.too_long"}
    deleted = {deletions.REASON, deletions.NAMELESS}
    presets = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in (root / "params/columns").glob("*.yaml")]
    ruled = {rule["reason"] for preset in presets for part in (preset, *preset.get("versions", ()))
             for rule in (part.get("reads") or {}).get("exclude", ())}
    read = {currency.REASON, refunds.REASON, contacts.REASON, "file", "rounding"}
    assert ({r for found in fixed for r in found if r} | lines | deleted | ruled | read
            == set(words["reasons"]))
    known = ("empty|unreadable|too_large|orphan|two_customers|emptied|"
             "not_whole|no_such_day|not_in_era|ambiguous|scientific|unknown_code|matched|unmatched")
    whys = set(re.findall(rf"[.'\"]({known})['\"]", sources))
    assert whys == set(words["whys"])
