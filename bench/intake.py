"""What does reading cost, beside what it costs at least, and beside pandas? Whole processes, one after another.

    python bench/intake.py                 every case
    python bench/intake.py typed bare      only these
    LINES=1000000 python bench/intake.py   smaller: a first look

Prints one line a case (wall seconds, CPU seconds, peak memory), then the ratios that are promised, and writes
``bench/results/intake.json``. The exports (2 GB for 10 million lines) are made in a temporary folder and go with it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import _measure
from _measure import ROOT, Figure, store

sys.path.insert(0, str(ROOT))
LINES, MONTHS = int(os.environ.get("LINES", 10_000_000)), 36


@dataclass(frozen=True)
class Exports:
    """What is read: the monthly files, one more than are loaded at first, and the large file."""

    folder: Path
    months: tuple[Path, ...]
    large: Path

    def work(self, name: str, keep: bool = False) -> Path:
        """Return a folder for prepared data, empty unless what lies in it is to be built upon."""
        target = self.folder / "work" / name
        if not keep:
            shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        return target

    def params(self, name: str, files: tuple[Path, ...]) -> Path:
        """Return the parameters that read some of the files."""
        import _exports

        return _exports.params(self.folder, name, [str(f.relative_to(self.folder)) for f in files],
                               files == (self.large,))


def made(folder: Path) -> Exports:
    """Write the exports, in a process of their own so that its memory is nobody's."""
    status = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, "--make", str(folder)])
    if status:
        raise SystemExit(status)
    months = tuple(sorted(folder.glob("lines_*.csv")))
    return Exports(folder, months, folder / "orders_cp932.csv")


def make(folder: str) -> None:
    """Write the exports into a folder."""
    import _exports

    months = _exports.months(Path(folder), LINES * (MONTHS + 1) // MONTHS, MONTHS + 1)
    _exports.gigabyte(Path(folder), months, _exports.GIGABYTE * LINES // 10_000_000)


def bare(source: str, work: str) -> None:
    """Decode CP932 into a UTF-8 file, read it as text, store it: nothing is looked at."""
    import codecs

    import duckdb

    text = Path(work) / "text.csv"
    decoder = codecs.getincrementaldecoder("cp932")()
    with open(source, "rb") as stream, text.open("wb") as out:
        while chunk := stream.read(1 << 20):
            out.write(decoder.decode(chunk).encode())
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(text.open(encoding="utf-8").readline().split(","))))
    engine = duckdb.connect(config={"memory_limit": "2GiB", "threads": "2"})
    engine.execute(f"COPY (SELECT * FROM read_csv('{text}', auto_detect = false, header = true, delim = ',', "
                   f"quote = '\"', escape = '\"', columns = {{{columns}}}, store_rejects = true)) "
                   f"TO '{work}/bare.parquet' (FORMAT parquet, COMPRESSION zstd)")
    text.unlink()


def load(params: str, work: str) -> None:
    """Read everything, as `report` does before its first page."""
    from crmlib.intake import load as read
    from crmlib.settings import load_settings

    read(load_settings(params), Path(work))


def typed(params: str, work: str) -> None:
    """Read and type the files only; what comes after is laying them together."""
    from crmlib.engine.reading import open_reader
    from crmlib.intake import _staged
    from crmlib.intake.typed import texts
    from crmlib.settings import load_settings

    settings = load_settings(params)
    with open_reader(settings, Path(work)) as engine:
        texts.teach(engine)
        _staged(engine, settings, Path(work))


def pandas(work: str, *files: str) -> None:
    """Take the same steps in pandas."""
    import _pandas

    books = _pandas.clean([Path(f) for f in files], Path(work))
    (Path(work) / "books.json").write_text(json.dumps(books), encoding="utf-8")


def compare(work: str, told: str) -> None:
    """Count the order lines and orders that only one of crmlib and pandas has: none, if both cleaned the same."""
    Path(told).write_text(json.dumps(differences(Path(work))), encoding="utf-8")


STEPS: dict[str, Callable[..., None]] = {"make": make, "bare": bare, "load": load, "typed": typed, "pandas": pandas,
                                         "compare": compare}


