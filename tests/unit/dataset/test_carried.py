"""What is carried over from month to month: the same as made from nothing, whatever was known before."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.dataset import months, open_dataset
from crmlib.dataset.carried import buyers as module
from crmlib.dataset.carried.buyers import carried


def lines(seed, count=260):
    """Purchases of few customers over two years; some are taken back, some customers only ever take back."""
    rng = np.random.default_rng(seed)
    rows = ["customer,day,amount,quantity,type"]
    for _ in range(count):
        day = date.fromordinal(date(2024, 11, 1).toordinal() + int(rng.integers(0, 730)))
        taken = rng.random() < 0.15
        rows.append(f"C{rng.integers(0, 30):02d},{day},{-300 if taken else 1000},{-1 if taken else 1},product")
    # An order of nothing but postage leaves a month without purchase and without money.
    return "\n".join([*rows, "C03,2026-03-01,500,1,shipping", ",2024-11-01,100,1,product", ",2026-10-31,100,1,product"])


def opened(folder, text, month="2026-10", as_of=None, **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month=month, as_of=as_of)


def kept(folder):
    return sorted(path.name[:7] for path in (folder / "carried").glob("[0-9]*"))


def same(one, other):
    assert len(one.cohorts) and len(one.waits)
    pd.testing.assert_frame_equal(one.cohorts, other.cohorts)
    pd.testing.assert_frame_equal(one.waits, other.waits)
    pd.testing.assert_frame_equal(one.days, other.days)


@pytest.fixture(scope="module", params=[1, 2, 3])
def made(request, tmp_path_factory):
    """A seed and what it gives, made from nothing."""
    return request.param, carried(opened(tmp_path_factory.mktemp("anew") / "shop", lines(request.param)))


@pytest.mark.parametrize("steps", [(1,), (2, 1), (12, 5, 1)])
def test_a_month_on_top_is_as_if_made_from_nothing(tmp_path, made, steps):
    seed, fresh = made
    data = opened(tmp_path / "a" / "shop", lines(seed))
    for back in steps:
        carried(data.previous(back))
    assert kept(tmp_path / "a") == [months.shift("2026-10", -back) for back in steps]
    same(carried(data), fresh)
    same(carried(data), fresh)  # read again from what the month itself has left


def test_it_reads_the_new_month_only(tmp_path, monkeypatch):
    data = opened(tmp_path / "shop", lines(4))
    asked = []
    monkeypatch.setattr(module, "_made", lambda d, known, before, made=module._made: asked.append(known) or made(
        d, known, before))
    carried(data.previous(1))
    carried(data)
    carried(data)
    assert asked == ["", "2026-09"]


def test_a_month_that_is_not_over_builds_upon_but_leaves_nothing(tmp_path):
    text = lines(5)
    data = opened(tmp_path / "a" / "shop", text, as_of=date(2026, 10, 12))
    carried(data.previous(1))
    partial = carried(data)
    assert kept(tmp_path / "a") == ["2026-09"]
    same(partial, carried(opened(tmp_path / "b" / "shop", text, as_of=date(2026, 10, 12))))


def test_a_late_line_in_an_old_month_starts_anew(tmp_path):
    carried(opened(tmp_path / "shop", lines(6)).previous(1))
    late = lines(6) + "\nC01,2025-03-03,500,1,product"
    before = carried(opened(tmp_path / "shop", lines(6)))
    shutil.rmtree(tmp_path / "shop")
    fresh = carried(opened(tmp_path / "other" / "shop", late))
    found = carried(opened(tmp_path / "shop", late))
    same(found, fresh)
    assert found.cohorts["sales"].sum() == before.cohorts["sales"].sum() + 500


def test_only_the_latest_months_are_kept(tmp_path):
    data = opened(tmp_path / "shop", lines(7))
    for back in range(9, -1, -1):
        carried(data.previous(back) if back else data)
    assert kept(tmp_path) == [months.shift("2026-10", -n) for n in range(module.KEPT - 1, -1, -1)]
