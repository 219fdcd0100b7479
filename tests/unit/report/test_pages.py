"""What speaks against publishing is said in words that lead on."""

from __future__ import annotations

import pytest

from crmlib.report.pages import refusal
from crmlib.result import Check


@pytest.mark.parametrize(("locale", "said"), [
    ("ja", ("読めずに分けた行の割合", "12.3%", "5.0%", "quarantine")),
    ("en", ("12.3", "5.0", "set aside", "quarantine")),
])
def test_a_broken_rule_names_rule_figures_and_the_way_on(locale, said, monkeypatch):
    monkeypatch.setenv("CRMLIB_LANG", locale)
    error = refusal(Check("quarantined_share", False, 0.1234, 0.05, "stop", "quality"))
    assert (error.code, error.exit_code, error.where) == ("report.check_stopped", 1, "quality.quarantined_share")
    for word in said:
        assert word in error.say(locale)
    assert "{" not in error.say(locale)


def test_a_problem_on_a_page_names_the_page():
    error = refusal("ja/20_rfm.html: external address")
    assert (error.code, error.where) == ("report.gate", "ja/20_rfm.html: external address")
