"""What customers write: themes, words and what is new by people; nothing of one of them on a page or in a file."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import voices
from crmlib.analyses.satisfaction.voices import comments
from crmlib.dataset import open_dataset
from crmlib.methods.text import japanese
from crmlib.privacy import suppress
from crmlib.result import RESTRICTED
from crmlib.text import load_text

METRICS = [{"key": "csat", "scale": [1, 5], "statistic": "top2"}]
needs_sudachi = pytest.mark.skipif(not japanese.available(), reason="the extra ja is not installed")


def sheets(texts, scores=None, months=None, keys=None):
    """Survey answers: a comment and a score on each sheet."""
    rows = []
    for n, text in enumerate(texts):
        day = f"{(months or ['2026-10'] * len(texts))[n]}-15"
        base = {"survey_id": "S", "customer_key": (keys or [f"C{n:04d}" for n in range(len(texts))])[n],
                "answered_at": f"{day} 10:00", "day": day}
        rows.append(base | {"question": "comment", "score": None, "text": text})
        if scores is not None:
            rows.append(base | {"question": "csat", "score": str(scores[n]), "text": None})
    return pd.DataFrame(rows).astype(object).where(lambda frame: frame.notna(), None)


def dataset(folder, answers, identity=None, **settings):
    tables = {"survey_answers": answers} if isinstance(answers, pd.DataFrame) else answers
    shop.write(folder, tables)
    if identity is not None:
        shop.write(folder / "restricted" / "identity", {"customer_identity": identity})
    return open_dataset(shop.settings(satisfaction={"metrics": METRICS, "voices": settings}), folder, "2026-10")


def part(folder, answers, identity=None, **settings):
    data = dataset(folder, answers, identity, **settings)
    return voices.part(data, data.settings.satisfaction)


def published(found):
    """Everything of a part that leaves the restricted folder: pages' sentences and tables, figures, shareable files."""
    texts = []
    for locale in ("ja", "en"):
        words = load_text("satisfaction", locale)
        texts += [words.sentence(f"notes.{key}", values) for key, values in found.notes]
        texts += [words.sentence(f"figures.{key}.{line}", figure.values) for key, figure in found.figures.items()
                  for line in ("title", "subtitle", "alt")]
    for table in found.tables.values():
        if table.sensitivity != RESTRICTED:
            texts.append(suppress(table, 5).to_csv())
    return "\n".join(texts)


