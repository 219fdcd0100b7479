"""Files that nobody here wrote: every one loads, and the figures counted from them come out."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
import yaml

from crmlib.intake.presets.look import looked
from exports import RETAIL, books, column, table, totals

pytestmark = pytest.mark.realdata

POUNDS = {
    "currency": {"code": "GBP", "decimals": 3},
    "time": {"source_tz": "Europe/London", "business_tz": "Europe/London"},
}


@pytest.fixture
def real(exports, realdata, monkeypatch):
    """A project that reads the published files."""
    monkeypatch.setenv("CRMLIB_REALDATA", str(realdata))
    return exports


def test_online_retail_gives_the_published_figures(real):
    intake = real.load(yaml.safe_load(RETAIL), **POUNDS)
    assert totals(intake)["in"] == totals(intake)["out"] == (541_909, Decimal("9747747.934"))
    pattern = str(intake.folder / "order_lines/**/*.parquet")
    gross = duckdb.sql(
        "SELECT COUNT(*), COUNT(DISTINCT customer_key), CAST(SUM(amount) AS BIGINT) "
        f"FROM read_parquet('{pattern}') WHERE "
        "customer_key IS NOT NULL AND line_type = 'product' AND quantity > 0 AND amount > 0 AND order_id NOT LIKE 'C%'"
    )
    assert gross.fetchall() == [(396_337, 4_334, 8_761_066_650)]
    assert len(table(intake, "orders")) == 25_900
    ids = column(intake, "customers", "customer_id")
    assert len(ids) == 4_372 and "17850" in ids and not any("." in i for i in ids)


def test_online_retail_repeats_are_kept_and_have_ids(real):
    lines = table(real.load(yaml.safe_load(RETAIL), **POUNDS), "order_lines")
    assert not lines.duplicated(["order_id", "line_no"]).any()
    # 5,268 exact repeats, and two that differ in the description only, which is not mapped.
    assert (~lines["line_no"].str.endswith("-1")).sum() == 5_270


def test_two_byte_order_marks_and_cp932_give_the_same_products(real):
    columns = {"product_id": "product_cd", "cost": "unit_cost"}
    loaded = [
        table(
            real.load({"files": f"knocks100/{name}.csv", "realdata": True, "tables": {"products": columns}}), "products"
        )
        for name in ("product", "product_full_cp932")
    ]
    assert len(loaded[0]) == 10_030
    assert loaded[0].equals(loaded[1])


def test_knocks_customers_stores_and_categories_load(real):
    customers = {
        "customers": {
            "customer_id": "customer_id",
            "registered_on": "application_date",
            "gender": {"from": "gender", "values": {"女性": "female", "男性": "male", "不明": None}},
        },
        "customer_identity": {
            "customer_id": "customer_id",
            "full_name": "customer_name",
            "birth_date": "birth_day",
            "postal": "postal_cd",
            "address": "address",
        },
    }
    stores = {"stores": {"store_id": "store_cd", "name": "store_name", "area": "prefecture"}}
    intake = real.load(
        {"files": "knocks100/customer.csv", "realdata": True, "tables": customers},
        {"files": "knocks100/store.csv", "realdata": True, "tables": stores},
    )
    assert len(table(intake, "stores")) == 53
    genders = table(intake, "customers")["gender"].value_counts(dropna=False).to_dict()
    assert genders["female"] + books_of_women(intake) == 17_918
    assert totals(intake)["in"][0] == 21_971 + 53
    assert table(intake, "customers")["registered_on"].notna().all()


def books_of_women(intake):
    """Women whose second number was laid together with the first."""
    links = duckdb.sql(f"SELECT COUNT(*) FROM '{intake.folder}/restricted/customer_links.parquet' WHERE rule <> ''")
    assert links.fetchall()[0][0] == sum(n for step, _, n, _ in books(intake) if step == "match")
    keys = table(intake, "customer_identity")
    women = table(intake, "customers").query("gender == 'female'")["customer_key"]
    return int(keys["customer_key"].isin(women).sum()) - len(women)


def test_twelve_gzipped_months_are_one_survey(real):
    answer = {
        "survey_id": {"constant": "fukui"},
        "question": {"constant": "nps"},
        "customer_id": "会員ID",
        "score": "NPS",
        "text": "満足度の理由",
        "answered_at": "回答日時",
    }
    intake = real.load({"files": "fukui_fy2024/*.csv.gz", "realdata": True, "tables": {"survey_answers": answer}})
    assert totals(intake)["in"][0] == 27_862
    assert len(intake.inputs) == 12
    answers = table(intake, "survey_answers")
    assert sorted(answers["ym"].unique())[0] == "2024-04" and answers["score"].dropna().between(0, 10).all()


def test_every_published_file_is_told_for_what_it_is(realdata):
    found = {}
    for path in sorted(realdata.rglob("*")):
        if path.suffix in (".csv", ".gz", ".parquet"):
            [one] = looked(path)
            found[path.relative_to(realdata).as_posix()] = (one.encoding, one.rows, len(one.headings))
    months = {name: one for name, one in found.items() if name.startswith("fukui")}
    assert len(months) == 12 and sum(rows for _, rows, _ in months.values()) == 27_862
    assert {(encoding, columns) for encoding, _, columns in months.values()} == {("utf-8-sig", 90)}
    assert {name: one for name, one in found.items() if name not in months} == {
        "knocks100/category.csv": ("utf-8-sig", 228, 6),
        "knocks100/customer.csv": ("utf-8-sig", 21_971, 11),
        "knocks100/product.csv": ("utf-8-sig", 10_030, 6),
        "knocks100/product_full_cp932.csv": ("cp932", 10_030, 9),
        "knocks100/store.csv": ("utf-8-sig", 53, 10),
        "online_retail/online_retail.parquet": ("parquet", 541_909, 8),
    }
