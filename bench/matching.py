"""How fast, how large and how right is matching? A million made-up records, families and duplicates among them.

    python bench/matching.py                    one million records
    python bench/matching.py 100000 7           other size and seed

Families share a landline, an address and sometimes a mailbox, and a few children are twins. A third of the people are
there twice or three times: moved, married, with a new phone or mailbox, in other characters, in kana only, with fields
missing or mistyped. Prints wall and CPU seconds, peak memory, precision and recall of pairs, and precision by rule
(of the ids it joined), and writes ``bench/results/matching.json``.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pyarrow as pa
from _measure import ROOT, store

sys.path.insert(0, str(ROOT))
FIRST = ("太タ 健ケン 翔ショウ 大ダイ 拓タク 直ナオ 和カズ 雄ユウ 裕ヒロ 秀ヒデ 美ミ 恵ケイ 由ユ 麻マ 真マ 沙サ "
        "千チ 優ユウ 彩アヤ 香カ 陽ハル 結ユ 莉リ 奈ナ 智トモ 明アキ 正マサ 隆タカ 康ヤス 信ノブ")
LAST = ("郎ロウ 一イチ 太タ 也ヤ 樹キ 介スケ 平ヘイ 彦ヒコ 人ト 吾ゴ 子コ 美ミ 香カ 奈ナ 代ヨ 江エ 織オリ 絵エ "
        "花カ 穂ホ 乃ノ 月ツキ 音ネ 華カ 衣イ 輝キ 斗ト 真マ 生オ 里リ")
TOWNS = ("本町 栄町 緑町 旭町 泉 若葉台 桜木 東山 南原 北浜 大手 松原 梅田 竹園 青葉").split()
CITIES = ("墨田区 世田谷区 練馬区 八王子市 横浜市 川崎市 さいたま市 川口市 千葉市 船橋市 札幌市 仙台市 新潟市 "
        "名古屋市 大阪市 神戸市").split()
SHARE_TWICE = 0.33


def people(count: int, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Return who there is: a home of one to four, its family name and address, and what is each one's own."""
    from crmlib.intake.matching import names

    size = chance.choice([1, 2, 3, 4], count, p=[0.55, 0.2, 0.15, 0.1])
    home = np.repeat(np.arange(count), size)[:count]
    place = np.arange(count) - np.searchsorted(home, home)
    weight = 1 / (np.arange(len(names.surnames())) + 12.0)
    surname = chance.choice(len(weight), count, p=weight / weight.sum())
    given = chance.integers(0, 900, count)
    born = chance.integers(-14000, 12000, count)
    child = (place >= 2)
    born = np.where(child, 12000 + home * 7919 % 4000 + place * 700, born)
    twin = (place == 3) & (home % 10 == 0)
    born = np.where(twin, 12000 + home * 7919 % 4000 + 2 * 700, born)
    clash = (given == np.roll(given, 1)) & (home == np.roll(home, 1))
    return {"home": home, "surname": surname[home], "given": np.where(clash, (given + 1) % 900, given), "born": born,
            "mobile": chance.permutation(count), "moved": chance.integers(0, 1 << 30, count)}