def planted(n=120):
    """Half write of early closing with low scores, half of good food with high ones."""
    low = ["店の閉店時間が早い", "閉店が早くて店に入れない"]
    high = ["料理がとても美味しい", "料理が美味しくて店員さんが親切"]
    texts = [(low if n % 2 else high)[n // 2 % 2] for n in range(n)]
    return texts, [1 if n % 2 else 5 for n in range(n)]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return part(tmp_path_factory.mktemp("voices"), sheets(*planted()))


@needs_sudachi
def test_themes_are_counted_by_people_with_the_scores_beside_them(found):
    themes = found.tables["themes"].frame.set_index("theme")
    assert themes.loc["hours", ["people", "share", "low_scores"]].tolist() == [60, 0.5, 1.0]
    assert themes.loc["food", ["people", "share", "low_scores"]].tolist() == [60, 0.5, 0.0]
    assert themes.loc["staff", ["people", "share"]].tolist() == [30, 0.25]
    assert (themes["movement"] == "unknown").all()
    assert dict(found.notes)["voices.theme_low"] == {"theme": "hours", "share": 1.0, "rest": 0.0}


@needs_sudachi
def test_words_that_go_with_low_scores_are_named_with_their_interval(found):
    words = found.tables["words"].frame.set_index("word")
    told = words.loc["早い", ["people", "low_scores", "low_scores_rest", "leaning"]].tolist()
    assert told == [60, 1.0, 0.0, "to_low"]
    assert words.loc["美味しい", "leaning"] == "to_high" and words.loc["早い", "gap_low"] > 0.8
    assert set(found.figures) == {"themes", "words_to_low", "themes_by_segment", "network"}


@needs_sudachi
def test_sentences_that_many_wrote_stand_for_them(found):
    table = found.tables["comments"].frame
    hours = table[(table["theme"] == "hours") & (table["tone"] == "low")]
    assert set(hours["text"]) <= {"店の閉店時間が早い", "閉店が早くて店に入れない"} and (table["people"] >= 8).all()


def test_no_comments_are_said_and_no_answers_too(tmp_path):
    answers = sheets(["特になし"], [5]).query("question == 'csat'")
    assert part(tmp_path / "a", answers).notes == (("voices.none", {}),)


@pytest.mark.parametrize("texts", [["駐車場が狭い"], ["特になし", "なし", "n/a", "😀"], ["同上"] * 30, [" "], ["!?"]])
def test_one_comment_or_nothing_to_read_gives_no_words(tmp_path, texts):
    one = part(tmp_path, sheets(texts, [3] * len(texts)))
    assert not set(one.tables) & {"words", "themes", "comments", "emerging", "pairs", "network", "new_themes"}
    assert not one.figures


def test_answers_that_say_nothing_are_set_aside_and_counted(tmp_path):
    aside = ["特になし"] * 6 + ["同上"] * 5 + ["😀"] * 7 + ["안녕하세요 여러분"] * 8
    one = part(tmp_path, sheets(["駐車場が狭い"] * 10 + aside))
    counted = one.tables["comments_read"].frame.set_index("content")["comments"].to_dict()
    assert counted == {"read": 10, "nothing": 6, "ditto": 5, "signs": 7, "other_language": 8}
    assert dict(one.notes)["voices.set_aside"] == {"n": 26, "nothing": 6, "ditto": 5}


def test_all_the_same_comment_is_one_sentence(tmp_path):
    one = part(tmp_path, sheets(["料理が美味しい店です"] * 50, [5] * 50))
    table = one.tables["comments"].frame
    assert set(table["text"]) <= {"料理が美味しい店です"} and "polarity" not in one.tables
    assert dict(one.notes)["voices.polarity_few"] == {"fewest": 30}


def test_odd_texts_are_read(tmp_path):
    odd = ["駐車場が狭い。" * 14_000, "ｱﾌﾟﾘが重い😀" * 3, "\x00\u200b\ufeff", "a" * 100_000, "🏳️‍🌈最高", "=1+1 駐車場",
           "<script>駐車場</script>"]
    one = part(tmp_path, sheets(odd + ["駐車場が狭い"] * 10))
    themes = one.tables["themes"].frame.set_index("theme")
    assert themes.loc["parking", "people"] == 13
    assert "<script>" not in published(one)


def test_without_the_dictionary_pieces_of_text_are_counted_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(japanese, "available", lambda: False)
    texts, scores = planted()
    one = part(tmp_path, sheets(texts, scores))
    words = one.tables["words"].frame.set_index("word")
    assert words.loc["料理", "people"] == 60 and words.loc["料理", "leaning"] == "to_high"
    assert one.tables["themes"].frame.set_index("theme").loc["hours", "people"] == 60
    keys = [key for key, _ in one.notes]
    assert "voices.no_tokenizer" in keys
    for locale in ("ja", "en"):
        assert "pip install 'crmlib[ja]'" in load_text("satisfaction", locale).sentence("notes.voices.no_tokenizer")


def test_a_word_said_more_often_lately_is_found_and_chance_is_not(tmp_path):
    before = ["料理が良い", "接客が良い", "駐車場が広い"] * 60
    now = ["料理が良い", "接客が良い", "駐車場が広い"] * 20 + ["配送が遅延"] * 25
    one = part(tmp_path, sheets(before + now, months=["2026-08"] * 180 + ["2026-10"] * 85))
    emerging = one.tables["emerging"].frame
    more = emerging[emerging["movement"] == "more"]
    assert {"配送", "遅延"} <= set(more["word"]) and not {"料理", "接客"} & set(more["word"])
    row = more.set_index("word").loc["配送"]
    assert (row["people"], row["people_before"], row["share_before"]) == (25, 0, 0.0) and row["low"] > 0
    assert dict(one.notes)["voices.emerging"]["n"] >= 4
    theme = one.tables["themes"].frame.set_index("theme").loc["delivery"]
    assert theme["movement"] == "more" and theme["change"] == pytest.approx(25 / 85)


def test_nothing_new_is_said_as_that(tmp_path):
    texts = ["料理が良い", "接客が良い"] * 60
    one = part(tmp_path, sheets(texts, months=["2026-08", "2026-08", "2026-10", "2026-10"] * 30))
    assert "emerging" not in one.tables and "voices.nothing_new" in dict(one.notes)


def test_scores_of_reviews_and_surveys_are_not_mixed(tmp_path):
    texts, scores = planted()
    reviews = pd.DataFrame({"at": "2026-10-02 10:00", "day": "2026-10-02", "rating": "1", "text": "料理が美味しい",
                            "customer_key": [f"R{n}" for n in range(50)]})
    one = part(tmp_path, {"survey_answers": sheets(texts, scores), "reviews": reviews})
    themes = one.tables["themes"].frame.set_index(["source", "theme"])
    assert themes.loc[("review", "food"), "low_scores"] == 1.0 and themes.loc[("survey", "food"), "low_scores"] == 0.0
    words = one.tables["words"].frame.set_index("word")
    found = "美味しい" if japanese.available() else "料理"
    assert words.loc[found, "people"] == 110 and words.loc[found, "low_scores"] == 0.0


def test_low_answers_that_are_good_are_no_low_scores():
    ces = {"key": "ces", "scale": [1, 7], "statistic": "top2", "better": "low", "good_from": 3}
    metric = shop.settings(satisfaction={"metrics": [ces]}).satisfaction.metrics[0]
    assert [comments._tone(value, metric) for value in (1, 3, 4, 5, 7, None)] == [
        "high", "high", "middle", "low", "low", None]
    stars = [comments._tone(value, None) for value in (1.0, 2.0, 3.0, 4.0, 5.0)]
    assert stars == ["low", "low", "middle", "high", "high"]


def test_a_shop_s_own_theme_is_counted_by_its_name(tmp_path):
    own = {"themes": [{"key": "onsen", "ja": ["露天風呂"]}], "standard_themes": False}
    one = part(tmp_path, sheets(["露天風呂が広い"] * 12, [5] * 12), **own)
    assert one.tables["themes"].frame["theme"].tolist() == ["onsen"]


@pytest.mark.parametrize("order", ["reversed", "renamed"])
def test_neither_the_order_of_rows_nor_names_of_customers_matter(tmp_path, order):
    texts, scores = planted(160)
    texts = [f"{text}、{'駐車場が狭い' if n % 3 else '景色が綺麗'}" for n, text in enumerate(texts)]
    keys = [f"C{n % 150:04d}" for n in range(160)]
    one = part(tmp_path / "a", sheets(texts, scores, keys=keys))
    if order == "reversed":
        other = part(tmp_path / "b", sheets(texts[::-1], scores[::-1], keys=keys[::-1]))
    else:
        other = part(tmp_path / "b", sheets(texts, scores, keys=[f"Z{997 - int(key[1:])}" for key in keys]))
    assert list(one.tables) == list(other.tables) and one.notes == other.notes
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame, obj=name)


SECRETS = ["090-1234-5678", "０９０−８７６５−４３２１", "hanako@example.com", "4111 1111 1111 1111", "会員番号 A-7712",
           "m1097a461c20a", "福井市大手3丁目17-1", "山田花子さん", "御手洗きらら", "御手洗", "Ms Smith", "1975年3月2日",
           "@hanako_y", "https://example.com/me", "C0007", "jane doe"]
IDENTITY = shop.read("""customer_key,full_name,family_name,given_name,family_kana,given_kana,email,address
    C0007,御手洗 きらら,御手洗,きらら,ミタライ,キララ,kirara@example.com,北の丸アパート西棟
    C0008,Jane Doe,Doe,Jane,,,jane@example.com,12 Baker Street""")


@pytest.mark.parametrize("everybody", [True, False], ids=["everybody writes it", "one writes it"])
@pytest.mark.parametrize("tokenizer", [True, False], ids=["words", "pieces"])
def test_what_tells_of_a_person_never_leaves_the_restricted_folder(tmp_path, monkeypatch, tokenizer, everybody):
    if not tokenizer:
        monkeypatch.setattr(japanese, "available", lambda: False)
    texts, scores = planted(80)
    told = [text + "".join(f"。店員の対応は{secret}が良い。駐車場、{secret}、狭い" for m, secret in enumerate(SECRETS)
                           if everybody or n == m) for n, text in enumerate(texts)]
    page = published(part(tmp_path, sheets(told, scores), IDENTITY)).casefold()
    tight = re.sub(r"[\s\-−]", "", page)
    for secret in SECRETS:
        for piece in {secret, secret.replace("さん", ""), *re.findall(r"\d{4,}", secret)}:
            assert piece.casefold() not in page, piece
        assert re.sub(r"[\s\-−]", "", secret).casefold() not in tight, secret


def test_small_groups_are_hidden(tmp_path):
    texts, scores = planted(80)
    orders = shop.purchases("customer,day,amount\n" + "\n".join(
        f"C{n:04d},2026-10-{1 + n % 28:02d},{100 if n > 2 else 99999}" for n in range(80)))
    one = part(tmp_path, orders | {"survey_answers": sheets(texts, scores)})
    counted = [table for table in one.tables.values() if table.sensitivity != RESTRICTED and table.count]
    assert counted
    for table in counted:
        column = suppress(table, 5)[table.count]
        assert not ((column > 0) & (column < 5)).any(), table.name


def test_what_is_restricted_is_masked_all_the_same(tmp_path):
    texts, scores = planted(80)
    told = [f"{text}、電話は090-1234-5678" for text in texts]
    one = part(tmp_path, sheets(told, scores))
    assert one.tables["kwic"].sensitivity == RESTRICTED
    assert "1234" not in one.tables["kwic"].frame.to_csv()


def test_a_sample_is_drawn_by_hash_and_said(tmp_path):
    texts = [f"駐車場が狭い、{n}回目" for n in range(1100)]
    one = part(tmp_path / "a", sheets(texts), most=1000)
    other = part(tmp_path / "b", sheets(texts[::-1], keys=[f"C{n:04d}" for n in range(1100)][::-1]), most=1000)
    assert dict(one.notes)["voices.sampled"] == {"written": 1100, "n": 1000}
    assert one.notes == other.notes
