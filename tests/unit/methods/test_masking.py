"""What tells of a person is taken out of free text, and ordinary words stay."""

from __future__ import annotations

import pytest

import shop
from crmlib.dataset.prepare import open_dataset
from crmlib.privacy.masking import MARK, mask, plain, struck


def cleaned(text: str) -> str:
    return mask(plain(text))


@pytest.mark.parametrize(("text", "left"), [
    ("電話は090-1234-5678です", f"電話は{MARK}です"),
    ("０９０１２３４５６７８", MARK),
    ("0 9 0 1 2 3 4 5 6 7 8", MARK),
    ("090\u200b-1234-\u200b5678", MARK),
    ("(03) 1234-5678まで", f"{MARK}まで"),
    ("090ー1234ー5678", MARK),
    ("〇九〇の一二三四の五六七八", MARK),
    ("+81 90 1234 5678", MARK),
    ("カード 4111 1111 1111 1111", f"カード {MARK}"),
    ("カード4111-1111-1111-1111です", f"カード{MARK}です"),
    ("連絡はhanako.y@example.comへ", f"連絡は{MARK}へ"),
    ("ｈａｎａｋｏ＠example.com", MARK),
    ("hanako (at) example.com", MARK),
    ("hanako[at]example[dot]com", MARK),
    ("hanako(アット)example.com", MARK),
    ("見て https://example.com/u/1?x=2 ね", f"見て {MARK} ね"),
    ("@hanako_y です", f"{MARK} です"),
    ("会員番号は A12 です", f"{MARK} です"),
    ("注文番号:55-12", MARK),
    ("member no 77123", MARK),
    ("m1097a461c20a", MARK),
    ("ID 12345", MARK),
    ("1975年3月2日生まれ", f"{MARK}生まれ"),
    ("昭和50年3月2日", MARK),
    ("福井県福井市大手3丁目17-1", MARK),
    ("東京都新宿区西新宿二丁目八番一号です", f"{MARK}です"),
    ("大手三丁目17に住む", f"{MARK}に住む"),
    ("12 Baker Street に", f"{MARK} に"),
    ("〒910-0005", f"〒{MARK}"),
    ("山田さんが親切", f"{MARK}さんが親切"),
    ("花子さん", f"{MARK}さん"), ("山田健人さん", f"{MARK}さん"), ("お子さんとお母さん", "お子さんとお母さん"),
    ("鈴木 様", f"{MARK}様"),
    ("佐藤店長の対応", f"{MARK}店長の対応"),
    ("ジョンさん", f"{MARK}さん"),
    ("ゆうこさん", f"{MARK}さん"),
    ("山田と申します", f"{MARK}と申します"),
    ("Ms. Smith was kind", f"{MARK} was kind"),
    ("対応はMs Smithが良い", f"対応は{MARK}が良い"),
    ("連絡は@hanako_yへ", f"連絡は{MARK}へ"),
    ("サイトはshop.example.comです", f"サイトは{MARK}です"),
    ("会員番号A12です", f"{MARK}です"),
    ("私のID77123です", f"私の{MARK}です"),
    ("my name is Jane Doe", f"my name is {MARK}"),
])
def test_what_tells_of_a_person_is_taken_out(text, left):
    assert cleaned(text) == left


@pytest.mark.parametrize("text", [
    "お客さんが多い", "店員さんが親切でした", "たくさんの人", "皆様に", "同様の様子で多様な仕様", "ちゃんとした対応",
    "店長が親切", "2,000円と10000円", "12000人", "3-4時間", "10:00-18:00", "2024年度", "500ポイント", "お寺さん",
    "赤ちゃん", "さまざまな商品", "9.5点", "お父さんとお母さん",
    "Service was good", "Dr appointment", "100%満足", "1〜2時間待ち",
])
def test_ordinary_words_stay(text):
    assert MARK not in cleaned(text)


def test_plain_makes_one_form_of_all_widths_and_resolves_entities():
    assert plain("ｱﾌﾟﾘ　Ｗｉ－Ｆｉ&hellip;\r\n\r\n 次\u200b行 ") == "アプリ Wi-Fi...\n次行"


def test_what_was_taken_out_stays_out():
    once = cleaned("山田さん 090-1234-5678 hanako@example.com")
    assert mask(once) == once


@pytest.mark.parametrize(("unit", "left"), [
    ("a", "a" * 100_000), ("山", "山" * 100_000), ("1-", MARK), ("A b ", ("A b " * 25_000).strip()),
    ("(at)", "(at)" * 25_000), ("大市", "大市" * 50_000), ("一の", f"{MARK}の"),
])
def test_a_hundred_thousand_characters_are_read_to_the_end(unit, left):
    assert cleaned(unit * (100_000 // len(unit))).rstrip("-") == left


def test_values_are_struck_however_they_are_spaced():
    assert struck("山田 花子が来た、山田花子も", ["山田花子"]) == f"{MARK}が来た、{MARK}も"
    assert struck("Jane  Doe and janet doe", ["jane doe"]) == f"{MARK} and janet doe"


@pytest.fixture
def data(tmp_path):
    """A shop with one customer whose identity lies where intake leaves it."""
    folder = shop.write(tmp_path, shop.purchases("customer,day,amount\nA,2026-10-05,100"))
    shop.write(folder / "restricted" / "identity", {"customer_identity": shop.read("""
        customer_key,full_name,family_name,given_name,family_kana,given_kana,email,address
        A,御手洗 きらら,御手洗,きらら,ミタライ,キララ,kirara@example.com,北の丸アパート西棟
        B,髙﨑　惣一朗,,,,,,""")})
    return open_dataset(shop.settings(), folder, "2026-10")


@pytest.mark.parametrize("text", ["御手洗きららが来た", "御手洗 きらら が来た", "御手洗が冷たい", "ミタライ キララです",
                                  "KIRARA@EXAMPLE.COM", "北の丸 アパート西棟の前"])
def test_what_the_shop_holds_of_its_customers_is_taken_out(data, text):
    told = data.masked([text, "とても良い"])
    assert MARK in told[0] and told[1] == "とても良い"
    assert not any(part in told[0] for part in ("御手洗", "ミタライ", "KIRARA", "アパート西棟"))


@pytest.mark.parametrize("text", ["髙﨑です", "惣一朗が", "髙﨑 惣一朗より"])
def test_the_parts_of_a_name_in_one_column_are_taken_out_too(data, text):
    assert data.masked([text])[0] in (f"{MARK}です", f"{MARK}が", f"{MARK}より")
    assert data.masked([text], lone=False)[0] == (f"{MARK}より" if " " in text else text)


def test_a_lone_name_of_kana_is_a_piece_of_ordinary_words_and_stays(data):
    assert data.masked(["キララではなくきららかに"]) == ["キララではなくきららかに"]
