"""The short way gives what the long way gives, or leaves it to the long way."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlib.engine.reading import open_reader
from crmlib.intake.reading import raw, transcribe
from crmlib.intake.typed import kinds, quick, texts

CLOCKS = (kinds.Clock("Asia/Tokyo", "Asia/Tokyo"), kinds.Clock("Europe/London", "Asia/Tokyo", 5))
#: What numbers and times are made of, and what makes them something else.
PIECES = st.sampled_from([*"0123456789", *"-/:. T_+Z,()%eE\t", "12", "2024", "1800", "2026-10-31", "2024/01/05",
                          " 10:00", " 9:05", "2026/1/5", ".125", "T23:59", ":59", "+09:00", "△", "円", "１", "令和6年"])


@pytest.fixture(scope="module")
def engine():
    with open_reader(None) as opened:
        texts.teach(opened)
        yield opened


def long_way(kind, cell, clock):
    return kinds.value(kind, kinds.plain(kind, f"crm_clean({cell})"), clock)


@pytest.mark.parametrize("kind", ["money", "quantity", "integer", "number", "ratio", "date", "time", "flag"])
@settings(max_examples=25, deadline=None)
@given(cells=st.lists(st.lists(PIECES, max_size=7).map("".join), min_size=1, max_size=60))
@example(cells=["1_000", "1e3", " 12 ", "inf", "nan", "0x10", "1.5", "99999999999999", ".5", "5.", "-0"])
@example(cells=["2024-01-05 10:00:5Z", "2024-1-5 1:00+09:00", "2024-01-05 24:00", "0001-01-05", "2024-13-01",
                "2024-01-05T10:00:00", "2024/01/05 10:00", "2024-01/05", "1/5/24", "2024-02-30", "20240105"])
@example(cells=["2024/01/05 10:00:00", "2024-01-05 24:00:00", "2024/1/5  10:00:00", "2024-1-05 10:00:00 ",
                "2024-01-05 10:00:60", "1799-12-31 23:59:59", "2200/01/01 00:00:00", "2024/001/5 10:00:00"])
def test_what_is_read_at_once_is_what_the_long_way_reads(engine, kind, cells):
    listed = ", ".join(f"($t{n})" for n in range(len(cells)))
    lacks = frozenset(mark for mark in "_+" if not any(mark in cell for cell in cells))
    seen = (quick.Seen(), quick.Seen(), quick.Seen({}, tuple(cells[:3]), "%Y-%m-%d %H:%M:%S", lacks),
            quick.Seen({}, tuple(cells[-2:]), "%Y/%m/%d %H:%M:%S"))
    for clock, known in zip(CLOCKS * 2, seen, strict=True):
        found = engine.rows(
            f"SELECT x, CAST({quick.value(kind, 'x', clock, known)} AS VARCHAR), "
            f"CAST({long_way(kind, 'x', clock)} AS VARCHAR) FROM (VALUES {listed}) AS t(x)",
            **{f"t{n}": text for n, text in enumerate(cells)})
        assert [(x, short) for x, short, long in found if short is not None and short != long] == []


@pytest.mark.parametrize(("kind", "cell"), [
    ("money", "1280"), ("money", "-12.50"), ("quantity", "3"), ("ratio", "0.08"), ("date", "2026-10-31"),
    ("date", "2026/10/31 10:00"), ("time", "2026-10-31 10:00:00"), ("time", "2026-10-31T10:00"),
    ("time", "2026/10/31"), ("time", "2026/1/5 9:05"), ("date", "2026/1/5"), ("time", "2026-10-31 10:00:00.123")])
def test_the_commonest_cells_take_the_short_way(engine, kind, cell):
    for clock in CLOCKS:
        assert engine.rows(f"SELECT {quick.value(kind, 'x', clock)} IS NOT NULL FROM (VALUES ($x)) AS t(x)",
                           x=cell) == [(True,)]


def test_of_a_column_it_is_seen_how_nearly_all_of_it_is_written():
    times = ("2026-10-31 10:00:00",) * 9
    cells = raw.First(10, (*times, "2026-10-31T10:00:00"), ("0",) * 9 + ("12",))
    assert (quick.layout(cells), quick.common(cells)) == ("%Y-%m-%d %H:%M:%S", ("0", "12"))
    mixed = raw.First(10, (*times[:5], *["2026/10/31 10:00:00"] * 5), ("0",) * 8 + ("1",))
    assert (quick.layout(mixed), quick.common(mixed)) == ("", ("0", "1"))
    assert quick.common(raw.First(100, (), ("0",) * 89)) == ()


@pytest.mark.parametrize(("text", "lacks"), [
    ("店,10", {"_", "+"}), ("a_b", {"+"}), ("1.2E+10", {"_"}), ("1.2Ｅ＋10", {"_"}), ("1⁺₊﹢", {"_"})])
def test_what_a_text_lacks_is_told_of_every_form_of_a_character(text, lacks):
    tally = transcribe.Tally("utf-8")
    tally.add(b"x")
    tally.add(text.encode())
    assert tally.lacks == lacks


def test_characters_that_may_become_a_plus_are_told_by_their_first_byte():
    forms = {chr(code) for code in range(sys.maxunicode) if "+" in unicodedata.normalize("NFKC", chr(code))}
    assert {form.encode()[:1] for form in forms} == {b"+", b"\xe2", b"\xef"}


def both_ways(engine, cells, short, long):
    """Each text with what the short way and the long way say of it."""
    cells = [c.replace("\0", "") for c in cells]
    listed = ", ".join(f"($t{n})" for n in range(len(cells)))
    return engine.rows(f"SELECT x, {short}, {long} FROM (VALUES {listed}) AS t(x)",
                       **{f"t{n}": text for n, text in enumerate(cells)})


def texts_of(chosen, longest):
    """Lists of texts from all characters, the chosen ones often."""
    return st.lists(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(chosen)), max_size=longest),
                    min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(texts_of("ABz19 -～〜　ｱ①㈱ﾞ゛がか\u3099・ー髙﨑𠮷\t\n", 6))
def test_texts_that_are_settled_are_left_as_they_are_by_the_long_way(engine, cells):
    found = both_ways(engine, cells, quick.settled("x"), "crm_clean(x)")
    assert [x for x, settled, cleaned in found if settled and cleaned != x] == []


@settings(max_examples=100, deadline=None)
@given(texts_of("Az1 '=\"-　、。\x7f\x80\x85\xa0\u2003\t\n", 5))
def test_texts_as_written_lose_blanks_as_by_the_long_way(engine, cells):
    found = both_ways(engine, cells, quick.bare("x"), "crm_bare(x)")
    assert [x for x, short, long in found if short != long] == []


def test_frequent_texts_are_known_in_their_plain_form(engine):
    cells = ["店頭"] * 30 + ["ＥＣ"] * 30 + ["　外商"] * 9 + ["　"] * 9 + ["it's １"] * 9 + ["稀"]
    known = texts.frequent(cells)
    assert known == {"店頭": "店頭", "ＥＣ": "EC", "　外商": "外商", "　": None, "it's １": "it's 1"}
    listed = ", ".join(f"($t{n})" for n in range(len(cells)))
    found = engine.rows(f"SELECT {quick.clean('x', known)}, crm_clean(x) FROM (VALUES {listed}, (NULL)) AS t(x)",
                        **{f"t{n}": text for n, text in enumerate(cells)})
    assert [pair for pair in found if pair[0] != pair[1]] == []
    assert [short for short, _ in found].count("EC") == 30


def test_characters_counted_as_settled_are_in_normal_form_also_beside_each_other():
    listed = [chr(code) for a, b in zip(*_spans(quick.SETTLED), strict=True) for code in range(ord(a), ord(b) + 1)]
    text = "".join(listed)
    assert unicodedata.normalize("NFKC", text) == text
    assert not any(c.isspace() or unicodedata.combining(c) for c in listed)


def _spans(pattern):
    """The first and last characters of each span of a bracket expression."""
    found = []
    place = 0
    while place < len(pattern):
        span = pattern[place:place + 3]
        wide = len(span) == 3 and span[1] == "-"
        found.append((span[0], span[2] if wide else span[0]))
        place += 3 if wide else 1
    return [a for a, _ in found], [b for _, b in found]
