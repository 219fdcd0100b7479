"""Keys, small cells, formulas and private files."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest

from crmlib import privacy
from crmlib.engine import open_engine
from crmlib.errors import CrmError
from crmlib.result import Column, Table

KEY = bytes(range(32))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without keys."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("CRMLIB_KEY", raising=False)
    return tmp_path


def settings(root, key_file=None, published_key=None):
    return SimpleNamespace(
        shop=SimpleNamespace(id="my-shop"),
        root=root,
        privacy=SimpleNamespace(key_file=key_file, published_key=published_key),
    )


@pytest.mark.parametrize("text", ["17850", "会員１", "", "a" * 200, "O'Brien"])
@pytest.mark.parametrize("key", [KEY, b"short", bytes(100)])
def test_the_engine_makes_the_same_keys_as_the_standard_library(text, key):
    with open_engine() as engine:
        frame = engine.sql(
            f"SELECT {privacy.customer_key_sql('$given')} AS k", given=text, **privacy.key_parameters(key)
        )
    assert (
        frame["k"].iloc[0]
        == privacy.customer_key(key, text)
        == hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
    )


def test_a_made_key_is_private_and_never_overwritten(home):
    path = privacy.create_key("my-shop")
    assert path == home / "config/crmlib/keys/my-shop.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(privacy.load_key(settings(home))) == 32
    with pytest.raises(CrmError) as error:
        privacy.create_key("my-shop")
    assert error.value.code == "privacy.key_exists"
    assert bytes.fromhex(path.read_text()) == privacy.load_key(settings(home))


def test_without_a_key_nothing_runs(home):
    with pytest.raises(CrmError) as error:
        privacy.load_key(settings(home))
    assert (error.value.code, error.value.exit_code) == ("privacy.no_key", 2)
    assert "init" in error.value.say("en") and "my-shop" in error.value.say("ja")


def test_a_key_that_others_can_read_is_refused(home):
    path = privacy.create_key("my-shop")
    path.chmod(0o640)
    with pytest.raises(CrmError) as error:
        privacy.load_key(settings(home))
    assert (error.value.code, error.value.values["mode"]) == ("privacy.open_key", "0640")


@pytest.mark.parametrize("text", ["", "not hex", "ab" * 31])
def test_a_key_of_another_form_is_refused(home, text, monkeypatch):
    path = privacy.write_private(home / "my.key", text.encode())
    with pytest.raises(CrmError) as error:
        privacy.load_key(settings(home, key_file=str(path)))
    assert error.value.code == "privacy.bad_key"
    if text:
        monkeypatch.setenv("CRMLIB_KEY", text)
        with pytest.raises(CrmError):
            privacy.load_key(settings(home))


def test_keys_come_from_the_file_named_else_the_environment_else_the_home(home, monkeypatch):
    made = privacy.create_key("my-shop")
    monkeypatch.setenv("CRMLIB_KEY", "cd" * 32)
    named = privacy.write_private(home / "my.key", b"ef" * 32)
    assert privacy.load_key(settings(home, key_file="my.key")) == b"\xef" * 32
    assert privacy.load_key(settings(home)) == b"\xcd" * 32
    monkeypatch.delenv("CRMLIB_KEY")
    assert privacy.load_key(settings(home)) == bytes.fromhex(made.read_text())
    assert named.is_file()


def test_published_keys_differ_by_name_and_need_no_file(home):
    keys = {privacy.load_key(settings(home, published_key=name)) for name in ("crmlib-sample", "crmlib-recipes")}
    assert len(keys) == 2
    assert len(privacy.key_id(KEY)) == 12 and privacy.key_id(KEY) != KEY.hex()[:12]


def small(counts, within=(), **more):
    frame = pd.DataFrame(
        {
            "group": ["g"] * len(counts),
            "level": [str(n) for n in range(len(counts))],
            "customers": counts,
            "sales": [10 * n for n in counts],
            **more,
        }
    )
    columns = {c: Column("code" if c in ("group", "level") else "customers") for c in frame.columns}
    return Table(frame, columns, count="customers", within=within)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([10, 20, 30], []),
        ([10, 3, 30], [0, 1]),
        ([10, 0, 30], []),
        ([0, 4, 30, 5], [1, 3]),
        ([1, 1, 50], [0, 1, 2]),
        ([2, 3, 50], [0, 1]),
        ([4, 0], [0]),
        ([3], [0]),
        ([5, 5, 4], [0, 2]),
        ([], []),
    ],
)
def test_small_cells_and_what_would_give_them_away_are_hidden(counts, hidden):
    frame = privacy.suppress(small(counts), 5)
    assert [n for n, s in enumerate(frame["suppressed"]) if s] == hidden
    assert frame.loc[frame["suppressed"], ["customers", "sales"]].isna().all(axis=None)
    assert frame.loc[~frame["suppressed"], "customers"].tolist() == [n for i, n in enumerate(counts) if i not in hidden]
    assert frame["level"].tolist() == [str(n) for n in range(len(counts))]


def test_a_row_of_nobody_is_hidden_where_few_are_asked_of():
    frame = pd.DataFrame({"cohort": ["a", "b", "c"], "size": [1, 40, 40], "active": [0, 0, 20], "ltv": [900, 7, 8]})
    units = {"cohort": "month", "size": "customers", "active": "customers", "ltv": "money"}
    columns = {name: Column(unit) for name, unit in units.items()}
    shown = privacy.suppress(Table(frame, columns, count="active"), 5)
    assert shown["suppressed"].tolist() == [True, False, False]
    assert shown.loc[0, ["size", "active", "ltv"]].isna().all() and shown.loc[1, "ltv"] == 7


def test_each_group_hides_on_its_own_and_hidden_people_are_never_fewer_than_k():
    table = small([3, 9, 8, 40], within=("area",), area=["n", "n", "s", "s"])
    assert privacy.suppress(table, 5)["suppressed"].tolist() == [True, True, False, False]
    for counts in ([1, 2, 9, 30], [4, 1, 6], [2, 2, 2, 2], [1, 30, 30]):
        shown = privacy.suppress(small(counts), 5)
        taken = [n for n, s in zip(counts, shown["suppressed"], strict=True) if s]
        assert sum(taken) >= 5 and len(taken) >= 2


def test_hiding_keeps_types_and_leaves_the_table_alone():
    table = small([3, 10], share=[0.2, 0.8], money=[Decimal("1.50"), Decimal("2.50")], done=[True, False])
    before = table.frame.copy()
    frame = privacy.suppress(table, 5)
    pd.testing.assert_frame_equal(table.frame, before)
    assert str(frame["customers"].dtype) == "Int64" and str(frame["share"].dtype) == "float64"
    assert frame["money"].isna().all() and frame["done"].tolist() == [True, False]
    assert not privacy.suppress(table, 1)["suppressed"].any()


def test_numbers_that_name_a_row_stay():
    frame = pd.DataFrame({"r_score": [1, 2, 3], "customers": [2, 20, 30], "recency": [9.0, 8.0, 7.0]})
    columns = {"r_score": Column("score"), "customers": Column("customers"), "recency": Column("days")}
    shown = privacy.suppress(Table(frame, columns, count="customers"), 5)
    assert shown["r_score"].tolist() == [1, 2, 3]
    assert shown["recency"].isna().tolist() == [True, True, False]


PARTS = {"segment": "code", "customers": "customers", "stayed": "customers", "lapsed": "customers", "rate": "ratio",
         "low": "ratio", "high": "ratio", "sales": "money"}


def parts(stayed, lapsed, within=(), **declared):
    whole = [a + b for a, b in zip(stayed, lapsed, strict=True)]
    rates = [b / n if n else None for b, n in zip(lapsed, whole, strict=True)]
    frame = pd.DataFrame({
        "segment": [f"s{i}" for i in range(len(whole))], "customers": whole, "stayed": stayed, "lapsed": lapsed,
        "rate": pd.Series(rates, dtype="float64"), "low": [None if r is None else r / 2 for r in rates],
        "high": [None if r is None else (1 + r) / 2 for r in rates], "sales": [7 * n for n in whole]})
    columns = {name: Column(unit, **declared.get(name, {})) for name, unit in PARTS.items()}
    return Table(frame.astype({"low": "float64", "high": "float64"}), columns, count="customers", within=within)


def test_a_few_of_many_are_hidden_with_what_gives_them_away():
    shown = privacy.suppress(parts([37, 60, 80, 40], [3, 20, 30, 0], within=("segment",)), 5)
    assert shown["suppressed"].tolist() == [True, False, False, False]
    assert shown.loc[0, ["stayed", "lapsed", "rate", "low", "high"]].isna().all()
    assert shown.loc[0, ["customers", "sales"]].tolist() == [40, 280]
    assert shown.loc[3, ["lapsed", "rate"]].tolist() == [0, 0.0], "nobody is no few"


def test_where_the_rows_add_up_a_second_number_of_the_column_is_hidden_too():
    shown = privacy.suppress(parts([37, 60, 80, 40], [3, 20, 30, 0]), 5)
    assert shown["lapsed"].isna().tolist() == shown["stayed"].isna().tolist() == [True, True, False, False]
    assert shown["customers"].notna().all()


def test_a_number_that_leaves_a_hidden_one_little_room_is_hidden_too():
    frame = pd.DataFrame({"product": ["a", "b", "c", "d", "e"], "customers": [32, 40, 50, 33, 34],
                          "due": [31, 20, 9, 30, 30], "broken": [1, 3, 41, 2, 2]})
    columns = {"product": Column("code")} | dict.fromkeys(("customers", "due", "broken"), Column("customers"))
    shown = privacy.suppress(Table(frame, columns, count="customers", within=("product",)), 5)
    assert shown["broken"].isna().tolist() == [True, True, False, True, True]
    assert shown["due"].isna().tolist() == [True, False, False, True, True], (
        "of 32, 31 leave one, of 33, 30 three and of 34, 30 four; of 40, 20 leave room")


def test_what_is_declared_to_be_of_some_people_is_hidden_with_their_number():
    table = parts([37, 60], [3, 20], within=("segment",), sales={"share_of": "lapsed"})
    assert privacy.suppress(table, 5)["sales"].isna().tolist() == [True, False]


def test_a_few_are_hidden_too_where_nobody_of_them_is_counted():
    frame = pd.DataFrame({"segment": ["a", "b"], "contacts": [2, 90], "answered": [0, 30], "rate": [0.0, 1 / 3]})
    units = {"segment": "code", "contacts": "count", "answered": "customers", "rate": "ratio"}
    table = Table(frame, {n: Column(u) for n, u in units.items()}, count="answered", within=("segment",))
    shown = privacy.suppress(table, 5)
    assert shown["contacts"].isna().tolist() == shown["rate"].isna().tolist() == [True, False]


def test_what_is_expected_is_no_count_of_people():
    frame = pd.DataFrame({"segment": ["a", "b"], "customers": [40, 60], "alive": [2.6, 55.1]})
    columns = {"segment": Column("code"), "customers": Column("customers"), "alive": Column("customers")}
    assert not privacy.suppress(Table(frame, columns, count="customers"), 5)["suppressed"].any()


def test_totals_of_the_shop_stay_where_people_are_hidden():
    frame = pd.DataFrame({"date": ["2026-10-01", "2026-10-02"], "sales": [500, 900], "customers": [2, 7]})
    columns = {"date": Column("date"), "sales": Column("money"), "customers": Column("customers")}
    shown = privacy.suppress(Table(frame, columns, count="customers", within=("date",), totals=("sales",)), 5)
    assert shown["sales"].tolist() == [500, 900]
    assert shown["customers"].isna().tolist() == shown["suppressed"].tolist() == [True, False]


def test_tables_that_are_not_people_are_shown_whole():
    table = Table(
        pd.DataFrame({"month": ["2026-10"], "sales": [1]}), {"month": Column("month"), "sales": Column("money")}
    )
    assert privacy.suppress(table, 5)["suppressed"].tolist() == [False]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("＝HYPERLINK()", "'＝HYPERLINK()"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("-1,280", "-1,280"),
        ("+81 90-2468-1357", "+81 90-2468-1357"),
        ("-", "'-"),
        ("=5", "'=5"),
        ("山田", "山田"),
        ("090-2468-1357", "090-2468-1357"),
        ("", ""),
    ],
)
def test_no_cell_becomes_a_formula(text, safe):
    assert privacy.formula_safe(text) == safe


def test_private_files_are_whole_or_not_there(tmp_path):
    path = privacy.write_private(tmp_path / "deep/er/a.csv", b"1")
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    privacy.write_private(path, b"2")
    assert path.read_bytes() == b"2" and [p.name for p in path.parent.iterdir()] == ["a.csv"]
    assert privacy.private_folder(tmp_path / "p").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("4111111111111111", True),
        ("4111-1111-1111-1111", True),
        ("340000000000009", True),
        ("4111111111111112", False),
        ("1111111111111117", False),
        ("4111111111111", False),
        ("", False),
        ("山田", False),
    ],
)
def test_card_numbers_are_known_by_shape_and_check_digit(text, card):
    assert privacy.is_card_number(text) is card
