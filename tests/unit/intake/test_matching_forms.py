"""The forms that values are compared in: what is the same, however it was written."""

from __future__ import annotations

import pytest

from crmlib.intake.matching import addresses, forms, names, people
from people import reader


@pytest.fixture(scope="module")
def value():
    """Work out one expression of one text."""
    with reader() as engine:
        people.teach(engine)

        def worked_out(expression, text):
            return engine.rows(f"SELECT {expression} AS v FROM (SELECT CAST($t AS VARCHAR) AS t)", t=text)[0][0]

        yield worked_out


@pytest.mark.parametrize(("text", "expected", "kind"), [
    ("090-1111-2222", "09011112222", "mobile"), ("９０１１１１２２２２", "09011112222", "mobile"),
    ("+81 90 1111 2222", "09011112222", "mobile"), ("090 1111 2222", "09011112222", "mobile"),
    ("3-3456-7890", "0334567890", "landline"), ("03(3456)7890", "0334567890", "landline"),
    ("0120-456-456", "0120456456", "toll_free"), ("0570-012-345", "0570012345", "shared_cost"),
    ("050-3456-7890", "05034567890", "ip"), ("+44 20 7946 0958", "442079460958", "foreign"),
    ("000-0000-0000", None, None), ("0", None, None), ("なし", None, None), (None, None, None),
])
def test_phones(value, text, expected, kind):
    number = value(forms.nested(forms.PHONE, "t"), text)
    assert number == expected
    assert value(forms.phone_kind("t"), number) == kind


def test_numbers_that_a_firm_pays_for_are_nobodys(value):
    assert value(forms.personal_phone("t"), "0120456456") is None
    assert value(forms.personal_phone("t"), "09011112222") == "09011112222"


@pytest.mark.parametrize(("text", "expected"), [
    (" Hana@Example.JP ", "hana@example.jp"), ("ｈａｎａ＠example.jp", "hana@example.jp"),
    ("taro..yamada.@mail.example.jp", "taro..yamada.@mail.example.jp"), ("mailto:a@example.jp", "a@example.jp"),
    ("none@example.com", None), ("a@example", None), ("", None), ("電話のみ", None),
])
def test_mails(value, text, expected):
    assert value(forms.nested(forms.MAIL, "t"), text) == expected


@pytest.mark.parametrize(("ending", "meant"), [
    ("gmail.con", "gmail.com"), ("gmial.com", "gmail.com"), ("docomo.ne.jo", "docomo.ne.jp"),
    ("yahoo.co", "yahoo.co.jp"), ("gmail.com", "gmail.com"), ("yahoo.co.jp", "yahoo.co.jp"),
    ("ezweb.ne.jp", "ezweb.ne.jp"),
])
def test_slips_in_well_known_endings_are_undone_and_told(value, ending, meant):
    box = "hana@" + ending
    assert value(forms.nested(forms.MAIL, "t"), box) == "hana@" + meant
    assert value(forms.mail_mistyped("t"), box) is (ending != meant)


@pytest.mark.parametrize(("text", "expected"), [
    ("100-0001", "1000001"), ("〒100−0001", "1000001"), ("１００ ０００１", "1000001"), ("600001", "0600001"),
    ("SW1A 1AA", "SW1A1AA"), ("2119", "2119"), ("000-0000", None), ("12", None),
])
def test_postal_codes(value, text, expected):
    assert value(forms.nested(forms.POSTAL, "t"), text) == expected


@pytest.mark.parametrize(("one", "other"), [
    ("東京都港区芝三丁目四番五号", "港区芝3-4-5"), ("東京都港区芝３丁目４番地の５", "港区芝3ー4ー5"),
    ("港区芝3-4-5-302", "港区芝３－４－５　コーポ芝３０２号室"), ("〒105-0014 東京都 港区 芝 3-4-5", "港区芝3−4−5"),
    ("石川県金沢市大字鳴和1-2-3", "金沢市鳴和1丁目2番3号"), ("千葉県鎌ヶ谷市二十三番地", "鎌ケ谷市23"),
    ("神奈川県茅ケ崎市十間坂百二番", "茅ヶ崎市十間坂102"),
])
def test_addresses_of_one_place(value, one, other):
    place = forms.nested((*addresses.CLEAN, *addresses.PLACE), "t")
    assert value(place, one) == value(place, other) is not None


