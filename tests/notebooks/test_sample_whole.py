"""The whole way on a sample shop of another seed: dirty files in, the generator's own truths out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from crmlib.analyses import customers, quality, satisfaction, trends
from crmlib.dataset import prepare
from crmlib.sample import make
from crmlib.settings import load_settings

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The prepared sample and the folder of its truths."""
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_text("", encoding="utf-8")
    made = make(root / "data" / "sample", customers=1500, months=30, end="2026-10", seed=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMLIB_ROOT", str(root))
        yield prepare(load_settings(ROOT / "params" / "sample.yaml")), Path(made.folder) / "truth"


def read(truth: Path, name: str) -> dict:
    return json.loads((truth / name).read_text(encoding="utf-8"))


def test_every_month_to_the_yen(shop):
    data, truth = shop
    months = data.sql("""SELECT ym, SUM(gross) AS gross, SUM(returns) AS returns, SUM(discounts) AS discounts,
        SUM(net) AS net, SUM(orders) AS orders FROM customer_day GROUP BY ym ORDER BY ym""").set_index("ym")
    expected = pd.DataFrame(read(truth, "manifest.json")["monthly"]).set_index("month")
    for column in ("gross", "returns", "discounts", "net", "orders"):
        assert months[column].tolist() == expected[column].tolist(), column


def test_who_is_new_returned_and_lost(shop):
    data, truth = shop
    result = customers.analyse(data, data.settings.customers)
    by_person = {row["month"]: row for row in read(truth, "manifest.json")["customers_by_person"]}[data.month]
    for key in ("active", "new", "returned", "lost"):
        assert result.fact(key).value == by_person[key], key


def test_the_books_hold_every_planted_row(shop):
    data, truth = shop
    result, planted = quality.analyse(data, data.settings.quality), read(truth, "quality.json")
    for key in ("rows_in", "rows_quarantined", "rows_excluded"):
        assert result.fact(key).value == planted[key], key
    assert int(result.fact("amount_in").value) == planted["amount_in"]
    assert int(result.fact("amount_out").value) == planted["amount_out"]
    assert {check.ok for check in result.checks if check.severity == "stop"} == {True}


def test_planted_duplicates_are_found_and_families_left_alone(shop):
    data, truth = shop
    links = pd.read_parquet(data.folder / "restricted" / "customer_links.parquet")
    groups = links.groupby("customer_key")["customer_id"].agg(sorted)
    found = {(ids[i], ids[j]) for ids in groups for i in range(len(ids)) for j in range(i + 1, len(ids))}
    pairs = pd.read_csv(truth / "duplicates.csv", dtype="str")
    planted = {tuple(sorted(pair)) for pair in pairs[["customer_id", "duplicate_id"]].itertuples(index=False)}
    assert len(found & planted) >= 0.99 * len(found), "precision"
    assert len(found & planted) >= 0.93 * len(planted), "recall"


def test_the_dormant_cohort_shows_up_as_lapsed(shop):
    data, truth = shop
    dormant = pd.read_csv(truth / "dormant.csv", dtype="str")
    measures = data.query("rfm_measures").set_index("customer_id")
    stopped = dormant[dormant["last_order_on"] < "2026-04"]["customer_id"]
    known = measures.loc[measures.index.intersection(stopped)]
    assert len(known) > 10
    assert (known["recency_days"].astype(int) > data.settings.customers.lost_after_days).mean() > 0.9


def test_respondents_are_kinder_than_everyone_and_the_page_says_who_answers(shop):
    data, truth = shop
    result = satisfaction.analyse(data, data.settings.satisfaction)
    wave = {w["month"]: w for w in read(truth, "response_bias.json")["waves"]}[data.month]
    assert result.fact("responses").value == wave["responses"]
    assert result.fact("respondents").value == wave["respondents"]
    assert result.fact("nps").value == pytest.approx(wave["nps_recorded"])
    assert result.fact("nps_one_per_person").value == pytest.approx(wave["nps_one_per_person"])
    every = read(truth, "response_bias.json")["all_waves"]
    assert every["nps_respondents"] > every["nps_true"]
    assert "coverage" in result.tables


def test_planted_seasons_are_in_the_monthly_table(shop):
    data, _ = shop
    monthly = trends.analyse(data, data.settings.trends).tables["monthly"].frame.set_index("month")["sales"]
    year = monthly["2025-11":"2026-10"]
    assert set(year.nlargest(2).index) == {"2025-12", "2026-07"}, "oseibo and ochugen"
