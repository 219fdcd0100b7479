"""Whatever two months look like, the ways from one to the other add up to the last unit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crmlib.analyses.trends.sales import categories, drivers

MONEY = st.integers(-10**9, 10**12)


@st.composite
def sides(draw):
    found = {}
    for name in draw(st.sets(st.sampled_from(["new", "retained", "returned"]))):
        people = draw(st.integers(1, 10**6))
        found[name] = drivers.Group(people, people + draw(st.integers(0, 10**6)), draw(MONEY))
    for name in draw(st.sets(st.sampled_from(["guest", "none"]))):
        found[name] = drivers.Group(0, draw(st.integers(0, 10**6)) if name == "guest" else 0, draw(MONEY))
    return found


@given(sides(), sides())
def test_the_bridge_adds_up_to_the_yen(before, now):
    frame = drivers.bridge(before, now)
    amounts = frame["amount"].tolist()
    assert frame["step"].iloc[0] == "before" and frame["step"].iloc[-1] == "now" and frame["step"].is_unique
    assert amounts[0] == sum(g.sales for g in before.values()) and amounts[-1] == sum(g.sales for g in now.values())
    assert sum(amounts[:-1]) == amounts[-1]


@given(sides(), sides(), st.integers(1, 20))
def test_groups_add_up_and_none_is_too_small(before, now, least):
    frame = drivers.by_group(before, now, least)
    people = [int(n) for name in ("customers_then", "customers") for n in frame[name].dropna()]
    assert all(n == 0 or n >= least for n in people)
    split = frame[frame["by_customers"].notna()]
    assert (split["by_customers"] + split["by_frequency"] + split["by_basket"] == split["difference"]).all()
    if len(frame):
        whole = [sum(g.sales for g in side.values()) for side in (before, now)]
        assert int(frame["difference"].sum()) == whole[1] - whole[0]


SOLD = st.dictionaries(st.sampled_from(["food", "gift", ""]), st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.integers(1, 1000), st.integers(1, 10**7)), min_size=1))


@given(SOLD, SOLD, MONEY, MONEY)
def test_categories_add_up_to_net_sales(before, now, net_before, net_now):
    frame = categories.by_category(before, now, (net_before, net_now))
    assert int(frame["difference"].sum()) == net_now - net_before
    split = frame[frame["volume"].notna()]
    assert (split["volume"] + split["mix"] + split["price"] == split["difference"]).all()


@given(st.permutations([("new", drivers.Group(9, 12, 100)), ("guest", drivers.Group(0, 3, 40)),
                        ("retained", drivers.Group(8, 9, 700)), ("none", drivers.Group(0, 0, -5))]))
def test_the_order_of_groups_changes_nothing(listed):
    before, now = {"retained": drivers.Group(5, 9, 300)}, dict(listed)
    first = dict(sorted(listed))
    assert drivers.bridge(before, now).equals(drivers.bridge(before, first))
    assert drivers.by_group(before, now, 5).equals(drivers.by_group(before, first, 5))
