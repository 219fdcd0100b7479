"""How long does it take to weigh a million answers so that they speak for all buyers?

    python bench/satisfaction.py                   1.25 million buyers, a million of whom answered
    BUYERS=125000 python bench/satisfaction.py     smaller: a first look
    python bench/satisfaction.py answers           only this case

``answers`` counts who answered, weighs the answers four ways (as they came, post-stratified, raked on rank, gender,
age and number of purchases, by the chance to answer) and tells the figures with their intervals; mart and segments are
given, as in a run. ``comments`` reads 50,000 comments in both languages, all different (COMMENTS=… for others; 20 s of
CPU at most). ``page`` is every slice of the page. What answers depend on is planted, so that raw figures are off
and the weighted ones must hold the truth. Prints one line a case and writes ``bench/results/satisfaction.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from _measure import ROOT, Figure, run, store
from _shop import _columns, _copy

sys.path.insert(0, str(ROOT))
BUYERS = int(os.environ.get("BUYERS", 1_250_000))
MARGINS = ["rank", "gender", "age", "bought"]
COMMENTS = int(os.environ.get("COMMENTS", 50_000))
CASES = ("answers", "comments", "page")
#: What comments are put together from: who, how it was, and what was met besides.
SAID = (("駐車場", "トイレ", "料理", "店員さんの対応", "品ぞろえ", "営業時間", "バスの本数", "案内", "商品", "配送"),
        ("がとても良かったです", "が少なくて困りました", "がわかりにくかった", "は綺麗でした", "に満足しています",
         "が残念でした", "が遅い"),
        ("また来ます", "子どもと一緒に楽しめました", "もう少し安いとうれしい", "景色が素晴らしい",
         "レジが混んでいました", "閉店が早すぎます"))
ARROW = {"VARCHAR": "string", "DOUBLE": "float64", "TIMESTAMP": "timestamp[us]", "DATE": "date32", "INTEGER": "int32"}
#: Of each buyer: kind (a fifth are gold), whether they answered (gold nine in ten, others three in four) and the score.
PEOPLE = """
    SELECT n, substr(md5(CAST(n AS VARCHAR)), 1, 32) AS customer_key, hash(n) % 5 = 0 AS gold,
        hash(n + 1) % 2 = 0 AS female, 1940 + CAST(hash(n + 2) % 65 AS BIGINT) AS born,
        1 + CAST(hash(n + 3) % 4 AS BIGINT) AS bought,
        hash(n + 4) % 100 < CASE WHEN hash(n) % 5 = 0 THEN 95 ELSE 76 END AS told,
        LEAST(10, hash(n + 5) % 9 + CASE WHEN hash(n) % 5 = 0 THEN 3 ELSE 0 END) AS score
    FROM range({buyers}) AS t(n)"""


def make_answers(folder: Path, buyers: int) -> float:
    """Write the canonical tables of a shop whose buyers mostly answered; return the NPS of all buyers."""
    import duckdb

    from crmlib import schema

    engine = duckdb.connect(config={"memory_limit": "2GiB", "preserve_insertion_order": "false"})
    engine.execute(f"CREATE TEMP TABLE people AS {PEOPLE.format(buyers=buyers)}")
    day = {"business_date": "DATE '2026-10-05'", "ym": "'2026-10'", "hour": "12", "dow": "1"}
    order = {"order_id": "'O' || n || '-' || k", "customer_key": "customer_key"}
    bought = "(SELECT people.*, UNNEST(range(bought)) AS k FROM people)"
    months = "strftime(DATE '2026-10-05' - CAST(31 * k AS INTEGER), '%Y-%m')"
    dates = day | {"business_date": "DATE '2026-10-05' - CAST(31 * k AS INTEGER)", "ym": months}
    written = {
        "customers": ("people", {"customer_key": "customer_key", "customer_id": "n", "birth_year": "born", "gender":
                                 "CASE WHEN female THEN 'female' ELSE 'male' END",
                                 "rank": "CASE WHEN gold THEN 'gold' ELSE 'regular' END"}),
        "survey_answers": ("people WHERE told", day | {
            "customer_key": "customer_key", "survey_id": "'S'", "question": "'nps'", "score": "score",
            "answered_at": "TIMESTAMP '2026-10-20 12:00'", "business_date": "DATE '2026-10-20'"}),
        "orders": (bought, dates | order | {"ordered_at": "TIMESTAMP '2026-10-05 12:00'", "status": "'paid'",
                                            "channel": "'store'"}),
        "order_lines": (bought, dates | order | {"line_no": "'1'", "line_type": "'product'", "quantity": "1",
                                                 "amount": "1000", "cancelled": "FALSE"}),
    }
    for name, (source, known) in written.items():
        stored = schema.stored_columns(name) | (schema.LINE_COLUMNS if name == "order_lines" else {})
        by_month = [("", "")] if "ym" not in stored else [
            (ym, f"WHERE ym = '{ym}'") for (ym,) in engine.execute(
                f"SELECT DISTINCT {known['ym']} AS ym FROM {source} ORDER BY ym").fetchall()]
        for ym, only in by_month:
            target = folder / name / (f"ym={ym}" if ym else "") / "data.parquet"
            _copy(engine, f"SELECT * FROM (SELECT {_columns(stored, known)} FROM {source}) {only}", target)
    (folder / "intake.json").write_text(json.dumps({"fingerprint": "bench", "inputs": [], "counts": {}}),
                                        encoding="utf-8")
    truth = engine.execute("""SELECT 100.0 * (COUNT(*) FILTER (score >= 9) - COUNT(*) FILTER (score <= 6)) / COUNT(*)
                              FROM people""").fetchone()
    engine.close()
    return float(truth[0])


def opened(folder: Path) -> Any:
    """Return the shop as a run sees it, with mart and segments ready."""
    from crmlib.dataset import open_dataset
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"}, "engine": {
        "memory_limit": "2GiB", "threads": 2}, "satisfaction": {"weight_by": MARGINS}})
    data = open_dataset(settings, folder, month="2026-10")
    for name in ("customer_base", "customer_rfm", "customer_segment"):
        data.shared(name)
    return data


def make_comments(folder: Path, number: int) -> None:
    """Write a shop with comments, all different, from half as many people, each with a score."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from crmlib import schema

    stored = schema.stored_columns("survey_answers")
    who, how, more = SAID
    texts = [f"{who[n % 10]}{how[n // 3 % 7]}。{more[n // 7 % 6]}、{who[n // 11 % 10]}も{n}番目です。" if n % 10 else
             f"The staff were kind, number {n}, and the delivery was late" for n in range(number)]
    rows = pd.DataFrame({
        "survey_id": "S", "customer_key": [f"{n % (number // 2):032d}" for n in range(number)], "question": "nps",
        "score": [float(n // 3 % 7 * 10 // 6) for n in range(number)], "text": texts,
        "answered_at": pd.Timestamp("2026-10-20") + pd.to_timedelta(range(number), unit="s"), "dow": 2, "hour": 12})
    for ym in ("2026-08", "2026-10"):
        part = rows[(rows.index % 3 == 0) == (ym == "2026-10")]
        target = folder / "survey_answers" / f"ym={ym}" / "data.parquet"
        target.parent.mkdir(parents=True)
        whole = part.assign(business_date=pd.Timestamp(f"{ym}-20").date(), ym=ym).reindex(columns=list(stored))
        kinds = pa.schema([(name, pa.type_for_alias(ARROW[kind])) for name, kind in stored.items()])
        pq.write_table(pa.Table.from_pandas(whole, kinds, preserve_index=False), target)
    (folder / "intake.json").write_text(json.dumps({"fingerprint": "bench", "inputs": [], "counts": {}}),
                                        encoding="utf-8")


def comments(folder: Path) -> int:
    """Read the comments in this process and leave how long it took, and a digest of all tables."""
    from crmlib.analyses.satisfaction import voices
    from crmlib.dataset import open_dataset
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"}})
    data = open_dataset(settings, folder, month="2026-10")
    began, used = time.perf_counter(), time.process_time()
    part = voices.part(data, settings.satisfaction)
    took = {"wall_s": round(time.perf_counter() - began, 2), "cpu_s": round(time.process_time() - used, 2)}
    text = "".join(table.frame.to_csv() for table in part.tables.values())
    (folder / "comments.json").write_text(json.dumps(took | {
        "comments": COMMENTS, "words": len(part.tables["words"].frame),
        "tables": hashlib.sha256(text.encode()).hexdigest()[:16]}), encoding="utf-8")
    return 0


def work(case: str, folder: Path) -> int:
    """Do one case in this process and leave what was found beside the shop."""
    if case == "comments":
        return comments(folder)
    from crmlib.analyses import satisfaction
    from crmlib.analyses.satisfaction import crowd

    data = opened(folder)
    began, used = time.perf_counter(), time.process_time()
    part = crowd.part(data, data.settings.satisfaction) if case == "answers" else satisfaction.analyse(
        data, data.settings.satisfaction)
    took = {"wall_s": round(time.perf_counter() - began, 2), "cpu_s": round(time.process_time() - used, 2)}
    table = part.tables["estimates"].frame
    rows = table[table["measure"] == "metric"].set_index("method")[["value", "low", "high", "n"]].round(3)
    (folder / f"{case}.json").write_text(json.dumps(took | {"estimates": rows.to_dict("index")}), encoding="utf-8")
    return 0


def measure(case: str, folder: Path) -> tuple[Figure, dict[str, Any]]:
    """Run one case as a process of its own."""
    figure = run(case, [__file__, "--work", case, str(folder)], dict(os.environ))
    path = folder / f"{case}.json"
    return figure, json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def main(names: list[str]) -> int:
    """Run the cases and store the figures."""
    place = Path(tempfile.mkdtemp())
    try:
        truth = make_answers(place, BUYERS)
        run("prepare", [__file__, "--prepare", str(place)], dict(os.environ))
        make_comments(place / "voices", COMMENTS)
        found = [measure(name, place / "voices" if name == "comments" else place) for name in names or CASES]
    finally:
        shutil.rmtree(place)
    for figure, told in found:
        sys.stdout.write(f"{figure}{json.dumps(told)}\n")
    sys.stdout.write(f"NPS of all buyers: {truth:.3f}\n")
    store("satisfaction", {"buyers": BUYERS, "truth": truth, "figures": [asdict(f) | told for f, told in found]})
    return max(figure.exit for figure, _ in found)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--prepare"]:
        opened(Path(arguments[1])).engine.close()
        raise SystemExit(0)
    raise SystemExit(work(arguments[1], Path(arguments[2])) if arguments[:1] == ["--work"] else main(arguments))
