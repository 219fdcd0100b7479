"""What each customer has bought so far, carried from month to month: the same rows as counted from nothing."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.outlook.histories import known
from crmlib.dataset import open_dataset
from crmlib.dataset.carried import bases


def lines(seed, count=200):
    """Purchases of few customers over two years; some are taken back, some customers only ever take back."""
    rng = np.random.default_rng(seed)
    rows = ["customer,day,amount,quantity,type"]
    for _ in range(count):
        day = date.fromordinal(date(2024, 11, 1).toordinal() + int(rng.integers(0, 730)))
        taken = rng.random() < 0.2
        rows.append(f"C{rng.integers(0, 40):02d},{day},{-300 if taken else 1000},{-1 if taken else 1},product")
    return "\n".join([*rows, ",2024-11-01,100,1,product", "NEW,2026-10-31,100,1,product",
                      "BACK,2026-10-05,-9,-1,return"])


def opened(folder, text, month="2026-10", as_of=None, **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month=month, as_of=as_of)


def rows(data):
    return data.sql(f"SELECT * FROM {data.shared('customer_base')} ORDER BY customer_key")


def kept(folder):
    return sorted(path.name[14:21] for path in (folder / "carried").glob("customer_base-*"))


@pytest.fixture(scope="module", params=[1, 2, 3])
def counted(request, tmp_path_factory):
    """A seed and its base, counted from nothing."""
    return request.param, rows(opened(tmp_path_factory.mktemp("anew") / "shop", lines(request.param)))


@pytest.mark.parametrize("steps", [(1,), (2, 1), (12, 5, 1)])
def test_a_month_on_top_is_as_if_counted_from_nothing(tmp_path, counted, steps):
    seed, anew = counted
    data = opened(tmp_path / "shop", lines(seed))
    for back in steps:
        rows(data.previous(back))
    assert bases.known(data) is not None
    pd.testing.assert_frame_equal(rows(data), anew)


def test_what_a_forecast_needs_is_carried_too(tmp_path):
    data = opened(tmp_path / "a" / "shop", lines(9))
    fresh = opened(tmp_path / "b" / "shop", lines(9))
    stored = [bases.upto(data, day)[0] for day in (date(2026, 3, 10), date(2026, 10, 1))]
    assert bases.known(data) is not None
    alone, until = bases.upto(fresh, date(2026, 10, 1))
    assert until == date(2026, 10, 1) and stored[1] == alone
    pd.testing.assert_frame_equal(*(d.sql(f"SELECT * FROM {alone} ORDER BY customer_key") for d in (data, fresh)))


def test_it_reads_only_the_days_since(tmp_path, monkeypatch):
    data = opened(tmp_path / "shop", lines(4))
    rows(data.previous(1))
    asked = []
    write = type(data.engine).write
    monkeypatch.setattr(type(data.engine), "write",
                        lambda engine, text, path, **given: asked.append(given) or write(engine, text, path, **given))
    rows(data)
    assert asked == [{"as_of": date(2026, 11, 1), "since": date(2026, 10, 1)}]
    assert kept(tmp_path) == ["2026-09", "2026-10"]


def test_a_month_end_that_was_kept_is_not_counted_again(tmp_path, monkeypatch):
    text = lines(4)
    anew = rows(opened(tmp_path / "old", text))
    data = opened(tmp_path / "new", text + "\nC01,2026-11-03,5,1,product", month="2026-11")
    monkeypatch.setattr(type(data.engine), "write", lambda *_, **__: pytest.fail("written"))
    pd.testing.assert_frame_equal(rows(data.previous(1)), anew)


def test_another_past_is_another_base(tmp_path):
    rows(opened(tmp_path / "one", lines(5)).previous(1))
    changed = opened(tmp_path / "two", lines(5) + "\nC01,2025-01-15,777,1,product")
    assert bases.known(changed) is None
    money = [rows(data)["monetary_gross"].sum() for data in (changed, opened(tmp_path / "three", lines(5)))]
    assert money[0] == money[1] + 777


def test_a_window_forgets_and_a_month_not_over_leaves_nothing(tmp_path):
    data = opened(tmp_path / "shop", lines(6), rfm={"window_days": 90})
    rows(data.previous(1))
    assert not kept(tmp_path) and bases.known(data) is None
    assert bases.ever(data).query("customer_base")["frequency"].sum() > rows(data)["frequency"].sum()
    rows(opened(tmp_path / "half" / "shop", lines(6), as_of=date(2026, 10, 15)))
    assert not kept(tmp_path / "half")


def test_months_that_close_on_another_day(tmp_path):
    data = opened(tmp_path / "a" / "shop", lines(7), calendar={"closing_day": 20})
    rows(data.previous(1))
    assert bases.known(data) is not None
    fresh = opened(tmp_path / "b" / "shop", lines(7), calendar={"closing_day": 20})
    pd.testing.assert_frame_equal(rows(data), rows(fresh))


@pytest.mark.parametrize("horizon", [30, 90, 900])
def test_histories_are_the_same_from_a_month_end_as_from_all_days(tmp_path, horizon):
    data = opened(tmp_path / "shop", lines(8))
    for until in (date(2026, 11, 1), date(2026, 8, 3), date(2026, 8, 1)):
        found = known(data, until, horizon).frame
        nobody = data.query("customer_base").iloc[:0]
        whole = data.query("outlook_histories", tables={"base_before": nobody}, known_until=date(1900, 1, 1),
                           until=until, before=until - timedelta(days=horizon))
        assert len(whole) and whole["later_days"].sum() + whole["before_days"].sum() > 0
        pd.testing.assert_frame_equal(found, whole.drop(columns="contract"))
