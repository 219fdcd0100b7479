"""Columns that must not be held: told by heading or by check digit, refused where mapped, never stored where not."""

from __future__ import annotations

import pytest

from crmlib.cli import main
from crmlib.errors import CrmError
from crmlib.intake.typed.refuse import not_read
from crmlib.privacy import refused_heading, refused_values
from crmlib.privacy.refused import is_individual_number
from exports import HEAD, assert_nowhere, books, flat, lines, totals


def with_check(body: str) -> str:
    """Return twelve digits of which the last is right, by trying them."""
    return next(body + d for d in "0123456789" if is_individual_number(body + d))


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("クレジットカード番号", "card"), ("PAN Suffix", "card"), ("Credit Card Number", "card"),
        ("セキュリティコード", "security_code"), ("ＣＶＶ", "security_code"),
        ("ログイン パスワード", "password"), ("暗証番号", "password"),
        ("マイナンバー", "individual_number"), ("口座番号", "bank_account"), ("IBAN", "bank_account"),
        ("病歴", "special_care"), ("信条", "special_care"), ("人種", "special_care"), ("社会的身分", "special_care"),
        ("犯罪の経歴", "special_care"), ("障害者手帳", "special_care"), ("健康診断の結果", "special_care"),
        ("Medical history", "special_care"),
    ],
)
def test_a_heading_says_what_must_not_be_held(heading, kind):
    assert refused_heading(heading) == kind


@pytest.mark.parametrize(
    "heading",
    ["会員番号", "ポイントカード番号", "カード番号", "注文番号", "障害内容", "障害発生日時", "口座振替の有無", "備考",
     "性別", "生年月日", "支払方法", "PIN code area", "Company", "Panel", "Race date", "国籍",
     "電話番号", "郵便番号", ""],
)
def test_what_shops_need_is_not_taken_for_it(heading):
    assert refused_heading(heading) == ""


def test_the_check_digit_of_the_individual_number():
    right = [with_check(b) for b in ("12345678901", "00000000000", "99999999999")]
    assert right[0] == "123456789018"
    assert not any(is_individual_number(n[:-1] + str((int(n[-1]) + 1) % 10)) for n in right)
    assert not is_individual_number("12345678901")
    assert not is_individual_number("1234567890189")


def test_numbers_in_a_row_are_no_individual_numbers():
    some = [with_check(f"{10_000_000_000 + 7919 * n}") for n in range(20)]
    assert refused_values(20, some) == "individual_number"
    assert refused_values(20, [f"{n[:4]} {n[4:8]} {n[8:]}" for n in some]) == "individual_number"
    assert refused_values(20, [f"{202_600_000_000 + n}" for n in range(20)]) == ""
    assert refused_values(1, some[:1]) == ""


