"""Orders that go straight into their month come out as if they had been laid together: byte by byte, books included."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from crmlib.intake.merge import plain, work
from crmlib.intake.typed import mentions
from exports import Exports, flat, lines

pytestmark = pytest.mark.slow

HEAD = "注文番号,会員番号,注文日時,行,商品,数量,単価,金額,状態,元"
DAYS = ("2024-01-05", "2024-01-05 00:00", "2024-01-05 10:00", "2024-01-31 23:30", "2024-02-01", "2024-02-14 09:00",
        "2024-03-20 18:05", "2024-07-06 12:00")
#: More examples for a night: CRMLIB_EXAMPLES=200.
MORE = examples(max_examples=3 * int(os.environ.get("CRMLIB_EXAMPLES", "8")), deadline=None,
                suppress_health_check=list(HealthCheck))


@st.composite
def orders(draw):
    """The lines of a few orders; now and then a line says something else of its order than the one before."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        head = [f"A{number}", draw(st.sampled_from(("c", "d", ""))), draw(st.sampled_from(DAYS))]
        for line in range(draw(st.integers(1, 3))):
            said = [draw(st.sampled_from((head[0],) * 9 + ("A0",))), draw(st.sampled_from((head[1],) * 9 + ("c",))),
                    draw(st.sampled_from((head[2],) * 7 + DAYS))]
            pieces = draw(st.sampled_from((1, 1, 2, -1)))
            price = draw(st.sampled_from(("10", "10.4")))
            rows.append([*said, draw(st.sampled_from((str(line + 1), str(line + 1), "1", ""))),
                         draw(st.sampled_from(("x", "y", ""))), str(pieces), price, f"{pieces * float(price):g}",
                         draw(st.sampled_from(("", "", "", "取消"))), draw(st.sampled_from(("", "", "A0")))])
    return [",".join(row) for row in rows]


@st.composite
def files(draw):
    """Exports of the same orders: one, or several that overlap."""
    rows = draw(orders())
    parts = draw(st.lists(st.lists(st.sampled_from(rows), min_size=1, max_size=8), max_size=2))
    return [rows, *parts]


def outcome(parts, numbered, straight, limit, monkeypatch, **groups):
    """Every file that intake leaves, and whether orders went straight into their month."""
    went = []

    def prepare(of, months):
        went.append(straight and made(of, months))
        return went[-1]

    made = plain.prepare
    with tempfile.TemporaryDirectory() as folder, monkeypatch.context() as patch:
        patch.setattr(plain, "prepare", prepare)
        patch.setattr(work, "WINDOW", limit)
        if not straight:
            patch.setattr(mentions, "_in_order", lambda *_: False)
        exports = Exports(Path(folder))
        for n, part in enumerate(parts):
            exports.write(f"orders_{n}.csv", lines(*part, head=HEAD))
        source = flat()
        source["tables"]["order_lines"] |= {"return_of": "元"} | ({"line_no": "行"} if numbered else {})
        intake = exports.load(source, **groups)
        found = {str(p.relative_to(intake.folder)): p.read_bytes() for p in intake.folder.rglob("*") if p.is_file()}
    return found, went == [True]


@MORE
@given(files(), st.booleans(), st.sampled_from((0, 4, work.WINDOW)), st.sampled_from(({}, {"calendar": {
    "closing_day": 20}}, {"time": {"day_cutoff_hour": 5}})))
def test_straight_or_laid_together_is_the_same(monkeypatch, parts, numbered, limit, groups):
    straight, did = outcome(parts, numbered, True, limit, monkeypatch, **groups)
    laid, did_not = outcome(parts, numbered, False, limit, monkeypatch, **groups)
    assert did and not did_not
    assert straight.keys() == laid.keys()
    assert [name for name in laid if straight[name] != laid[name]] == []
