"""The segment map is complete and exclusive, or it is refused by name."""

from __future__ import annotations

import pytest

from crmlib.dataset import segment_map
from crmlib.errors import CrmError
from crmlib.settings.analyses.segment_map import RfmSegmentRule


def rule(segment, **bands):
    return RfmSegmentRule(segment=segment, **bands)


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
    whole = rule("all", m=[1, 5], r=[1, 5])
    with pytest.raises(CrmError) as overlap:
        segment_map.cells([whole, rule("best", r=5, f=5, m=5)])
    assert overlap.value.code == "dataset.map_overlap" and overlap.value.values["cell"] == "555"
    with pytest.raises(CrmError) as gap:
        segment_map.cells([rule("most", m=[1, 4])])
    assert gap.value.code == "dataset.map_gap" and gap.value.values["n"] == 25


def test_a_last_line_without_scores_takes_what_is_left():
    cells = segment_map.cells([rule("vip", r=[4, 5], f=[4, 5]), rule("others")])
    assert cells["rfm_segment"].value_counts().to_dict() == {"vip": 20, "others": 105}
    assert segment_map.segments([rule("vip", r=[4, 5], f=[4, 5]), rule("others")]) == ("vip", "others", "prospect")


def test_the_map_of_r_is_first_match_and_leaves_ten_cells_to_others():
    """The ten cells that R's package calls "Others": recent, frequent customers of small baskets."""
    cells = segment_map.cells("r_package")
    code = cells["r_score"] * 100 + cells["f_score"] * 10 + cells["m_score"]
    assert code[cells["rfm_segment"] == "others"].tolist() == [
        215, 241, 251, 252, 341, 351, 441, 451, 541, 551]
    found = dict(zip(code, cells["rfm_segment"], strict=True))
    # 333 is a potential loyalist, named before the loyal; 155 cannot be lost's neighbour with F 5 is at risk.
    assert [found[c] for c in (555, 333, 222, 413, 511, 145, 155, 144, 154, 133, 112, 212)] == [
        "champions", "potential_loyalist", "loyal", "promising", "new", "cannot_lose", "at_risk", "cannot_lose",
        "at_risk", "needs_attention", "lost", "about_to_sleep"]
    assert set(cells["rfm_segment"]) | {"prospect"} == set(segment_map.segments("r_package"))


def test_every_segment_has_its_place_in_the_flow():
    for rules in (None, "r_package"):
        assert set(segment_map.tiers(rules)) == set(segment_map.segments(rules)) - {"others", "prospect"}
    assert segment_map.tiers([rule("vip", tier="best", r=[4, 5]), rule("rest")]) == {"vip": "best"}
