from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import warnings
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import specimen
from crmlib import charts, theme
from crmlib.charts.base import folded
from crmlib.text import load_text

TEXT = {locale: load_text("common", locale) for locale in ("ja", "en")}
MONTHS = specimen.months(13)
SEGMENTS = pd.DataFrame({"segment": ["優良", "育成中", "休眠"], "customers": [60, 140, 300], "share": [0.12, 0.28, 0.6],
                         "sales": [900_000, 300_000, 0]})
MONTHLY = pd.DataFrame({"month": MONTHS, "sales": range(1_000_000, 14_000_000, 1_000_000),
                        "orders": range(100, 1400, 100), "low": range(900_000, 13_900_000, 1_000_000),
                        "high": range(1_100_000, 14_100_000, 1_000_000)})
GRID = pd.DataFrame([{"r_score": r, "f_score": f, "customers": r * f} for r in range(1, 6) for f in range(1, 6)])
COHORTS = pd.DataFrame([{"cohort": c, "age_months": a, "size": 100, "retention": 0.3 / (a + 1), "open": a == 12 - i}
                        for i, c in enumerate(MONTHS) for a in range(13 - i)])
BRIDGE = pd.DataFrame({"step": ["before", "new", "lost", "after"], "customers": [100, 30, -20, 110]})
PARTS = pd.DataFrame({"gender": ["F", "F", "M", "M"], "segment": ["優良", "休眠", "優良", "休眠"],
                      "customers": [10, 30, 20, 20]})
SCORES = pd.DataFrame({"segment": ["優良", "休眠"], "value": [40.0, -5.0], "low": [30.0, -15.0], "high": [50.0, 5.0],
                       "n": [120, 88]})
DAYS = pd.DataFrame({"date": [d.date() for d in pd.date_range("2026-08-20", "2026-10-31")]})
DAYS = DAYS.assign(sales=[100_000 + 900 * d.day for d in DAYS["date"]], open=[d.day != 20 for d in DAYS["date"]],
                   mean=pd.array([None] * 6 + [120_000] * (len(DAYS) - 6), dtype="Int64"))
BINS = pd.DataFrame({"left": [0, 10, 20, 30], "customers": [5, 20, 12, 3]})
EVENTS = [(DAYS["date"].iloc[first], DAYS["date"].iloc[last], name) for first, last, name in (
    (40, 42, "創業祭"), (44, 45, "とても長い名前の秋のお客様感謝祭"), (46, 46, "台風"))]

DRAWN = {
    "bars": lambda ax, words: charts.bars(SEGMENTS, ax, words, label="segment", value="customers", unit="customers",
                                          accent="優良", other=("share", "ratio")),
    "columns": lambda ax, words: charts.columns(MONTHLY, ax, words, x="month", value="sales", unit="money"),
    "line": lambda ax, words: charts.line(MONTHLY, ax, words, y="sales", unit="money", current=MONTHS[-1], low="low",
                                          high="high", events=[(MONTHS[3], "台風")]),
    "days": lambda ax, words: charts.days(DAYS, ax, words, y="sales", unit="money", mean="mean", open_on="open",
                                          events=EVENTS, marked={DAYS["date"].iloc[3]}),
    "lines": lambda ax, words: charts.line(MONTHLY, ax, words, y=("sales", "low"), unit="money"),
    "shares": lambda ax, words: charts.shares(PARTS, ax, words, x="gender", part="segment", value="customers"),
    "heatmap": lambda ax, words: charts.heatmap(PARTS, ax, words, row="gender", column="segment", value="customers",
                                                unit="customers"),
    "grid": lambda ax, words: charts.grid(GRID, ax, words),
    "retention": lambda ax, words: charts.retention(COHORTS, ax, words, partial="open"),
    "bridge": lambda ax, words: charts.bridge(BRIDGE, ax, words, label="step", value="customers", unit="customers",
                                              total=("before", "after")),
    "dots": lambda ax, words: charts.dots(SCORES, ax, words, label="segment", value="value", low="low", high="high",
                                          unit="points", reference=0, n="n"),
    "panels": lambda ax, words: charts.panels(MONTHLY.assign(segment="優良"), ax, words, panel="segment", x="month",
                                              y="sales", unit="money", current=MONTHS[-1]),
    "histogram": lambda ax, words: charts.histogram(BINS, ax, words, left="left", value="customers", unit="customers",
                                                    mark=(15, "中央値")),
}


