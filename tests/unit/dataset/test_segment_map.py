"""The segment map is complete and exclusive, or it is refused by name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crmlib.dataset import segment_map
from crmlib.errors import CrmError


def rule(segment, r, f, m):
    return SimpleNamespace(segment=segment, r=r, f=f, m=m)


def test_the_default_map_fills_every_cell_once():
    cells = segment_map.cells()
    assert len(cells) == 125
    assert not cells.duplicated(["r_score", "f_score", "m_score"]).any()
    assert set(cells["rfm_segment"]) | {"prospect"} == set(segment_map.segments())


@pytest.mark.parametrize(("cell", "segment"), [
    ((5, 5, 5), "champions"), ((5, 1, 5), "new"), ((4, 1, 1), "second_due"), ((1, 5, 5), "cannot_lose"),
    ((1, 5, 1), "at_risk"), ((1, 1, 5), "lost_once"), ((3, 5, 1), "loyal"), ((5, 3, 1), "growing"),
])
def test_cells_a_reader_would_check(cell, segment):
    cells = segment_map.cells().set_index(["r_score", "f_score", "m_score"])["rfm_segment"]
    assert cells[cell] == segment


def test_overlap_and_gap_are_named():
    whole = rule("all", (1, 5), (1, 5), (1, 5))
    with pytest.raises(CrmError) as overlap:
        segment_map.cells([whole, rule("best", (5, 5), (5, 5), (5, 5))])
    assert overlap.value.code == "dataset.map_overlap" and overlap.value.values["cell"] == "555"
    with pytest.raises(CrmError) as gap:
        segment_map.cells([rule("most", (1, 5), (1, 5), (1, 4))])
    assert gap.value.code == "dataset.map_gap" and gap.value.values["n"] == 25