def test_a_mapped_column_of_such_a_name_stops_the_run(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,なし", head=HEAD.replace("状態", "病歴")))
    source = flat()
    source["tables"]["orders"]["status"] = {"from": "病歴", "default": "placed"}
    with pytest.raises(CrmError) as error:
        exports.load(source)
    assert (error.value.code, error.value.values["column"]) == ("intake.refused_column", "病歴")
    for locale in ("ja", "en"):
        said = error.value.say(locale)
        assert "orders.csv" in said and "病歴" in said and "{" not in said


def test_individual_numbers_in_a_mapped_column_stop_the_run(exports):
    numbers = [with_check(f"{30_000_000_000 + 104_729 * n}") for n in range(12)]
    exports.write("orders.csv", lines(*(f"A{n},{number},2024-01-05,x,1,10,10," for n, number in enumerate(numbers))))
    with pytest.raises(CrmError) as error:
        exports.load(flat())
    assert (error.value.code, error.value.values["column"]) == ("intake.individual_numbers", "会員番号")
    assert numbers[0] not in error.value.say("ja")


def test_rows_are_not_excluded_by_such_a_column_either(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,,なし", head=f"{HEAD},持病"))
    with pytest.raises(CrmError) as error:
        exports.load(flat(exclude=[{"column": "持病", "values": ["なし"], "reason": "healthy"}]))
    assert error.value.code == "intake.refused_column"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16"])
def test_nothing_of_a_column_no_map_names_is_kept(exports, encoding):
    head = f"{HEAD},病歴,クレジットカード番号,メモ"
    rows = [f"A{n},c{n},2024-01-05,x,1,10,10,,喘息{n},4111111111111111,ひみつの覚え書き{n}" for n in range(30)]
    exports.write("orders.csv", lines(*rows, head=head), encoding)
    intake = exports.load(flat())
    assert totals(intake)["out"] == (30, 300)
    assert_nowhere(exports.root / "data", "喘息", "4111111111111111", "ひみつの覚え書き")


def test_numbers_of_cards_are_hidden_in_what_is_set_aside(exports):
    rows = ["A1,c1,2024-01-05,x,1,10,10,,4111111111111111,20260105103309",
            "A2,c2,2024-01-05,x,1,10,たくさん,,5500 0000 0000 0004,20260105103317"]
    exports.write("orders.csv", lines(*rows, head=f"{HEAD},カード番号,受付"))
    exports.load(flat())
    [kept] = (exports.root / "data").rglob("quarantine/*.csv")
    said = kept.read_text("utf-8-sig")
    assert "****" in said and "20260105103317" in said
    assert "5500 0000" not in said


CARDS = ("4111111111111111", "5500000000000004", "3530111333300000")


def test_cards_of_a_column_no_map_names_are_kept_nowhere(exports):
    rows = [f"A{n},c{n},2024-01-05,x,{'多い' if n % 2 else 1},10,{'たくさん' if n % 3 else 10},,{CARDS[n % 3]},"
            f"控え {CARDS[n % 3]}" for n in range(30)]
    exports.write("orders.csv", lines(*rows, head=f"{HEAD},カード番号,受付"))
    intake = exports.load(flat())
    assert {r for _, r, *_ in books(intake)} == {"amount.unreadable", "quantity.emptied"}
    assert_nowhere(exports.root / "data", *CARDS)


def test_individual_numbers_of_a_column_no_map_names_are_kept_nowhere(exports):
    numbers = [with_check(f"{30_000_000_000 + 104_729 * n}") for n in range(12)]
    rows = [f"A{n},c{n},2024-01-05,x,1,10,たくさん,,{number}" for n, number in enumerate(numbers)]
    exports.write("orders.csv", lines("B1,c,2024-01-05,x,1,10,10,,", *rows, head=f"{HEAD},個人番号"))
    exports.load(flat())
    assert_nowhere(exports.root / "data", *numbers)


def test_a_line_that_cannot_be_split_is_not_kept_where_a_column_is_never_read(exports):
    rows = ["A1,c1,2024-01-05,x,1,10,10,,なし", "A2,c2,2024-01-05,x,1,10,10,,喘息,余り",
            "A3,c3,2024-01-05,x,1,10,10,,なし,4111111111111111"]
    exports.write("orders.csv", lines(*rows, head=f"{HEAD},持病"))
    intake = exports.load(flat())
    assert_nowhere(exports.root / "data", "喘息", "4111111111111111")
    exports.write("orders.csv", lines(*rows, head=f"{HEAD},メモ"))
    said = (exports.load(flat()).quarantine / "order_lines.csv").read_text("utf-8-sig")
    assert "喘息,余り" in said and intake.counts == exports.load(flat()).counts
    assert_nowhere(exports.root / "data", "4111111111111111")


@pytest.mark.parametrize(("locale", "says"), [("ja", "読み込まない列：持病"), ("en", "never read: 持病")])
def test_detect_says_what_it_would_never_read(tmp_path, capsys, monkeypatch, locale, says):
    monkeypatch.setenv("CRMLIB_LANG", locale)
    path = tmp_path / "members.csv"
    path.write_text("番号,なまえ,持病\n1,山田,ぜんそく\n", encoding="utf-8")
    main(["detect", str(path)])
    assert says in capsys.readouterr().out


def test_what_is_not_read_is_named():
    assert not_read(("会員番号", "病歴", "PAN Suffix", "メモ"), ("会員番号",)) == ("病歴", "PAN Suffix")