@pytest.mark.parametrize("text", ["東京都港区", "大阪府大阪市北区", "", "3-4"])
def test_a_town_alone_is_nobodys_address(value, text):
    assert value(forms.nested((*addresses.CLEAN, *addresses.PLACE), "t"), text) is None


def test_number_and_room_stand_apart(value):
    clean = forms.nested(addresses.CLEAN, "t")
    for text in ("港区芝3-4-5-302", "東京都港区芝三丁目四番五号 コーポ302"):
        assert value(addresses.number(clean), text) == "3-4-5"
        assert value(addresses.room(clean), text) == "302"
    assert value(addresses.room(clean), "港区芝3-4-5") is None


@pytest.mark.parametrize(("text", "number"), [("三", 3), ("十", 10), ("二十三", 23), ("百二", 102), ("一〇五", 105)])
def test_numbers_written_out(text, number):
    assert addresses.counted(f"芝{text}丁目") == f"芝{number}丁目"
    assert addresses.counted(f"{text}田町") == f"{text}田町"


@pytest.mark.parametrize(("full", "parts"), [
    ("山田 太郎", ("山田", "太郎")), ("山田　太郎様", ("山田", "太郎")), ("山田太郎", ("山田", "太郎")),
    ("長谷川花", ("長谷川", "花")), ("髙橋一郎 様", ("髙橋", "一郎")), ("勅使河原忍", ("勅使河原", "忍")),
    ("ヤマダ・タロウ", ("ヤマダ", "タロウ")), ("Taro Yamada", ("Yamada", "Taro")), ("YAMADA Taro", ("YAMADA", "Taro")),
    ("Yamada, Taro", ("Yamada", "Taro")), ("鼈甲亭主人", ("", "")), ("山田", ("", "")),
])
def test_full_names_are_split(full, parts):
    assert names.split(full) == parts


@pytest.mark.parametrize(("one", "other"), [
    ("髙橋", "高橋"), ("渡邉", "渡辺"), ("渡邊", "渡辺"), ("齋藤", "斉藤"), ("𠮷田", "吉田"), ("濵﨑", "浜崎"),
    ("山田 様", "山田"), ("ＹＡＭＡＤＡ", "yamada"),
])
def test_names_that_are_the_same(value, one, other):
    form = forms.nested(names.PERSON, "t")
    assert value(form, one) == value(form, other)


@pytest.mark.parametrize(("one", "other"), [
    ("しょうこ", "ショウコ"), ("ｼｮｳｺ", "シヨウコ"), ("サトー", "サト"), ("カヅコ", "カズコ"),
])
def test_readings_that_are_the_same(value, one, other):
    form = forms.nested(names.KANA, "t")
    assert value(form, one) == value(form, other)


@pytest.mark.parametrize("text", ["株式会社山田商店", "(株)山田商店", "㈱山田商店 御中", "山田商店株式会社",
                                  "山田商店（有）"])
def test_firms_lose_their_legal_form(value, text):
    assert value(forms.nested(names.FIRM, "t"), text) == "山田商店"
    assert value(names.firm_kind("t"), text) in ("株式会社", "(株)", "(有)")


@pytest.mark.parametrize(("text", "bare"), [
    ("Yamada Co., Ltd.", "yamada"), ("Inca Foods Inc.", "incafoods"), ("Acme GmbH", "acme")])
def test_firms_abroad_too(value, text, bare):
    assert value(forms.nested(names.FIRM, "t"), text) == bare


def test_the_lists_are_large_and_hold_no_name_twice():
    assert len(names.surnames()) > 1000
    old, usual = names.variants()
    assert len(old) == len(usual) == len(set(old)) > 200
    assert not set(old) & set(usual)
