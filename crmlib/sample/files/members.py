"""The member file: names, addresses, consents, and how a person's second record differs from the first."""

from __future__ import annotations

from datetime import date

import numpy as np

from crmlib.sample.build import Shop
from crmlib.sample.campaigns import opted_in
from crmlib.sample.files.sheet import Clock, Sheet, numbers, words
from crmlib.sample.world import names
from crmlib.sample.world.people import BLOCK, KINDS, member_code

RANKS = ("レギュラー", "シルバー", "ゴールド", "プラチナ")
CHANNELS = ("店頭", "EC", "アプリ", "紹介")
STATES = ("有効", "休会", "退会")
#: Share of records in which a field is empty, where nothing hangs on it.
EMPTY = {"birth": 0.30, "mail": 0.22, "phone": 0.08, "kana": 0.10, "gender": 0.20}
SHOP_PHONE, SHARED_PHONE, DUMMY_BIRTHDAY = "03-0000-0000", 0.004, 0.006
#: The old export: share of long-standing members in it, and the day its records were last touched.
OLD_SHARE, OLD_DAY = 0.20, -130
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
Record = dict[str, str]


def member_sheets(shop: Shop, clock: Clock) -> list[Sheet]:
    """Return the member file and the older export of some of the same members."""
    owner = shop.people.owner()
    gone = set(shop.removed.tolist())
    running = np.array([r for r in range(shop.people.members) if r not in gone])
    person = owner[running]
    second = running == shop.people.second_id[person]
    chances = _chances(shop, person, second)
    records = [_identity(shop, p, s, luck) for p, s,
               luck in zip(person.tolist(), second.tolist(), chances, strict=True)]
    columns = {"会員番号": [member_code(r) for r in running.tolist()], **_columns(shop, clock, running, person, second)}
    columns |= {heading: [record[heading] for record in records] for heading in records[0]}
    members = Sheet("members.csv", "customers", {heading: columns[heading] for heading in HEADINGS})
    return [members, _old_export(shop, clock, members, running, person, second)]


HEADINGS = ("会員番号", "会員区分", "姓", "名", "セイ", "メイ", "会社名", "性別", "生年月日", "生年", "職業", "年収帯",
            "郵便番号1",
            "郵便番号2", "都道府県", "市区町村", "住所", "電話番号", "メールアドレス", "登録日", "登録経路",
            "紹介者番号", "興味",
            "取引先コード", "ランク", "メール可", "SMS可", "LINE可", "DM可", "電話可", "状態", "更新日時")


def phone_number(running: int) -> str:
    """Return a mobile number that cannot exist: after 090, 080 or 070 no number begins with 0."""
    spread = running * 7919 % 10_000_000
    return f"0{9 - running // 10_000_000 % 3}0-0{spread // 10_000:03d}-{spread % 10_000:04d}"


def _chances(shop: Shop, person: np.ndarray, second: np.ndarray) -> list[dict[str, float]]:
    """Return all chances of each record at once: its own, its person's, and its household's."""
    draw, household = shop.draw, shop.people.household[person]
    own = {name: draw.uniform(name, person, second) for name in ("no_kana", "no_gender", "no_birth", "new_mail",
                                                                 "no_mail")}
    always = {name: draw.uniform(name, person) for name in ("landline", "shop_phone", "no_phone")}
    every = {**own, **always, "mailbox": draw.uniform("mailbox", household)}
    return [dict(zip(every, row, strict=True)) for row in zip(*(v.tolist() for v in every.values()), strict=True)]


def _identity(shop: Shop, person: int, second: bool, luck: dict[str, float]) -> Record:
    people = shop.people
    kind = KINDS[people.kind[person]] if people.kind[person] >= 0 else ""
    changed = kind if second else ""
    return {**_name(shop, person, changed, luck), **_birth(shop, person, luck["no_birth"]),
            **_address(shop, person, changed), **_contact(shop, person, kind, changed, luck)}


