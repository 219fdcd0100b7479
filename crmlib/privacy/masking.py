"""What people write of themselves and others in free text, taken out: addresses, numbers, codes, names.

Patterns only; nothing is looked up. What a pattern cannot know (a name without a title) is kept from pages by
showing only what several people wrote (``crmlib.methods.text.shown``), and by ``Dataset.masked``, which also takes
out what the shop itself knows of its customers.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

#: What stands where something was taken out.
MARK = "●●"
_SEP = r"[\s\-‐-―−ー・.()/]"
_KANJI_DIGIT = "〇零一二三四五六七八九"
_COUNTED = r"(?:円|人|名|個|点|本|枚|歩|歳|台|室|pt|ポイント|km|kg|m|g|yen|JPY|points?|steps?)"
#: Words that end in a title and name nobody.
_ROLES = """
    お客 客 寺 店員 店 係員 係 従業員 職員 社員 スタッフ 警備員 警備 駅員 運転手 運転士 乗務員 添乗員 皆 奥 旦那 母
    父 お母 お父 姉 兄 お姉 お兄 子 娘 息子 赤 孫 神 仏 殿 王 業者 屋 親 女将 仲居 ガイド 地元 女性 男性 学生
    ドライバー 担当 担当者 責任者 大将 主人 ご主人 医者 看護師 看護婦 隣 友 同 仕 模 多 各 異 有 一 両 何 人 方
    住職 坊 受付 案内 案内人 館長 住民 生徒 保育士 外国人 観光客 参加者 売り子 レジ バイト パート アルバイト
    マスター ママ パパ オーナー シェフ コンシェルジュ フロント 源 平
    """.split()
_TITLES = "さん|さま|様|氏|君|くん|ちゃん|先生|店長|部長|課長|社長"
_KANA_ROLES = "|".join("""
    たく みな おく おかあ おとう おばあ おじい おねえ おにい おば おじ おきゃく おこ あか じい ばあ かあ とう
    ねえ にい うし ぞう わん てら ぼう かみ
    """.split())

_MAIL = re.compile(r"[A-Za-z0-9._%+'/=?^{|}~!#$&*-]{1,64}\s?@\s?[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}")
_SPELT_MAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}\s*[\[(]\s*(?:at|アット(?:マーク)?)\s*[\])]\s*[A-Za-z0-9-]{1,63}"
                         r"(?:\s*(?:\.|[\[(]\s*(?:dot|ドット)\s*[\])])\s*[A-Za-z0-9]{2,24}){1,4}", re.IGNORECASE)
_ADDRESS_ON_LINE = re.compile(
    r"(?:https?://|www\.)[!-~]+|(?<![a-z0-9-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\."
    r"(?:com|net|org|jp|info|io|me|shop|biz|dev|app|example|test)(?![a-z0-9-])[!-~]*|(?<![a-z0-9.])@[a-z0-9_.]{2,30}",
    re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(?<![A-Za-z])ID|会員番号|会員証|注文番号|お客様番号|伝票番号|予約番号|問い?合わ?せ番号|"
    r"(?:member(?:ship)?|order|account)(?: no| number| id))[\s:：.#はがの=]{0,4}[A-Za-z0-9][A-Za-z0-9_-]{2,63}",
    re.IGNORECASE)
_BORN = re.compile(r"(?:(?:19|20)\d{2}|(?:昭和|平成|令和|[SHR])\s?\d{1,2})"
                   r"\s?[年/.\-]\s?\d{1,2}\s?[月/.\-]\s?\d{1,2}\s?日?")
_DIGITS = re.compile(rf"\+?\(?\d(?:{_SEP}{{0,2}}\d){{6,}}")
_LONG = re.compile(rf"(?<![\d¥$￥,.])\d{{5,}}(?!\d|,\d|\s?{_COUNTED})")
_CODE = re.compile(r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Za-z])(?=(?:[A-Za-z_-]*\d){2})[A-Za-z0-9][A-Za-z0-9_-]{3,}")
_KANJI_NUMBER = re.compile(rf"[{_KANJI_DIGIT}](?:[\s\-ー・の]{{0,2}}[{_KANJI_DIGIT}]){{6,}}")
_TOWN = r"[一-龯々ヶケノのぁ-んァ-ヶ]{1,8}?[市区町村郡]"
_NUMBER = rf"[\d{_KANJI_DIGIT}十]{{1,4}}"
_STREET = re.compile(
    rf"(?:(?:東京都|北海道|(?:京都|大阪)府|[一-龯]{{2,3}}県)\s?)?{_TOWN}[^\s、。,.!?\d]{{0,16}}{_NUMBER}"
    rf"(?:\s?(?:丁目|番地?|号|[-‐-―−ーの]\s?{_NUMBER})){{1,5}}(?:\s?{_NUMBER}(?!\d))?(?:[-ー]\d{{1,4}}){{0,3}}|"
    rf"(?<![一-龯])[一-龯]{{2,6}}{_NUMBER}丁目(?:\s?{_NUMBER}(?:番地?|号|[-ー])?){{0,3}}|"
    r"[一-龯]{2,6}\d{1,4}(?:-\d{1,4}){1,3}|"
    r"(?<!\d)\d{1,5}\s+(?:[A-Z][a-z]{1,20}\s){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Blvd)\b\.?")
_ENTITLED = re.compile(rf"([一-龯々]{{1,5}}|[ァ-ヴー]{{2,10}})\s?({_TITLES})(?!子|々|式|相)")
_KANA_ENTITLED = re.compile(r"(?<![ぁ-ん])([ぁ-ん]{2,5}?)(さん|さま(?!ざま)|くん|ちゃん)(?!と)")
_INTRODUCED = re.compile(r"[一-龯々ぁ-んァ-ヶー]{2,8}(?=と(?:申し|もうし)ま)")
_ENGLISH_NAME = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)(?![a-z])\.?\s?[A-Z][A-Za-z'-]{0,30}(?:\s[A-Z][A-Za-z'-]{1,30})?|"
    r"(?:(?<=[Mm]y name is )|(?<=\bnamed ))[A-Z][A-Za-z'-]{1,30}(?:\s[A-Z][A-Za-z'-]{1,30})?")
#: Asked for in this order; a pattern with a sign runs only over texts that hold it.
_SIGNED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("@", _MAIL), (r"[\[(]", _SPELT_MAIL), (r"[.@]|://", _ADDRESS_ON_LINE), (r"\d", _NUMBERED), (r"\d", _BORN),
    (rf"[\d{_KANJI_DIGIT}十]", _STREET), (r"\d", _DIGITS), (r"\d{5}", _LONG), (r"\d", _CODE),
    (rf"[{_KANJI_DIGIT}]", _KANJI_NUMBER), ("申し|もうし", _INTRODUCED), (r"[A-Z]", _ENGLISH_NAME))
_PATTERNS = tuple((re.compile(sign), pattern) for sign, pattern in _SIGNED)


def plain(text: str) -> str:
    """Return a text in the form everything here reads.

    HTML's entities are resolved, half- and full-width forms made one (NFKC), characters without a look (zero-width
    blanks and the like) taken out, blanks and line breaks run together.
    """
    wide = unicodedata.normalize("NFKC", html.unescape(text).replace("\r", "\n"))
    seen = "".join(c for c in wide if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs"))
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", seen)).strip()


def mask(text: str) -> str:
    """Return a plain text with ``MARK`` where it tells of a person.

    Taken out: mail addresses (also spelt with at and dot), web addresses and accounts, phone and card numbers and
    every other run of seven digits (kanji digits too), longer numbers that count nothing, codes of letters and digits,
    numbers that follow "member no." and the like, dates of birth, streets with numbers, names before さん, 様 and other
    titles, names that introduce themselves, English names after Mr or Ms.
    """
    for sign, pattern in _PATTERNS:
        if sign.search(text):
            text = pattern.sub(MARK, text)
    return _KANA_ENTITLED.sub(_kana_name, _ENTITLED.sub(_name, text))


def _name(found: re.Match[str]) -> str:
    """Mask a name before its title; a role (店員さん, お客様) is no name."""
    who, title = found.groups()
    # 子 and 人 end many names: a role of one character is one by itself only (お子さん).
    role = who in _ROLES or who.endswith(tuple(one for one in _ROLES if len(one) > 1))
    return found[0] if role else MARK + title


def _kana_name(found: re.Match[str]) -> str:
    who, title = found.groups()
    return found[0] if re.search(rf"(?:{_KANA_ROLES})$", who) else MARK + title


def struck(text: str, values: Iterable[str]) -> str:
    """Return a text with ``MARK`` where one of some values stands, however it is spaced; the longest first.

    Letters of a Latin value are looked for as a whole word, others anywhere.
    """
    for value in sorted({plain(v) for v in values} - {""}, key=lambda v: (-len(v), v)):
        parts = [re.escape(part) for part in (value.split() if value.isascii() else re.sub(r"\s", "", value))]
        body = (r"\s*" if value.isascii() else r"[^\S\n]*").join(parts)
        ends = (r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])") if value.isascii() else ("", "")
        text = re.sub(f"{ends[0]}{body}{ends[1]}", MARK, text, flags=re.IGNORECASE)
    return text
