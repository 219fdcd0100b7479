"""Whom to ask next: sizes by hand, who may not be asked, and a list that is drawn alike each time."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import invitations
from crmlib.analyses.satisfaction.invitations.sizes import sized, variance
from crmlib.dataset import open_dataset
from crmlib.settings.analyses.satisfaction import Metric

NPS = Metric(key="nps", scale=(0, 10), statistic="nps")


def test_sizes_by_hand():
    """±10 points at variance 6,800: 262 answers of many; of 100 buyers 73 are enough, of ten all."""
    rows = [("big", 100_000, 62, 400, 99, 90_000), ("small", 100, 0, 60, 5, 80), ("tiny", 10, 10, 10, 9, 0)]
    strata = pd.DataFrame(rows, columns=["rfm_segment", "customers", "told", "asked", "came", "askable"])
    table = sized(strata, 6800, 10, 0.95).set_index("segment")
    assert table["needed"].to_dict() == {"big": 262, "small": 73, "tiny": 10}
    assert table["missing"].to_dict() == {"big": 200, "small": 73, "tiny": 0}
    # One in four answers among the big (100 ÷ 402), 6 of 62 among the small: 80 may be asked, 755 it would take.
    assert table.loc["big", "answer_rate"] == pytest.approx(100 / 402)
    assert (table.loc["big", "invite"], table.loc["small", "invite"], table.loc["tiny", "invite"]) == (804, 80, 0)
    assert table.loc["big", "half_width_after"] == pytest.approx(10, abs=0.05)
    assert table.loc["small", "half_width_after"] > 10 and pd.isna(table.loc["small", "half_width"])
    # Ten invited say too little of a rate: that of all counts.
    assert table.loc["tiny", "answer_rate"] == pytest.approx((99 + 5 + 9 + 1) / (470 + 2))


@pytest.mark.parametrize(("metric", "told", "expected"), [
    (NPS, {10.0: 60, 8.0: 25, 2.0: 15}, 5475),
    (Metric(key="csat", scale=(1, 5), statistic="top2"), {5.0: 30, 2.0: 70}, 2100),
    (Metric(key="m", scale=(1, 5), statistic="mean"), {1.0: 50, 5.0: 50}, 2500),
])
def test_spread_of_an_answer(metric, told, expected):
    assert variance(metric, told) == pytest.approx(expected)


def opened(folder, order=1, **tables):
    """60 one-time buyers, 40 of whom were asked in October and 32 answered; 40 were never asked, some may not be."""
    keys = [f"C{n:02d}" for n in range(100)][::order]
    rows = [f"{key},2026-10-0{int(key[1:]) % 9 + 1},100" for key in keys]
    bought = shop.purchases("\n".join(["customer,day,amount", *rows]))
    invited = pd.DataFrame({"survey_id": "S", "customer_key": [key for key in keys if int(key[1:]) < 40],
                            "sent_at": "2026-10-01 09:00", "channel": "mail", "day": "2026-10-01"})
    answers = pd.DataFrame([("S", key, "nps", str((0, 8, 10)[int(key[1:]) % 3]), "2026-10-03 09:00", "2026-10-03")
                            for key in keys if int(key[1:]) < 32],
                           columns=["survey_id", "customer_key", "question", "score", "answered_at", "day"])
    told = bought["customers"].assign(opt_in_mail=[None if key != "C50" else False for key in
                                                   bought["customers"]["customer_key"]])
    consents = shop.read("""customer_key,purpose,channel,granted,at
        C51,research,mail,false,2026-01-01 00:00
        C52,research,mail,false,2026-01-01 00:00
        C52,research,mail,true,2026-02-01 00:00
        C53,marketing,all,false,2026-01-01 00:00
        C54,marketing,phone,false,2026-01-01 00:00""")
    data = open_dataset(shop.settings(), shop.write(folder, bought | {
        "customers": told, "survey_invitations": invited, "survey_answers": answers, "consents": consents} | tables),
        month="2026-10")
    return invitations.part(data, data.settings.satisfaction)


def test_who_may_be_asked(tmp_path):
    part = opened(tmp_path)
    table = part.tables["invitations"].frame
    assert table[["customers", "answered"]].sum().tolist() == [100, 32]
    # 60 were not asked; one refuses mail, one surveys, one everything. Who answered or was asked in October rests.
    assert table["askable"].sum() == 57
    listed = part.tables["invitation_list"]
    assert listed.sensitivity == "restricted"
    drawn = set(listed.frame["customer_key"])
    assert not drawn & {"C50", "C51", "C53"} and min(drawn) >= "C40"
    assert len(drawn) == table["invite"].sum()
    assert set(part.measures["satisfaction_invite"]) == {"ask"}
    assert set(listed.frame["channel"]) == {"mail"}
    assert not {"customer_key", "customer_id"} & set(table.columns)


def test_the_same_month_draws_the_same_people_whatever_the_order(tmp_path):
    one, two = opened(tmp_path / "a"), opened(tmp_path / "b", order=-1)
    for name in ("invitations", "invitation_list"):
        pd.testing.assert_frame_equal(one.tables[name].frame, two.tables[name].frame)


def test_few_are_drawn_by_lot_and_not_by_number(tmp_path):
    """Of each segment a part is drawn: the hash decides, so that the first numbers are not always those."""
    bought = shop.purchases("\n".join(["customer,day,amount", *(f"C{n:03d},2026-10-05,100" for n in range(400))]))
    rows = [f"S,C{n:03d},nps,{n % 11},2026-10-06 09:00,2026-10-06" for n in range(40)]
    answers = shop.read("\n".join(["survey_id,customer_key,question,score,answered_at,day", *rows]))
    granted = shop.read("customer_key,purpose,channel,granted,at\nC399,research,mail,true,2026-01-01")
    data = open_dataset(shop.settings(satisfaction={"invite_half_width": 18}), shop.write(
        tmp_path, bought | {"survey_answers": answers, "consents": granted}), month="2026-10")
    part = invitations.part(data, data.settings.satisfaction)
    drawn = part.tables["invitation_list"].frame["customer_key"]
    assert 5 <= len(drawn) < 300 and "invitations.rate_unknown" in dict(part.notes)
    assert (drawn > "C220").any() and (drawn <= "C220").any()


def test_what_cannot_be_drawn_is_said(tmp_path):
    answers = shop.read("survey_id,customer_key,question,score,day\nS,A,nps,9,2026-10-05")
    data = open_dataset(shop.settings(), shop.write(tmp_path / "a", {"survey_answers": answers}), month="2026-10")
    assert invitations.part(data, data.settings.satisfaction).notes == (("invitations.no_purchases", {}),)
    bought = shop.purchases("customer,day,amount\nA,2026-10-01,1")
    data = open_dataset(shop.settings(), shop.write(tmp_path / "b", bought | {"survey_answers": answers}),
                        month="2026-10")
    assert invitations.part(data, data.settings.satisfaction).notes == (
        ("invitations.too_few", {"n": 1, "needed": 30}),)