def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_returns_its_axes_and_warns_of_nothing(name, locale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with theme.style():
            ax = axes()
            assert DRAWN[name](ax, TEXT[locale]) is ax
        theme.draw_svg(lambda ax: DRAWN[name](ax, TEXT[locale]), name)


def test_nothing_is_written_to_the_log(caplog):
    theme.draw_svg(lambda ax: DRAWN["bars"](ax, TEXT["ja"]), "bars")
    assert caplog.records == []


@pytest.mark.parametrize("name", DRAWN)
def test_the_given_frame_is_not_changed(name):
    before = [frame.copy() for frame in (SEGMENTS, MONTHLY, GRID, COHORTS, BRIDGE, PARTS, SCORES, BINS, DAYS)]
    theme.draw_svg(lambda ax: DRAWN[name](ax, TEXT["ja"]), name)
    for was, now in zip(before, (SEGMENTS, MONTHLY, GRID, COHORTS, BRIDGE, PARTS, SCORES, BINS, DAYS), strict=True):
        pd.testing.assert_frame_equal(was, now)


def test_japanese_stays_text_and_large_enough():
    svg = theme.draw_svg(lambda ax: DRAWN["bars"](ax, TEXT["ja"]), "bars")
    assert ">優良</text>" in svg
    assert "60人（12.0%）" in svg
    width = float(svg.split('viewBox="0 0 ')[1].split()[0])
    # At 380 px of page, less 12 px of margin on each side.
    assert theme.TEXT_SIZE * (380 - 24) / width >= 12
    assert 'font-size="13.5"' in svg
    assert svg.count("font-size") == 1, "a smaller or larger text than the base size"


def test_the_svg_holds_nothing_a_page_may_not_have():
    svg = theme.draw_svg(lambda ax: DRAWN["line"](ax, TEXT["ja"]), "line")
    for unwanted in ("http", "<style", "<metadata", "<?xml", "DOCTYPE", "xmlns", "font-family", "IPAex", "DejaVu"):
        assert unwanted not in svg, unwanted


@pytest.mark.parametrize("name", ["line", "dots", "shares"])
def test_ids_are_the_key_of_the_figure_and_a_number_in_order(name):
    svg = theme.draw_svg(lambda ax: DRAWN[name](ax, TEXT["ja"]), "a-b")
    ids = re.findall(r' id="([^"]*)"', svg)
    assert ids == [f"a-b-{i}" for i in range(1, len(ids) + 1)]
    assert set(re.findall(r"#(a-[\w-]+)", svg)) == set(ids)


def test_the_style_is_a_context():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    theme.draw_svg(lambda ax: DRAWN["columns"](ax, TEXT["en"]), "columns")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["bars", "columns", "histogram"])
def test_bars_start_at_zero(name):
    with theme.style():
        ax = DRAWN[name](axes(), TEXT["ja"])
    low, high = ax.get_xlim() if name == "bars" else ax.get_ylim()
    assert low <= 0 < high
    starts = {bar.get_x() if name == "bars" else bar.get_y() for bar in ax.patches}
    assert starts == {0}


