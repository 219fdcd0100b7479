"""Settings of the RFM page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import model_validator

from crmlib.settings.analyses.segment_map import RfmSegmentRule, SegmentMap, check
from crmlib.settings.base import Model
from crmlib.settings.fields import Count, IsText, IsWhole, Money, doc, wrong


class Thresholds(Model):
    """The values at which a score rises, typed by the shop; four of each."""

    r: tuple[Count, ...] | None = doc(
        None, "R の区切りの日数。この日数以内なら 5、4、3、2 点、どれより長いと 1 点。",
        "Days for R: within the first is 5, within the others 4, 3 and 2, longer than all is 1.",
        example=[30, 90, 180, 365])
    f: tuple[Count, ...] | None = doc(
        None, "F の区切り。この回数以上なら 2、3、4、5 点。", "Times for F: from these on 2, 3, 4 and 5.",
        example=[2, 3, 5, 10])
    m: tuple[Money, ...] | None = doc(
        None, "M の区切りの金額。この額以上なら 2、3、4、5 点。", "Money for M: from these on 2, 3, 4 and 5.",
        example=[5000, 10000, 30000, 100000])

    @model_validator(mode="after")
    def _four_rising(self) -> Thresholds:
        for key in ("r", "f", "m"):
            limits = getattr(self, key)
            if limits is not None and len(limits) != 4:
                raise wrong("not_four", key=key, n=len(limits))
            if limits is not None and any(later <= earlier for earlier, later in pairwise(limits)):
                raise wrong("not_rising", key=key)
        return self


Percent = Annotated[int, IsWhole(1, 99)]
#: Recency 5 down to 1, each from frequency 1 to 5.
RANKS = ("CBBAA", "CCBBA", "DCCBB", "EDDCC", "EEEDD")


class RfmSettings(Model):
    """How recency, frequency and monetary value are measured and named."""

    frequency: Literal["days", "orders"] = doc(
        "days", "F の数え方。days は購入した日数、orders は購入件数。",
        "What F counts: days with a purchase, or orders.")
    monetary: Literal["net", "gross"] = doc(
        "net", "M の金額。net は返品と値引きを引いた額、gross は引く前。",
        "What M adds up: net of returns and discounts, or gross.")
    window_days: Count | None = doc(
        None, "さかのぼる日数。null は全期間。", "Days looked back; null is all history.", example=730)
    scoring: Literal["quantile", "fixed", "percentile", "r_package"] = doc(
        "quantile",
        "点の付け方。quantile は人数で5等分(一度だけの方は F1)、fixed は thresholds の値、"
        "percentile は percentiles の割合、r_package は R の rfm パッケージと同じ。",
        "How scores are given: quantile in fifths of the buyers (bought once is F1), fixed by the values in "
        "thresholds, percentile by the shares in percentiles, r_package as R's package rfm does.")
    thresholds: Thresholds = doc(
        Thresholds(), "scoring: fixed の区切り。R は日数、F は回数、M は金額で、4つずつ小さい順に。",
        "Limits for scoring: fixed; four each, rising: days for R, times for F, money for M.")
    percentiles: tuple[Percent, ...] = doc(
        (20, 40, 60, 80), "scoring: percentile の区切り(下から何%)。4つ、小さい順に。",
        "Limits for scoring: percentile, in percent from below; four, rising.", example=[10, 30, 70, 90])
    grid_ranks: tuple[Annotated[str, IsText(r"[A-E]{5}", "CBBAA")], ...] = doc(
        RANKS, "R×F の25マスのランク(A〜E)。上から R5〜R1、左から F1〜F5。",
        "Ranks A to E of the 25 cells of R by F: from the top R5 to R1, from the left F1 to F5.")
    segment_map: SegmentMap | None = doc(
        None,
        "セグメントの分け方。125 通りすべてが、ちょうど一つの行に当たるようにします。"
        "点の範囲のない最後の行は、残りすべてを受け取ります。null は標準の分け方、"
        "r_package は R の rfm パッケージの分け方。",
        "The shop's own segments: each of the 125 score combinations must fit exactly one line; a last line without "
        "scores takes all the rest. null is the standard map, r_package that of R's package rfm.",
        example=[{"segment": "champions", "r": [4, 5], "f": [4, 5]}, {"segment": "others"}])

    @property
    def own_segments(self) -> tuple[RfmSegmentRule, ...]:
        """The segments the shop typed; none where it uses a map of this workbook."""
        return self.segment_map if isinstance(self.segment_map, tuple) else ()

    @model_validator(mode="after")
    def _cuts(self) -> RfmSettings:
        if len(self.percentiles) != 4:
            raise wrong("not_four", key="percentiles", n=len(self.percentiles))
        if any(later <= earlier for earlier, later in pairwise(self.percentiles)):
            raise wrong("not_rising", key="percentiles")
        absent = [key for key in ("r", "f", "m") if getattr(self.thresholds, key) is None]
        if self.scoring == "fixed" and absent:
            raise wrong("no_thresholds", key="thresholds", of=("scoring", "thresholds"), lists=", ".join(absent))
        if len(self.grid_ranks) != 5:
            raise wrong("not_five", key="grid_ranks", n=len(self.grid_ranks))
        return self

    @model_validator(mode="after")
    def _whole_map(self) -> RfmSettings:
        if isinstance(self.segment_map, tuple):
            check(self.segment_map)
        return self
