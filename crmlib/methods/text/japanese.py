"""Words of Japanese text: in their basic form, joined where they belong together, with what was denied kept apart.

Sudachi (extra ``ja``) is loaded on first use and not before. Without it ``grams`` takes over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from crmlib.methods.text.words import Sentence, Word

#: Kinds of morphemes, by what becomes of them.
NOUN, VERB, ADJECTIVE, ADVERB, PREFIX, SUFFIX, EASE, NOT, LINK, NAME, DROPPED = range(11)
#: Longest text the tokenizer takes at once (it refuses more than 49,149 bytes); longer sentences are cut.
LONGEST = 4_000
_DENIALS = frozenset(("ない", "無い", "ぬ", "ず"))
#: Verbs, nouns and adverbs that stand everywhere and tell nothing, in the dictionary's normalised form.
STOP = frozenset("""
    為る 有る 居る 成る 出来る 行く 来る 思う 言う 呉れる 貰う 頂く 下さる 見る 御座る 遣る 置く 仕舞う 過ぎる
    出る 致す 申す 伺う 参る 因る 付く 取る 持つ 入る 掛ける 居らっしゃる 感ずる 感じる 知る 考える 出す 掛かる
    寄る 含める 於く 就く 対する 関する 願う 訪れる 訪ねる 欲する 事 物 所 時 為 方 様 訳 筈 儘 内 中 上 下 前
    後 間 者 点 程 位 度 回 人 気 自分 私 達 何 其れ 此れ 此処 其処 今回 今 今日 昨日 明日 毎日 感じ 思い 全て
    全部 場合 以外 以上 以下 他 外 皆 皆様 皆さん 方々 内容 理由 満足 不満 結果 今後 当日 最近 最初 最後 途中 年
    月 日 分 ヶ月 円 側 等 迚も 凄く 大変 本当 本当に 少し 一寸 良く 未だ 更に 又 特に 矢張り 余り 随分 大分
    結構 沢山 色々 様々 殆ど 多分 全く 全然 もっと 若し 例えば 一番 実際 割 成程 多少 色んな どう そう こう ああ
    有難い 凄い 物凄い 有り難う 有難う 御免 宜しく 願い 御願い 個人 一つ 二つ 一人 二人 初めて 度々 こと もう
    とこ より せい なお とも ずっと ほぼ やや とにかく ちょうど せめて 仕方 感 上記 参照 直ぐ 可成 中々 一杯 次
    自体 笑 回答 質問 アンケート 目的 同じ 目 地 有り 無し 当たる 済む 関わる 知れる 着く 終える 比べる 言える
    於ける 因り 兎に角 丁度 折角 尚 是非 いつも 何時も 何度 普段 若干 割と 何と
    """.split())
#: Suffixes that name people or measure things; they add nothing to the word before.
_BARE_SUFFIXES = frozenset("""
    様 さん さま 君 ちゃん 氏 達 等 ら 位 頃 毎 目 中 的 方 以上 以下 程 振り 迄 前 後 間 内 分 ごと
    """.split())
_NO_WORD = re.compile(r"[^一-龯々]|[\W\d_]+|.*●.*")


@dataclass(frozen=True)
class _Morpheme:
    kind: int
    surface: str
    norm: str
    form: str
    strange: bool


def available() -> bool:
    """Tell whether tokenizer and dictionary are installed; nothing is loaded."""
    return find_spec("sudachipy") is not None and find_spec("sudachidict_core") is not None


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    dictionary = Dictionary(dict="core")
    # 0.7 names it so; 0.6 had ``create``.
    make: Callable[..., Any] = getattr(dictionary, "tokenizer", None) or dictionary.create
    return make(SplitMode.C)


@cache
def _kind(part: tuple[str, ...], norm: str, form: str) -> int:
    """Return what becomes of a part of speech."""
    head, second, third = part[:3]
    if third == "人名":
        return NAME
    if form in _DENIALS and head in ("助動詞", "形容詞"):
        return NOT
    if head == "接尾辞":
        return EASE if second == "形容詞的" else SUFFIX if norm not in _BARE_SUFFIXES else DROPPED
    if third == "形状詞可能":
        return ADJECTIVE
    if head == "名詞":
        return NOUN if second != "数詞" and third not in ("助数詞可能", "副詞可能") else DROPPED
    if head in ("助詞", "助動詞"):
        return LINK
    if second == "助動詞語幹":
        return DROPPED
    return {"動詞": VERB, "形容詞": ADJECTIVE, "形状詞": ADJECTIVE, "副詞": ADVERB, "接頭辞": PREFIX}.get(head, DROPPED)


def sentence(text: str) -> Sentence:
    """Return the words of one sentence in plain form, and every piece it was split into.

    Nouns side by side become one word that knows its parts (恐竜博物館); verbs and adjectives stand in their basic
    form, わかりやすい and 使いづらい as one; with 〜ない where they are denied; a word and what denies it being there
    (場所がない) leaves ない as a word of its own. Names of people, numbers, particles and words that tell nothing are
    left out.
    """
    found = [m for piece in _pieces(text) for m in _morphemes(piece)]
    return Sentence(tuple(_words(found)), frozenset(m.surface for m in found if m.surface.strip()),
                    any(m.kind == NAME for m in found), any(m.strange for m in found))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text that is longer than the tokenizer takes, at a comma or a blank where there is one."""
    while len(text) > LONGEST:
        end = max(text.rfind(sign, 0, LONGEST) for sign in "、, ") + 1 or LONGEST
        yield text[:end]
        text = text[end:]
    yield text