@pytest.mark.parametrize(("last", "of"), [(10_000, "money"), (1_200, "days")])
def test_thousands_are_written_alike_on_both_axes_of_a_histogram(last, of):
    frame = pd.DataFrame({"left": [0, last // 2, last], "customers": [3_000, 200, 10]})
    with theme.style():
        ax = charts.histogram(frame, axes(), TEXT["en"], left="left", value="customers", unit="customers", of=of)
        ax.figure.draw_without_rendering()
    for axis in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert any("," in label.get_text() for label in axis)
        assert not [label.get_text() for label in axis if re.search(r"\d{4}", label.get_text())]


def test_a_heat_map_prints_every_number_readably():
    with theme.style():
        ax = charts.grid(GRID, axes(), TEXT["ja"])
    assert sorted(int(text.get_text()) for text in ax.texts) == sorted(GRID["customers"])
    top = GRID["customers"].max()
    for text in ax.texts:
        ground = theme.shade(int(text.get_text()) / top)
        assert theme.contrast(text.get_color(), ground) >= 4.5


def test_long_names_above_narrow_columns_are_slanted():
    frame = pd.DataFrame([{"a": r, "b": f"Considerable{c}", "customers": 1} for r in "xy" for c in range(7)])
    with theme.style():
        wide = charts.heatmap(frame, axes(), TEXT["en"], row="a", column="b", value="customers", unit="customers")
        short = charts.heatmap(frame.assign(b=frame["b"].str[-1]), axes(), TEXT["en"], row="a", column="b",
                               value="customers", unit="customers")
    assert {label.get_rotation() for label in wide.get_xticklabels()} == {60}
    assert {label.get_rotation() for label in short.get_xticklabels()} == {0}


def test_the_black_of_a_heat_map_reaches_the_svg():
    assert f'fill="{theme.BLACK}"' in theme.draw_svg(lambda ax: DRAWN["grid"](ax, TEXT["ja"]), "grid")


def test_retention_leaves_out_age_zero_and_brackets_open_months():
    with theme.style():
        ax = charts.retention(COHORTS, axes(), TEXT["ja"], partial="open")
    assert len(ax.get_xticks()) == 12
    assert any(text.get_text().startswith("(") for text in ax.texts)


def test_retention_hatches_what_has_not_come_and_stars_a_cohort():
    frame = COHORTS.assign(first=COHORTS["cohort"] == MONTHS[0])
    with theme.style():
        ax = charts.retention(frame, axes(), TEXT["ja"], starred="first", cohorts=13)
    (hatch,) = ax.get_lines()
    strokes = {(int(x), int(y)) for x, y in zip(*hatch.get_data(), strict=True) if x == x}
    shown = MONTHS[:12]  # the newest has no month after its first yet
    waiting = {(age - 1, row) for row in range(len(shown)) for age in range(1, 13) if age > 12 - row}
    assert strokes == waiting
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert [("*" in label) for label in labels] == [True] + [False] * (len(labels) - 1)


@pytest.mark.parametrize(("locale", "unit"), [("ja", "万円"), ("en", "¥M")])
def test_an_axis_of_money_is_read_in_the_units_people_use(locale, unit):
    with theme.style():
        ax = charts.line(MONTHLY, axes(), TEXT[locale], y="sales", unit="money")
    assert unit in [text.get_text() for text in ax.texts]


def test_labels_on_columns_leave_out_the_currency_that_the_axis_names():
    week = pd.DataFrame({"dow": range(1, 8), "sales": [1_249_500, 1_125_400, 0, 1_103_800, 1_234_000, 1_487_800, 90]})
    with theme.style():
        ax = charts.columns(week, axes(), load_text("common", "ja", "USD"), x="dow", value="sales", unit="money")
        ax.figure.draw_without_rendering()
    told = [text for text in ax.texts if text.get_text() != "ドル"]
    assert [text.get_text() for text in told][:2] == ["12,495", "11,254"]
    assert all(one.get_window_extent().x1 < two.get_window_extent().x0 for one, two in pairwise(told))


def test_a_small_loss_takes_no_room_from_the_bars():
    parts = []
    for least in (0.0, -0.001):
        frame = SEGMENTS.assign(share=[0.77, 0.23, least])
        with theme.style():
            ax = charts.bars(frame, axes(), TEXT["en"], label="segment", value="share", unit="ratio")
        low, high = ax.get_xlim()
        parts.append(ax.patches[0].get_width() / (high - low))
    assert parts[1] == pytest.approx(parts[0], rel=0.05)


def test_hidden_cells_are_a_dash_not_a_bar():
    frame = SEGMENTS.assign(customers=[60.0, float("nan"), 300.0])
    with theme.style():
        ax = charts.bars(frame, axes(), TEXT["ja"], label="segment", value="customers", unit="customers")
    assert "—" in [text.get_text() for text in ax.texts]


def test_the_palette_reads_on_paper_and_in_grey():
    for colour in (theme.INK, theme.GREY, theme.ACCENT, theme.GOOD, theme.BAD, theme.NOTE):
        assert theme.contrast(colour, theme.PAPER) >= 4.5
        assert theme.contrast(colour, theme.WASH) >= 4.5
    steps = [theme.luminance(theme.shade(i / 4)) for i in range(5)]
    assert all(a - b > 0.08 for a, b in pairwise(steps)), "told apart without colour"
    assert all(theme.contrast(theme.ink_on(theme.shade(i / 50)), theme.shade(i / 50)) >= 4.5 for i in range(51))


PROBE = """
import hashlib, sys
sys.path[:0] = [{root!r}, {tests!r}, {here!r}]
import test_charts as t
from crmlib import theme
whole = "".join(theme.draw_svg(lambda ax: draw(ax, t.TEXT["ja"]), name) for name, draw in t.DRAWN.items())
print(hashlib.sha256(whole.encode()).hexdigest())
"""


def test_the_same_bytes_in_another_process(root):
    here = "".join(theme.draw_svg(lambda ax, draw=draw: draw(ax, TEXT["ja"]), name) for name, draw in DRAWN.items())
    probe = PROBE.format(root=str(root), tests=str(root / "tests"), here=str(Path(__file__).parent))
    there = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=root)
    assert there.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_charts_load_no_library_before_they_draw():
    code = "import sys, crmlib.charts; print(sorted({'matplotlib', 'pandas', 'seaborn', 'yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_day_without_trade_is_a_tick_and_no_point_of_the_line():
    ax = axes()
    charts.days(DAYS, ax, TEXT["ja"], y="sales", unit="money", open_on="open")
    line, ticks = ax.lines[0], next(found for found in ax.lines if found.get_marker() == "|")
    shut = [i for i, traded in enumerate(DAYS["open"]) if not traded]
    assert list(ticks.get_xdata()) == shut and not set(shut) & set(line.get_xdata())


def test_names_of_events_that_lie_close_stand_in_rows():
    ax = axes()
    charts.days(DAYS, ax, TEXT["ja"], y="sales", unit="money", events=EVENTS)
    heights = {text.get_text(): text.xyann[1] for text in ax.texts if text.get_text() in ("創業祭", "台風")}
    assert len(set(heights.values())) == 2


@pytest.mark.parametrize(("names", "heads", "rotation"), [
    (["レギュラー", "シルバー", "ゴールド", "プラチナ"], None, 0),
    (["レギュラー", "プレミアム", "スタンダード", "エコノミー", "ファミリー", "ビジネス"], None, 60),
    (["20歳未満", "30代", "40代", "50代", "60代", "70歳以上"],
     ["20歳\n未満", "30代", "40代", "50代", "60代", "70歳\n以上"], 0)])
def test_words_above_columns_are_never_cut(names, heads, rotation):
    frame = pd.DataFrame({"a": "とても長い名前の段", "b": names, "customers": range(len(names))})
    ax = charts.heatmap(frame, axes(), TEXT["ja"], row="a", column="b", value="customers", unit="customers")
    ticks = ax.get_xticklabels()
    assert {tick.get_rotation() for tick in ticks} == {rotation}
    assert [tick.get_text() for tick in ticks] == (heads or names)


def test_an_event_outside_the_days_is_not_drawn():
    ax = axes()
    before = DAYS["date"].iloc[0].replace(year=2020)
    charts.days(DAYS, ax, TEXT["ja"], y="sales", unit="money", events=[(before, before, "昔")])
    assert "昔" not in [text.get_text() for text in ax.texts]


def test_a_line_that_ends_early_keeps_its_name_and_weeks_are_named_by_their_months():
    weeks = [date(2026, 8, 24) + timedelta(days=7 * n) for n in range(10)]
    frame = pd.DataFrame({"date": weeks, "value": [None] * 5 + [5.0] * 5, "sales": [4.0] * 6 + [None] * 4})
    ax = axes()
    charts.line(frame, ax, load_text("trends", "ja"), x="date", y=["value", "sales"], unit="count",
                events=[(weeks[6], "ここから")])
    said = {text.get_text() for text in ax.texts}
    assert {"見込み", "売上", "ここから"} <= said
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["9月", "10月"]


@pytest.mark.parametrize(("label", "lines"), [
    ("店で買う・回数が多い", ["店で買う・回数が多い"]),
    ("1 まとめ買い・1回の額が大きい", ["1 まとめ買い・", "1回の額が大きい"]),
    ("4 店で買う・とても回数が多い", ["4 店で買う・", "とても回数が多い"]),
    ("Stock-up, large purchases", ["Stock-up, large", "purchases"]),
    ("more than twice the usual", ["more than twice", "the usual"]),
    ("too few purchases to tell", ["too few purchases", "to tell"]),
    ("Deal-led, mostly 日用品", ["Deal-led, mostly", "日用品"]),
    ("最後の買い物からの日数（中央値）", ["最後の買い物からの", "日数（中央値）"]),
    ("フレッシュ野菜ドレッシング", ["フレッシュ野菜", "ドレッシング"]),
    ("この1年に買った商品のカテゴリー", ["この1年に買った", "商品のカテゴリー"]),
    ("とても長い名前の付いている会員ランク", ["とても長い名前の", "付いている会員ランク"])])
def test_long_names_break_where_a_reader_would_in_as_few_lines_as_they_need(label, lines):
    assert folded(label).split("\n") == lines
