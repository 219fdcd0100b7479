"""Whatever text a shop uses as a code, it comes out as it went in."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlib.errors import CrmError, CrmErrors
from crmlib.settings import load_settings
from crmlib.settings.file.reading import read_params

#: Letters a YAML plain scalar may be made of anywhere, none of which starts anything else.
PLAIN = st.text(alphabet="0123456789abcdefnostruyeTFNOY_.+:/~=<xX円店東京０９ー髙①", min_size=1, max_size=12).filter(
    lambda text: text not in ("~", "null") and not text.endswith(":") and ": " not in text)
ANY = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\x85\u2028\u2029\ufffe\uffff"),
              min_size=1, max_size=20)


#: A busy machine is no reason to fail.
unhurried = settings(deadline=None)


def read(text: str) -> object:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.yaml")
        path.write_text(text, encoding="utf-8", newline="")
        return load_settings(path)


def template(code: str) -> str:
    return f"""
shop: s
satisfaction:
  nps_question: {code}
sources:
  - files: a.csv
    tables:
      customers:
        customer_id: {code}
        gender:
          from: g
          values:
            {code}: {code}
"""


@unhurried
@given(PLAIN)
@example("010")
@example("12:30")
@example("no")
@example("1e3")
@example("0x10")
@example("2026-10-31")
def test_a_plain_code_is_its_own_text(code):
    found = read(template(code))
    columns = found.sources[0].tables["customers"]
    assert found.satisfaction.nps_question == columns["customer_id"].columns[0] == code
    assert dict(columns["gender"].values) == {code: code}
    assert type(found.satisfaction.nps_question) is str


@unhurried
@given(ANY)
@example("null")
@example(" spaced ")
@example("'quoted'")
def test_any_text_in_quotes_is_its_own_text(code):
    found = read(template(json.dumps(code, ensure_ascii=False)))
    columns = found.sources[0].tables["customers"]
    assert found.satisfaction.nps_question == code
    assert dict(columns["gender"].values) == {code: code}


@unhurried
@given(st.integers(-10**17, 10**17))
def test_whole_numbers_are_read_exactly_and_limits_hold(number):
    text = "shop: s\nsources: [{files: a, tables: {customers: {customer_id: i}}}]\n" + f"rfm: {{window_days: {number}}}"
    if number >= 1:
        assert read(text).rfm.window_days == number
        return
    with pytest.raises(CrmErrors) as caught:
        read(text)
    assert [error.code for error in caught.value.errors] == ["settings.out_of_range"]


@unhurried
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_brings_anything_but_a_clear_error(data):
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.yaml")
        path.write_bytes(data)
        with pytest.raises(CrmError) as caught:
            load_settings(path)
    assert caught.value.exit_code == 2
    for locale in ("ja", "en"):
        # A code in place of words would look like settings.unknown_key; the file's own text may look like anything.
        said = caught.value.say(locale).split("\n")[0]
        assert caught.value.code not in said or caught.value.code in data.decode("utf-8", "replace")


TREES = st.recursive(
    ANY, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(ANY, inside, max_size=3), max_leaves=8)


@unhurried
@given(st.dictionaries(ANY, TREES, min_size=1, max_size=4))
def test_the_reader_gives_back_what_was_dumped(tree):
    """Against PyYAML's own writer: nothing is lost, and every key has a line."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.yaml")
        path.write_text(yaml.safe_dump(tree, allow_unicode=True, default_style='"', sort_keys=False), encoding="utf-8")
        content = read_params(path, "x.yaml")
    assert content.value == tree
    assert all((key,) in content.lines for key in tree)
    assert content.problems == ()