def _morphemes(text: str) -> list[_Morpheme]:
    found = []
    for m in _tokenizer().tokenize(text):
        norm, form = m.normalized_form(), m.dictionary_form()
        found.append(_Morpheme(_kind(m.part_of_speech(), norm, form), m.surface(), norm, form, m.is_oov()))
    return found


def _words(found: list[_Morpheme]) -> Iterator[Word]:
    at = 0
    while at < len(found):
        if found[at].kind in (NOUN, PREFIX):
            run = _run(found, at)
            denial = _denied(found, at + run - 1, "では")
            yield from _noun(found[at:at + run]) if denial is None else _not(found[at:at + run], denial)
            at += run
            continue
        if found[at].kind in (VERB, ADJECTIVE, ADVERB, NOT):
            yield from _predicate(found, at)
        at += 1


def _run(found: list[_Morpheme], at: int) -> int:
    """Return how many morphemes from here on make one noun."""
    end = at + 1
    while end < len(found) and found[end].kind in (NOUN, SUFFIX):
        end += 1
    return end - at


def _not(run: list[_Morpheme], denial: str) -> Iterator[Word]:
    whole = "".join(m.surface for m in run[:-1]) + denial
    yield Word("".join(m.norm for m in run) + "¬", whole)


def _noun(run: list[_Morpheme]) -> Iterator[Word]:
    """Yield a noun, or several in a row as one; a polite お before it makes no other word."""
    polite = run[0].kind == PREFIX and run[0].norm == "御"
    if polite and len(run) == 2 and _telling(run[1]):
        yield Word(run[1].norm, run[0].surface + run[1].surface)
        return
    parts = [Word(m.norm, m.form) for m in run if m.kind == NOUN and _telling(m)]
    if len(run) == 1 or not parts:
        yield from parts
        return
    key, form = "".join(m.norm for m in run), "".join(m.surface for m in run)
    yield Word(key, form, tuple(parts)) if len(run) <= 4 else Word("", "", tuple(parts))


def _predicate(found: list[_Morpheme], at: int) -> Iterator[Word]:
    """Yield a verb, an adjective or an adverb, with how easy or hard it is and whether it is denied."""
    one = found[at]
    if one.kind == NOT:
        before = found[at - 1] if at else None
        there = before is not None and before.kind == LINK and before.surface in ("が", "も", "は", "の")
        if there and not _denies(found, at):
            yield Word("無い", "ない")
        return
    if at + 1 < len(found) and found[at + 1].kind == EASE:
        ease = found[at + 1]
        if one.norm in STOP:
            return
        yield Word(one.norm + ease.norm, one.surface + ease.form)
        return
    if not _telling(one):
        return
    denial = _denied(found, at) if one.kind != ADVERB else None
    yield Word(one.norm, one.form) if denial is None else Word(f"{one.norm}¬", denial)


def _denies(found: list[_Morpheme], at: int) -> bool:
    """Whether a ない denies the adjective before it (便利ではない) rather than that something is there."""
    near = found[max(at - 3, 0):at]
    return any(m.kind == ADJECTIVE for m in near) or any(m.surface in ("で", "じゃ", "では") for m in near[1:-1])


def _denied(found: list[_Morpheme], at: int, first: str = "") -> str | None:
    """Return the word with its ない, or None: directly, or over で, は, も, ませ; ``first`` is what must come first."""
    between = ""
    if first and (at + 1 >= len(found) or found[at + 1].surface not in ("で", "では", "じゃ")):
        return None
    for m in found[at + 1:at + 4]:
        if m.kind == NOT:
            polite = m.form in ("ぬ", "ず")
            return found[at].form + "（否定）" if polite else found[at].surface + between + "ない"
        if m.kind != LINK or m.surface not in ("で", "は", "も", "では", "じゃ", "ませ", "く"):
            return None
        between += m.surface
    return None


def _telling(m: _Morpheme) -> bool:
    return m.norm not in STOP and not _NO_WORD.fullmatch(m.surface)
