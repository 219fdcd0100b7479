"""The embedded engine keeps whole numbers whole, and what it spills to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmlib.engine import open_engine
from crmlib.errors import CrmError


def test_sums_stay_whole_and_missing_ones_stay_missing():
    with open_engine() as engine:
        frame = engine.sql("SELECT SUM(x) AS total, CAST(NULL AS BIGINT) AS nothing FROM range(4) AS t(x)")
    assert (str(frame["total"].dtype), int(frame["total"][0])) == ("int64", 6)
    assert frame["nothing"].isna().all() and str(frame["nothing"].dtype) == "Int64"


def test_a_failed_statement_is_a_sentence():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.sql("SELECT nobody FROM nothing")
    assert caught.value.code == "engine.failed" and "nothing" in caught.value.say("en")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device that is always full")
def test_a_full_disk_is_a_sentence_without_the_engines_own_words():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.write("SELECT x FROM range(100000) AS t(x)", Path("/dev/full"))
    assert (caught.value.code, caught.value.exit_code) == ("engine.disk_full", 2)
    assert "/dev" not in caught.value.say("en") + caught.value.say("ja")


def test_a_value_that_was_not_given_is_named():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.sql("SELECT $as_of AS day")
    assert caught.value.code == "engine.missing_parameter" and caught.value.values["name"] == "as_of"
