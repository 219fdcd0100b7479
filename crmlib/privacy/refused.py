"""Columns that customer analysis must not hold, known by their heading or by the check digits of their values.

What could cause a loss if misused (cards, accounts, passwords), the Individual Number, and special care-required
personal information (要配慮個人情報, article 2(3) of Japan's Act on the Protection of Personal Information and article
2 of its Cabinet Order). A map that names such a column stops the run; a column no map names is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

CARD, CODE, PASSWORD, NUMBER, ACCOUNT, SENSITIVE = (
    "card", "security_code", "password", "individual_number", "bank_account", "special_care")
KINDS = (CARD, CODE, PASSWORD, NUMBER, ACCOUNT, SENSITIVE)

#: Words that say it wherever they stand in a heading, without blanks and in lower case. 「カード番号」 alone is not
#: among them: it is what many shops call their own members' cards; nor 「個人番号」: there the values tell.
_WITHIN = {
    CARD: ("クレジットカード番号", "クレジット番号", "クレカ番号", "カード名義", "creditcardnumber", "creditcardno",
           "ccnumber", "cardholder", "pansuffix", "primaryaccountnumber"),
    CODE: ("セキュリティコード", "セキュリティーコード", "securitycode", "cardverification"),
    PASSWORD: ("パスワード", "暗証番号", "秘密の質問", "秘密の答え", "password", "passphrase", "secretquestion",
               "secretanswer"),
    NUMBER: ("マイナンバー", "mynumber", "individualnumber", "socialsecurity", "パスポート番号", "旅券番号",
             "免許証番号", "基礎年金番号", "保険証番号", "被保険者番号", "passportnumber", "passportno"),
    ACCOUNT: ("口座番号", "口座名義", "銀行口座", "振込口座", "bankaccount"),
    SENSITIVE: (
        "病歴", "既往歴", "既往症", "持病", "病名", "傷病", "診断名", "診断結果", "診療", "処方", "服薬", "調剤",
        "健康診断", "健診結果", "検診結果", "保健指導", "障害者", "障がい", "障碍", "障害の有無", "障害の種",
        "障害区分", "障害等級", "障害種別", "障害名", "信条", "宗教", "信仰", "思想", "支持政党", "政治的",
        "労働組合", "人種", "民族", "社会的身分", "同和", "犯罪", "前科", "犯歴", "逮捕歴", "非行歴", "少年保護",
        "遺伝子検査", "ゲノム", "medicalhistory", "medicalrecord", "healthcheck", "diagnosis", "prescription",
        "disability", "religion", "ethnicity", "criminal", "tradeunion", "politicalopinion", "sexualorientation",
        "genetic",
    ),
}
#: Words that say it only where they are the whole heading.
_WHOLE = {
    CARD: ("pan",), CODE: ("cvv", "cvv2", "cvc", "cvc2"), PASSWORD: ("pwd", "passwd", "pin", "暗証"),
    NUMBER: ("ssn",), ACCOUNT: ("口座", "iban"), SENSITIVE: ("障害", "疾患", "病気", "race", "belief"),
}
#: So many different values must have a right check digit, and nine in ten of the long ones, before values alone speak.
_FEWEST, _SHARE = 3, 0.9
_INDIVIDUAL = re.compile(r"[0-9]{12}")
#: Fourteen digits are as often a time (20261031103309) as a card, so that one alone says nothing.
ONE_CARD = r"[0-9](?:[ -]?[0-9]){14,15}"
_ONE_CARD = re.compile(rf"(?<![0-9]){ONE_CARD}(?![0-9])")
HIDDEN = "****"
#: Twice a digit, its own digits added up.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def refused_heading(heading: str) -> str:
    """Return what a heading says its column holds (one of ``KINDS``), empty where nothing forbids it."""
    word = re.sub(r"[\s_\-・]", "", unicodedata.normalize("NFKC", heading)).lower()
    within = next((kind for kind, words in _WITHIN.items() if any(w in word for w in words)), "")
    return within or next((kind for kind, words in _WHOLE.items() if word in words), "")


def refused_values(filled: int, long: Iterable[str]) -> str:
    """Return what the values of a column are, by their check digits: ``card``, ``individual_number`` or empty.

    Parameters
    ----------
    filled : int
        How many of the cells looked at hold anything.
    long : iterable of str
        Those with 12 and more characters.

    Notes
    -----
    One number in ten has a right check digit by chance, so most of the long numbers must have it.
    """
    numbers = [unicodedata.normalize("NFKC", v).replace(" ", "").replace("-", "") for v in long]
    cards = [n for n in numbers if n.isdigit() and 14 <= len(n) <= 16]
    found = sum(map(is_card_number, cards))
    if found * 100 > filled and found * 2 > len(cards):
        return CARD
    twelve = [n for n in numbers if _INDIVIDUAL.fullmatch(n)]
    return NUMBER if _mostly(twelve, is_individual_number) and len(twelve) * 2 > filled else ""


def without_cards(text: str) -> str:
    """Return a text with every payment card's number hidden, for what is shown of columns that no map names."""
    return _ONE_CARD.sub(lambda m: HIDDEN if is_card_number(m[0]) else m[0], text)


def _mostly(values: list[str], right: Callable[[str], bool]) -> bool:
    fits = [v for v in values if right(v)]
    return len(set(fits)) >= _FEWEST and len(fits) >= _SHARE * len(values)


def is_card_number(text: str) -> bool:
    """Return whether a text has the shape and check digit of a payment card (14 to 16 digits, Luhn)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 14 <= len(digits) <= 16 and digits[0] in "23456"):
        return False
    return sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def is_individual_number(text: str) -> bool:
    """Return whether a text is an Individual Number (マイナンバー): 12 digits with the right check digit.

    Ordinance of the Ministry of Internal Affairs and Communications No. 85 of 2014, article 5.
    """
    if not _INDIVIDUAL.fullmatch(text):
        return False
    *body, check = map(int, text)
    total = sum(digit * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(body), 1))
    return check == (0 if total % 11 <= 1 else 11 - total % 11)
