"""What kind of text is it: an answer, "nothing in particular", signs only, or a language that is not read here?"""

from __future__ import annotations

import re

READ, NOTHING, DITTO, SIGNS, OTHER = "read", "nothing", "ditto", "signs", "other_language"
KINDS = (READ, NOTHING, DITTO, SIGNS, OTHER)
JA, EN = "ja", "en"
_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺー一-龯々]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LETTER = re.compile(r"[^\W\d_]")
_BARE = re.compile(r"[\W_]+")
#: Whole answers that say nothing; Japanese ones in every usual spelling and politeness.
_NOTHING = re.compile(
    r"(?:いまの所|今の?ところ|今のとこ|現在は?|現時点では?|まだ|今回は?|私は)?"
    r"(?:特に|とくに|別に|べつに|特|これといって|これと言って|とりたてて|とくには|特には|別段|何も|なにも|なんも|何にも)*"
    r"(?:(?:意見|感想|問題|不満|要望|理由|不便|希望|コメント|思い当たる(?:こと|事)|(?:気に)?なる(?:こと|点|ところ)|困った(?:こと|点)|"
    r"感じた(?:こと)?|書くこと|不便な(?:こと|点))(?:等|など)?(?:は|も|が)?)?"
    r"(?:特に|とくに|何も|なにも)*"
    r"(?:(?:なし|無し|ない|無い|ナシ|ありません|有りません|ございません|御座いません|ないかな|ないと思います|なかった|無かった|なかったです|"
    r"ありませんでした|思い(?:つか|当たら)(?:ない|ず|ません)|思いつきません|感じない|感じなかった|感じません(?:でした)?|わからない|分からない|わかりません|分かりません|不明|"
    r"ノーコメント|未回答|無回答|回答なし)(?:です|でした)?(?:ね|よ|が|けど)?|特に|とくに|別に|特段|特段なし|普通です)")
_NOTHING_EN = re.compile(
    r"(?:(?:no|not?)\s*(?:comments?|complaints?|answer|opinion|reason|suggestions?|feedback|idea|thanks?|thank you)?|"
    r"none|nothing(?: (?:much|really|special|in particular|to (?:say|add)|comes to mind))?|n\s?a|nil|null|nan|nope|"
    r"not applicable|i don'?t know|don'?t know|dunno|no opinion|not sure|none at all|nothing at all)")
_DITTO = re.compile(
    r"同(?:上|じ|左|様)(?:です|。)?|(?:上|上記|前述|前|上述|先|さっき|前問|上の回答|前の(?:質問|回答|設問))(?:の(?:通り|とおり|理由))?(?:と|に|の)?"
    r"(?:同(?:じ|様|上)(?:理由|内容)?|通り|とおり|記載|記入|書いた)(?:です|のため|だから|の(?:通り|とおり))?|"
    r"(?:same|same as (?:above|before)|ditto|see above|as above|idem)", re.IGNORECASE)


def kind_of(text: str) -> str:
    """Return ``read``, ``nothing`` (特になし, n/a), ``ditto`` (同上), ``signs`` (emoji, dots) or ``other_language``.

    Parameters
    ----------
    text : str
        In the plain form of ``privacy.masking``.
    """
    if not _LETTER.search(text):
        return SIGNS
    bare = _BARE.sub("", text)
    if _NOTHING.fullmatch(bare) or _NOTHING_EN.fullmatch(_BARE.sub(" ", text).strip().lower()):
        return NOTHING
    if _DITTO.fullmatch(bare) or _DITTO.fullmatch(text.strip(" .")):
        return DITTO
    return READ if language(text) else OTHER


def language(text: str) -> str | None:
    """Return ``ja``, ``en`` (any text in Latin letters), or None; a third of Japanese letters makes a text Japanese."""
    japanese, latin = len(_JAPANESE.findall(text)), len(_LATIN.findall(text))
    letters = len(_LETTER.findall(text))
    if japanese * 3 >= letters > 0 and japanese:
        return JA
    return EN if latin * 2 >= letters > 0 and latin else None