def _name(shop: Shop, person: int, changed: str, luck: dict[str, float]) -> Record:
    people = shop.people
    index = int(people.family[person])
    family = names.FAMILY[(index + 17) % len(names.FAMILY) if changed == "married" else index]
    given = (names.FEMALE if people.female[person] else names.MALE)[people.given[person]]
    kanji = family[2] if changed == "variant_kanji" and len(family) == 3 else family[0]
    kana = bool(people.kind[person] >= 0) or luck["no_kana"] >= EMPTY["kana"]
    record = {"姓": kanji, "名": given[0], "セイ": family[1] if kana else "", "メイ": given[1] if kana else ""}
    if changed == "kana_only":
        record |= {"姓": family[1], "名": given[1]}
    female = "女性" if people.female[person] else "男性"
    record["性別"] = "" if luck["no_gender"] < EMPTY["gender"] else female
    return record


def _birth(shop: Shop, person: int, luck: float) -> Record:
    share = 0.10 if shop.people.kind[person] >= 0 else EMPTY["birth"]
    if shop.people.kind[person] < 0 and luck > 1 - DUMMY_BIRTHDAY:
        return {"生年月日": "1900/1/1", "生年": ""}
    if luck < share:
        return {"生年月日": "", "生年": ""}
    day = date.fromordinal(719163 + int(shop.people.birth[person]))
    return {"生年月日": f"{day.year}/{day.month}/{day.day}", "生年": str(day.year)}


def _address(shop: Shop, person: int, changed: str) -> Record:
    people = shop.people
    head = person // BLOCK * BLOCK if people.household[person] >= 0 else person
    moved = changed in ("moved", "married")
    place = names.PLACES[(int(people.place[person]) + (3 if moved else 0)) % len(names.PLACES)]
    bits = int(shop.draw.bits("street", head, int(moved))[0])
    town = names.TOWNS[bits % len(names.TOWNS)]
    street = f"{town}{bits // 8 % 5 + 1}-{bits // 64 % 25 + 1}-{bits // 4096 % 20 + 1}"
    if bits // 131072 % 3 == 0:
        street += f" {names.BUILDINGS[bits // 524288 % 4]}{bits // 4194304 % 9 + 1}0{bits // 67108864 % 8 + 1}"
    if changed == "fullwidth":
        street = street.translate(WIDE)
    return {"郵便番号1": place[2], "郵便番号2": f"{bits // 1073741824 % 10000:04d}", "都道府県": place[0],
            "市区町村": place[1],
            "住所": street}


def _contact(shop: Shop, person: int, kind: str, changed: str, luck: dict[str, float]) -> Record:
    """Phones and mails: families often share a landline and sometimes a mailbox."""
    people = shop.people
    home = int(people.household[person])
    line = f"03-0{home // 10_000 % 1000:03d}-{(home * 37 + 1) % 10_000:04d}"
    phone = line if home >= 0 and not kind and luck["landline"] < 0.6 else phone_number(person)
    if changed == "new_phone":
        phone = phone_number(people.count + person)
    if changed == "fullwidth":
        phone = phone.translate(WIDE)
    if not kind and home < 0 and luck["shop_phone"] < SHARED_PHONE:
        phone = SHOP_PHONE
    if not kind and luck["no_phone"] < EMPTY["phone"]:
        phone = ""
    shared = home >= 0 and luck["mailbox"] < 0.4
    new = changed not in ("", "new_phone") and luck["new_mail"] < 0.5
    box = f"family{home}" if shared else f"mail{person + (people.count if new else 0)}"
    none = kind != "new_phone" and luck["no_mail"] < EMPTY["mail"]
    return {"電話番号": phone, "メールアドレス": "" if none else f"{box}@example.{('jp', 'com')[person % 2]}"}