def records(count: int, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Return identity rows and the person behind each."""
    chance = np.random.default_rng(seed)
    base = int(count / (1 + 1.3 * SHARE_TWICE))
    who = people(base, chance)
    again = chance.choice(base, count - base)
    person = chance.permutation(np.concatenate([np.arange(base), again]))
    second = np.ones(count, bool)
    second[np.unique(person, return_index=True)[1]] = False
    return _rows(who, person, second, chance), person


def _rows(who: dict[str, np.ndarray], person: np.ndarray, second: np.ndarray, chance: np.random.Generator) -> pa.Table:
    from crmlib.intake.matching import names

    count = len(person)
    luck = {k: chance.random(count) for k in ("moved", "married", "phone", "mail", "variant", "kana", "birth", "slip",
                                              "no_kana", "no_mail", "no_phone", "style", "landline", "box")}
    home = who["home"][person]
    sheet = np.array(sorted(names.surnames()))
    married = second & (luck["married"] < 0.06)
    family = sheet[np.where(married, (who["surname"][person] + 17) % len(sheet), who["surname"][person])]
    firsts, lasts = FIRST.split(), LAST.split()
    kanji = np.array([a[0] + b[0] for a in firsts for b in lasts])[who["given"][person]]
    kana = np.array([a[1:] + b[1:] for a in firsts for b in lasts])[who["given"][person]]
    kana = np.where(luck["slip"] < 0.01, np.char.add(kana, "ー"), kana)
    old, usual = names.variants()
    swap = str.maketrans(dict(zip(usual[::-1], old[::-1], strict=True)))
    other = np.array([name.translate(swap) for name in sheet])[np.searchsorted(sheet, family)]
    family = np.where(second & (luck["variant"] < 0.2), other, family)
    given = np.where(second & (luck["kana"] < 0.1), kana, kanji)
    moved = second & ((luck["moved"] < 0.2) | married)
    bits = np.where(moved, who["moved"][person], home * 2654435761 % (1 << 30))
    mobile = np.where(second & (luck["phone"] < 0.2), who["mobile"][person] + count, who["mobile"][person])
    shared = (luck["landline"] < 0.25) & ~moved
    phone = [_phone(int(h) if s else int(m), bool(s), float(f))
             for h, m, s, f in zip(home, mobile, shared, luck["style"], strict=True)]
    box = [f"home{h}@example.jp" if b < 0.1 else f"p{p}@example.com"
           for h, p, b in zip(home, np.where(second & (luck["mail"] < 0.3), mobile + count, person), luck["box"],
                              strict=True)]
    day = np.datetime64("1970-01-01") + who["born"][person]
    address, postal = zip(*(_address(int(b), float(f)) for b, f in zip(bits, luck["style"], strict=True)), strict=True)
    text = pa.string()
    nothing = pa.nulls(count, text)
    return pa.table({
        "customer_id": pa.array([f"M{n:08d}" for n in range(count)]), "family_name": pa.array(family.tolist(), text),
        "given_name": pa.array(given.tolist(), text), "family_kana": nothing,
        "given_kana": pa.array(kana.tolist(), text, mask=luck["no_kana"] < 0.18), "full_name": nothing,
        "company": nothing, "phone": pa.array(phone, text, mask=luck["no_phone"] < 0.08),
        "email": pa.array(box, text, mask=luck["no_mail"] < 0.22),
        "birth_date": pa.array(day.astype("datetime64[D]"), pa.date32(), mask=luck["birth"] < 0.3),
        "postal": pa.array(postal, text), "address": pa.array(address, text)})


def _phone(number: int, landline: bool, style: float) -> str:
    spread = number * 7919 % 100_000_000
    digits = f"03{spread:08d}" if landline else f"090{spread:08d}"
    if style < 0.1:
        return digits[1:]
    return f"{digits[:-8]}-{digits[-8:-4]}-{digits[-4:]}" if style < 0.7 else digits


def _address(bits: int, style: float) -> tuple[str, str]:
    city, town = CITIES[bits % 16], TOWNS[bits // 16 % 15]
    a, b, c = bits // 240 % 9 + 1, bits // 2160 % 40 + 1, bits // 86400 % 30 + 1
    room = f" コーポ{bits // 2592000 % 9 + 1}0{bits % 8 + 1}" if bits % 3 == 0 else ""
    street = f"{a}-{b}-{c}" if style < 0.5 else f"{a}丁目{b}番{c}号" if style < 0.9 else f"{a}ー{b}ー{c}"
    return f"{city}{town}{street}{room}", f"{bits % 240 * 37 % 1000:03d}-{bits // 7 % 10000:04d}"


def pairs_of(groups: np.ndarray) -> int:
    """Return how many pairs lie inside groups."""
    sizes = np.unique(groups, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def main(arguments: list[str]) -> int:
    """Make the records, match them, and tell."""
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake import matching
    from crmlib.intake.typed import texts

    count, seed = int((arguments or ["1000000"])[0]), int((arguments[1:] or ["1"])[0])
    table, person = records(count, seed)
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ReadingEngine(memory_limit="2GiB", threads=2) as engine:
        texts.teach(engine)
        engine.register("given", table)
        engine.execute("CREATE TEMP TABLE identity AS SELECT * FROM given")
        engine.unregister("given")
        del table
        wall, cpu = time.perf_counter(), time.process_time()
        matching.match(engine, "identity", "identity", None, matching.Options())
        found = {"records": count, "seed": seed, "wall": round(time.perf_counter() - wall, 1),
                 "cpu": round(time.process_time() - cpu, 1), "peak_mb": _peak(), "peak_before_mb": made // 1024}
        joined = engine.arrow("SELECT customer_id, root, rule FROM joined ORDER BY customer_id").to_pydict()
        found["rules"] = engine.sql("SELECT * EXCLUDE (place, reference) FROM match_rules "
                                    "ORDER BY place").to_dict("records")
    roots = np.arange(count)
    ids = [int(c[1:]) for c in joined["customer_id"]]
    roots[ids] = [int(c[1:]) for c in joined["root"]]
    same = person[ids] == person[roots[ids]]
    for rule in found["rules"]:
        own = np.array([r == rule["rule"] for r in joined["rule"]], bool)
        rule["right"] = round(float(same[own].mean()), 5) if own.any() else None
    right = pairs_of(roots.astype(np.int64) * (count + 1) + person)
    found |= {"precision": round(right / pairs_of(roots), 4), "recall": round(right / pairs_of(person), 4)}
    print(json.dumps(found, ensure_ascii=False, indent=1, default=str))
    store("matching", found)
    return 0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