def run(case: str, step: str, *arguments: object) -> Figure:
    """Run one step in a process of its own and return its figures."""
    environment = {k: v for k, v in os.environ.items() if k != "CRMLIB_ROOT"}
    return _measure.run(case, [__file__, f"--{step}", *map(str, arguments)], environment)


def measure(case: str, files: Exports) -> Figure:
    """Run one case; what it builds upon is made before and not measured."""
    loaded, newest = files.months[:MONTHS], files.months[MONTHS:]
    if case == "bare":
        return run(case, "bare", files.large, files.work("bare"))
    if case == "typed":
        return run(case, "typed", files.params("large", (files.large,)), files.work("typed"))
    if case == "large":
        return run(case, "load", files.params("large", (files.large,)), files.work("large"))
    if case == "pandas":
        return run(case, "pandas", files.work("pandas"), *loaded)
    if case == "first":
        return run(case, "load", files.params("first", newest), files.work("first"))
    if case == "next" and not (files.folder / "work" / "cold").is_dir():
        run("cold", "load", files.params("shop", loaded), files.work("cold"))
    return run(case, "load", files.params("shop", files.months if case == "next" else loaded),
               files.work("cold", keep=case == "next"))


#: In this order: the next month builds upon the cold run.
CASES = ("bare", "typed", "large", "pandas", "cold", "first", "next")


def ratios(found: dict[str, Figure]) -> dict[str, float]:
    """Return what is promised as ratios, of the cases there are."""
    pairs = {"typed_to_bare_cpu": ("typed", "bare", "cpu"), "large_to_bare_cpu": ("large", "bare", "cpu"),
             "pandas_to_cold_wall": ("pandas", "cold", "wall"), "pandas_to_cold_cpu": ("pandas", "cold", "cpu"),
             "next_to_first_cpu": ("next", "first", "cpu"), "next_to_first_wall": ("next", "first", "wall")}
    return {name: round(getattr(found[a], of) / getattr(found[b], of), 2) for name, (a, b, of) in pairs.items()
            if a in found and b in found}


def compared(files: Exports) -> dict[str, int]:
    """Compare in a process of its own: what a process holds counts as the memory of those it starts."""
    told = files.folder / "unlike.json"
    run("compare", "compare", files.folder / "work", told)
    return json.loads(told.read_text(encoding="utf-8"))


def differences(work: Path) -> dict[str, int]:
    """Return how many rows of each table only one of both has."""
    import duckdb

    ours = next(p.parent for p in (work / "cold" / "shop").glob("*/intake.json"))
    columns = {"order_lines": "order_id, line_no, line_type, product_id, quantity, unit_price, amount, tax_rate, "
                              "customer_key, CAST(business_date AS DATE) AS day, hour, cancelled, ym",
               "orders": "order_id, customer_key, ordered_at, store_id, channel, status, discount, "
                         "CAST(business_date AS DATE) AS day, hour, ym"}
    found = {}
    for table, names in columns.items():
        mine, theirs = (f"SELECT {names} FROM read_parquet('{place / table}/*/*.parquet', hive_partitioning = false)"
                        for place in (ours, work / "pandas"))
        found[table] = sum(duckdb.sql(f"SELECT COUNT(*) FROM ({a} EXCEPT ALL {b})").fetchall()[0][0]
                           for a, b in ((mine, theirs), (theirs, mine)))
    return found


def main(names: list[str]) -> int:
    """Run the cases and store the figures."""
    if names and names[0].startswith("--"):
        STEPS[names[0][2:]](*names[1:])
        return 0
    with tempfile.TemporaryDirectory(prefix="crmlib-bench-") as folder:
        files = made(Path(folder))
        found: dict[str, Figure] = {}
        unlike: dict[str, int] | None = None
        for case in CASES:
            if not names or case in names:
                found[case] = figure = measure(case, files)
                sys.stdout.write(str(figure))
                sys.stdout.flush()
                ready = case == "cold" and "pandas" in found and not figure.exit
                unlike = compared(files) if ready else unlike
        content: dict[str, Any] = {
            "lines": LINES, "figures": [asdict(f) for f in found.values()], "ratios": ratios(found), "unlike": unlike}
    for name, value in {**content["ratios"], **{f"unlike_{t}": n for t, n in (unlike or {}).items()}}.items():
        sys.stdout.write(f"{name:<24} {value}\n")
    store("intake", content)
    return max(figure.exit for figure in found.values())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
