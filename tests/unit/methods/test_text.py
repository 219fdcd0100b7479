"""Free text as words: read, set aside, split, counted by people, shown only where many wrote it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from crmlib.methods.text import counts, english, grams, japanese, kinds, themes, topics
from crmlib.methods.text.corpus import build, persons
from crmlib.methods.text.polarity import learn
from crmlib.methods.text.shown import quotes
from crmlib.methods.text.words import readers, sentences
from crmlib.privacy.masking import MARK, mask, plain

needs_sudachi = pytest.mark.skipif(not japanese.available(), reason="the extra ja is not installed")


def forms(sentence):
    return [word.form for word in sentence.words]


def corpus(texts, keys=None, least=2, **options):
    found = [mask(plain(text)) for text in texts]
    return build(found, [kinds.language(text) or "en" for text in found],
                 [f"c{n}" for n in range(len(texts))] if keys is None else keys, least, **options)


@pytest.mark.parametrize(("text", "kind"), [
    ("特になし", "nothing"), ("とくにありません。", "nothing"), ("なし", "nothing"), ("無い", "nothing"),
    ("ﾅｼ", "nothing"), ("特に不便は感じなかった", "nothing"), ("何もない", "nothing"), ("わからない", "nothing"),
    ("n/a", "nothing"), ("N/A", "nothing"),
    ("None", "nothing"), ("no comment", "nothing"), ("nothing special", "nothing"), ("no", "nothing"),
    ("同上", "ditto"), ("上記と同じ", "ditto"), ("上記に同じ。", "ditto"), ("same as above", "ditto"),
    ("😀😀", "signs"), ("-", "signs"), ("。。。", "signs"), ("12", "signs"), ("", "signs"),
    ("안녕하세요", "other_language"), ("Хорошо очень", "other_language"),
    ("駐車場がない", "read"), ("近くに何も無い", "read"), ("綺麗", "read"), ("普通", "read"), ("No parking", "read"),
    ("Not good", "read"), ("😀良い", "read"), ("トイレが 無い", "read"),
])
def test_answers_that_say_nothing_are_told_from_those_that_do(text, kind):
    assert kinds.kind_of(plain(text)) == kind


def test_sentences_end_at_signs_and_lines():
    assert sentences("良い。また来る!\n駅が遠い") == ["良い", "また来る", "駅が遠い"]


@needs_sudachi
@pytest.mark.parametrize(("text", "words"), [
    ("トイレがとても綺麗で清潔感がありました", ["トイレ", "綺麗", "清潔感"]),
    ("ﾄｲﾚがｷﾚｲ", ["トイレ", "キレイ"]),
    ("美味しくなかった", ["美味しくない"]),
    ("サービスがよくない", ["サービス", "よくない"]),
    ("バスの便が少ない", ["バス", "便", "少ない"]),
    ("分かりにくい", ["分かりにくい"]),
    ("アプリが使いづらい", ["アプリ", "使いづらい"]),
    ("使えない", ["使えない"]),
    ("便利ではない", ["便利ではない"]),
    ("駐車場がない", ["駐車場", "ない"]),
    ("恐竜博物館が素晴らしい", ["恐竜博物館", "素晴らしい"]),
    ("店員さんと道の駅", ["店員", "道の駅"]),
    ("お土産を3個、2,000円", ["お土産"]),
])
def test_japanese_words_stand_in_their_basic_form(text, words):
    assert forms(japanese.sentence(plain(text))) == words


@needs_sudachi
def test_spellings_of_a_word_are_one_word_and_its_opposite_another():
    keys = [japanese.sentence(text).words[0].key for text in ("綺麗", "きれい", "キレイ", "綺麗ではない")]
    assert len(set(keys[:3])) == 1 and keys[3] == keys[0] + "¬"


@needs_sudachi
def test_a_name_of_a_person_is_no_word_and_is_told():
    found = japanese.sentence("スタッフの山田の対応")
    assert found.named and "山田" not in forms(found)


@needs_sudachi
def test_a_sentence_longer_than_the_tokenizer_takes_is_read_in_pieces():
    assert forms(japanese.sentence("駐車場が狭い、" * 15_000)).count("狭い") == 15_000


def test_english_words_lose_plurals_and_keep_denials_apart():
    assert forms(english.sentence("The staff were not very kind, buses & deliveries late")) == [
        "staff", "not kind", "bus", "delivery", "late"]
    assert forms(english.sentence("No parking, it wasn’t clean")) == ["no parking", "not clean"]
    assert english.sentence("I met Mary there").named and not english.sentence("Mary met me").named


def test_without_a_tokenizer_runs_of_kanji_and_katakana_stand_for_words():
    found = grams.sentence("恐竜博物館のソフトクリームが美味しい")
    assert [word.form for word in found.words] == ["恐竜博物館", "ソフトクリーム", "美味"]
    assert [part.form for part in found.words[0].parts] == ["恐竜", "竜博", "博物", "物館"]
    assert readers(tokenizer=False)["ja"][0] == "grams"


def test_importing_the_module_does_not_load_the_tokenizer():
    code = ("import sys\nfrom crmlib.analyses import satisfaction\nfrom crmlib.analyses.satisfaction import voices\n"
            "from crmlib.methods.text import japanese, corpus, themes, topics, polarity, shown\njapanese.available()\n"
            "assert not {'sudachipy', 'sudachidict_core', 'sklearn'} & set(sys.modules), sorted(sys.modules)")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_compound_few_people_use_falls_back_to_its_parts():
    found = corpus(["恐竜博物館", "恐竜博物館", "恐竜公園", "博物館"], tokenizer=False)
    assert "恐竜博物館" in found.words and "恐竜公園" not in found.words
    assert "恐竜" not in found.words  # one person alone uses it outside the compound


def test_a_person_counts_once_and_a_copied_anonymous_text_once():
    long = "駐車場が狭くて停められませんでした、残念です"
    assert persons(["良い", "良い", long, long, "良い"], ["a", "a", None, None, None]).tolist() == [0, 0, 1, 1, 2]
    found = corpus(["接客 満足"] * 5, keys=["a"] * 5)
    assert found.size == 1 and found.words == ()


@pytest.mark.parametrize(("text", "found"), [
    ("味が良い", {"food"}), ("興味がある", set()), ("行き届いた清掃", {"cleanliness"}), ("配送が遅い", {"delivery"}),
    ("クオリティが高い", set()), ("値段が高い", {"price"}), ("The team was there", set()), ("tea and cake", {"food"}),
    ("駐車場のレジャー施設が混む", {"parking", "facilities", "crowding"}),
])
def test_a_theme_is_known_by_its_words_and_not_by_what_looks_like_them(text, found):
    chosen = themes.standard()
    row = themes.matches([plain(text)], chosen).toarray()[0]
    assert {theme.key for theme, there in zip(chosen, row, strict=True) if there} == found


def test_a_shop_adds_words_and_themes():
    own = {"price": themes.Theme("price", ja=("お布施",)),
           "onsen": themes.Theme("onsen", ja=("温泉",), unless=("温泉街",))}
    chosen = themes.extended(own)
    keys = [theme.key for theme in chosen]
    rows = themes.matches(["お布施", "温泉", "温泉街", "値段"], chosen).toarray()
    assert rows[:, keys.index("price")].tolist() == [1, 0, 0, 1]
    assert rows[:, keys.index("onsen")].tolist() == [0, 1, 0, 0]
    assert [theme.key for theme in themes.extended(own, only=True)] == ["price", "onsen"]


def test_words_that_go_with_low_scores_are_those_of_low_scores():
    texts = ["閉店 早い"] * 12 + ["料理 良い"] * 30
    low = np.array([True] * 10 + [False] * 32)
    found = corpus(texts, tokenizer=False)
    frame = counts.leaning(found, low, np.ones(42, dtype=bool), 0.95)
    by_word = {found.forms[row.place]: row for row in frame.itertuples()}
    assert by_word["閉店"].rated == 12 and by_word["閉店"].harsh == pytest.approx(10 / 12)
    assert by_word["閉店"].rest == 0 and by_word["閉店"].gap_low > 0 > by_word["料理"].gap_high


def test_fisher_is_that_of_scipy():
    from scipy.stats import hypergeom

    p = counts.exact(np.array([8, 1]), 10, np.array([1, 5]), 6)
    tails = [min(hypergeom.cdf(a, 16, a + b, 10), hypergeom.sf(a - 1, 16, a + b, 10)) for a, b in ((8, 1), (1, 5))]
    assert p.tolist() == pytest.approx([min(1, 2 * tail) for tail in tails])


def test_pairs_are_counted_by_people():
    frame = counts.pairs(corpus(["駐車 料金"] * 3 + ["駐車"] * 2 + ["料金"], tokenizer=False), 2)
    assert frame[["people", "jaccard"]].values.tolist() == [[3, 0.5]]


def test_new_themes_need_many_comments_and_are_found_from_the_same_start():
    texts = [f"{a} {b}" for a, b in (("温泉", "露天"), ("恐竜", "化石"), ("桜並木", "花見")) for _ in range(80)]
    found = corpus(texts, tokenizer=False, least=8)
    every = np.ones(len(texts), dtype=bool)
    named = [{found.forms[w] for w in topic.words} for topic in topics.topics(found, every, 8, 3)]
    assert {"温泉", "露天"} in named and {"恐竜", "化石"} in named
    assert topics.topics(found, every & (np.arange(len(texts)) < 150), 8, 3) == ()


def test_the_wording_is_judged_by_models_that_have_not_seen_the_writer():
    rng = np.random.default_rng(1)
    bad = rng.random(300) < 0.4
    told = [("遅延" if b else "親切") + f" {n}" for n, b in enumerate(bad)]
    found = learn(corpus(told, tokenizer=False), bad, ~bad, 0.95)
    assert found is not None and found.auc > 0.95 and found.told
    noise = [str(w) for w in rng.choice(["料理 親切", "接客 不足", "配送 丁寧", "料理 遅延"], 300)]
    chance = learn(corpus([f"{text} {n}" for n, text in enumerate(noise)], tokenizer=False), bad, ~bad, 0.95)
    assert chance is not None and not chance.told and chance.low <= 0.5 <= chance.high


def test_few_scores_of_a_kind_teach_nothing():
    found = corpus(["遅延"] * 29 + ["親切"] * 100, tokenizer=False)
    bad = np.arange(129) < 29
    assert learn(found, bad, ~bad, 0.95) is None


def shown(texts, keys=None, **options):
    found = corpus(texts, keys, least=8, **options)
    return [quote.text for quote in quotes(found, np.ones(len(found.sentences), dtype=bool), 8)]


def test_a_sentence_is_shown_where_eight_people_wrote_it_and_not_where_seven_did():
    assert shown(["駐車場 料金"] * 8, tokenizer=False) == ["駐車場 料金"]
    assert shown(["駐車場 料金"] * 7, tokenizer=False) == []


def test_eight_comments_of_one_person_are_one_voice():
    assert shown(["駐車場 料金"] * 20, keys=["a"] * 20, tokenizer=False) == []


def test_a_sentence_with_a_piece_of_its_own_is_never_shown():
    texts = ["駐車場 料金"] * 8 + ["駐車場 料金 御手洗", "駐車場 料金 7時"]
    assert shown(texts, tokenizer=False) == ["駐車場 料金"]


@pytest.mark.parametrize("secret", ["090-1234-5678", "taro@example.com", "4111 1111 1111 1111", "山田さん",
                                    "会員番号 A-77"])
def test_what_was_taken_out_is_not_shown_though_eight_wrote_it(secret):
    assert not any(MARK in text or secret in text for text in shown([f"駐車場 料金 {secret}"] * 9, tokenizer=False))


@needs_sudachi
def test_a_name_that_eight_people_praise_without_a_title_is_not_shown():
    assert shown(["スタッフの山田の対応が親切でした"] * 9) == []
    assert shown(["スタッフの対応が親切でした"] * 9) == ["スタッフの対応が親切でした"]
