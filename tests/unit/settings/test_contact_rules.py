"""Rules of contact in a parameter file: read, or refused with what would be right."""

from __future__ import annotations

import pytest

from crmlib.errors import CrmErrors
from crmlib.settings import settings_from
from crmlib.settings.analyses.actions.columns import HOMES, KINDS
from crmlib.settings.conditions import compared, parsed


def rules(**rule):
    return settings_from({"shop": "s", "actions": {"rules": [{"action": "a", "what": "x", **rule}]}}).actions.rules


@pytest.mark.parametrize(("rule", "said"), [
    ({"when": "recency_day >= 3"}, "did you mean recency_days?"),
    ({"when": "weather = rain"}, "which no page of this workbook knows"),
    ({"when": "recency_days >="}, "cannot be read at"),
    ({"when": "rank > gold"}, "is a code and cannot be compared"),
    ({"when": "recency_days > long"}, "is a number, but “long” is none"),
    ({"when": "recency_days > 1", "due": "coupon_day"}, "did you mean coupon_days?"),
    ({"when": "recency_days > 1", "value": "recency_days"}, "which no page"),
    ({"when": "recency_days > 1", "instead": [{"when": "ranks = gold", "what": "y"}]}, "did you mean rank?"),
])
def test_what_cannot_be_asked_is_refused_with_the_nearest_name(monkeypatch, rule, said):
    monkeypatch.setenv("CRMLIB_LANG", "en")
    with pytest.raises(CrmErrors) as error:
        rules(**rule)
    assert len(error.value.errors) == 1 and said in error.value.say()
    assert "actions.rules[1]" in error.value.say() and "next step" in error.value.say()


def test_two_rules_of_one_name_are_refused():
    rule = {"action": "a", "when": "recency_days > 1", "what": "x"}
    with pytest.raises(CrmErrors) as error:
        settings_from({"shop": "s", "actions": {"rules": [rule, rule]}})
    assert error.value.code == "settings.repeated"


def test_every_rule_a_shop_starts_with_asks_for_something_known_and_has_words():
    from crmlib.text import load_text

    standard = settings_from({"shop": "s"}).actions.rules
    assert len({rule.action for rule in standard}) == len(standard) >= 16
    for rule in standard:
        assert {one.name for one in compared(parsed(rule.when))} <= set(KINDS)
        for locale in ("ja", "en"):
            words = load_text("actions", locale)
            assert all(words.has(key) for key in (
                f"codes.action.{rule.action}", f"codes.what.{rule.what}", f"actions.why.{rule.action}"))


def test_every_column_and_every_part_that_knows_it_has_words():
    from crmlib.text import load_text

    for locale in ("ja", "en"):
        words = load_text("actions", locale)
        assert [name for name in KINDS if not words.has(f"labels.{name}")] == []
        assert [part for part in set(HOMES.values()) if not words.has(f"codes.lacking.{part}")] == []


def test_a_line_may_be_written_in_japanese_words():
    (rule,) = rules(when="recency_days ≧ 30 かつ not rank in（gold、silver）")
    assert [(one.name, one.relation) for one in compared(parsed(rule.when))] == [("recency_days", ">="), ("rank", "in")]