def _columns(shop: Shop, clock: Clock, running: np.ndarray, person: np.ndarray, second: np.ndarray) -> dict[str,
                                                                                                            list[str]]:
    """Columns that are not identity."""
    people, draw, days = shop.people, shop.draw, shop.days
    registered = np.where(second, people.second[person], people.registered[person])
    touched = np.maximum(registered, 0)
    touched = touched + draw.below("touched", np.maximum(days.count - touched, 1), running)
    firm = people.company[person]
    referred = draw.uniform("referred", running) < 0.04
    left = shop.campaigns.left[person] < days.count
    wants = {c: opted_in(draw, c, people.count)[person] for c in ("mail", "sms", "line", "post", "phone")}
    wants["mail"] = wants["mail"] & ~left
    ended = (shop.habits.end[person] < days.count - 200) & (draw.uniform("ended", person) < 0.10)
    state = np.where(ended, 2, np.where(draw.uniform("paused_member", person) < 0.01, 1, 0))
    job = np.where(draw.uniform("no_job", running) < 0.4, -1, draw.below("job", len(names.JOBS), person))
    income = np.where(draw.uniform("no_income", running) < 0.7, -1, draw.below("income", len(names.INCOMES), person))
    return {
        "会員区分": words(firm.astype(np.int64), ("個人", "法人")),
        "会社名": [company_name(p) if f else "" for p, f in zip(person.tolist(), firm.tolist(), strict=True)],
        "取引先コード": [f"B{p:05d}" if f else "" for p, f in zip(person.tolist(), firm.tolist(), strict=True)],
        "職業": words(job, names.JOBS), "年収帯": words(income, names.INCOMES), "興味": _hobbies(shop, running),
        "登録日": clock.on(registered), "更新日時": clock.at(touched * 1440 + 600),
        "登録経路": words(np.where(referred, 3, draw.pick("first_channel", (62, 26, 12), person)), CHANNELS),
        "紹介者番号": [member_code(r // 2) if yes else "" for r,
                  yes in zip(running.tolist(), referred.tolist(), strict=True)],
        "ランク": words(shop.rank_now[running], RANKS), "状態": words(state, STATES),
        **{heading: numbers(wants[c].astype(np.int64)) for heading, c in (
            ("メール可", "mail"), ("SMS可", "sms"), ("LINE可", "line"), ("DM可", "post"), ("電話可", "phone"))}}


def company_name(person: int) -> str:
    """Return the invented name of a firm."""
    head, tail = names.COMPANY_HEADS[person % 5], names.COMPANY_TAILS[person // 5 % 6]
    return f"株式会社{head}{tail}{person}" if person % 3 else f"{head}{tail}{person}㈱"


def _hobbies(shop: Shop, running: np.ndarray) -> list[str]:
    first = shop.draw.below("hobby", len(names.HOBBIES), running).tolist()
    other = shop.draw.below("other_hobby", len(names.HOBBIES), running).tolist()
    none = (shop.draw.uniform("no_hobby", running) < 0.5).tolist()
    return ["" if n else names.HOBBIES[a] if a == b else f"{names.HOBBIES[a]};{names.HOBBIES[b]}"
            for a, b, n in zip(first, other, none, strict=True)]


def _old_export(shop: Shop, clock: Clock, members: Sheet, running: np.ndarray, person: np.ndarray,
                second: np.ndarray) -> Sheet:
    """The same numbers before they moved or changed phones; written in UTF-16, so even 𠮷 survives."""
    people = shop.people
    old = (people.registered[person] < OLD_DAY) & ~second & (shop.draw.uniform("old_export", running) < OLD_SHARE)
    rows = np.flatnonzero(old)
    columns = members.take(rows.tolist())
    columns["更新日時"] = clock.at(np.full(len(rows), OLD_DAY * 1440 + 540))
    columns["電話番号"] = [phone_number(2 * people.count + p) if p % 3 == 0 else phone
                       for p, phone in zip(person[rows].tolist(), columns["電話番号"], strict=True)]
    columns["姓"] = [name.replace("吉", "𠮷") for name in columns["姓"]]
    columns["ランク"] = ["レギュラー"] * len(rows)
    return Sheet("members_2023.tsv", "customers", columns, encoding="utf-16", delimiter="\t")
