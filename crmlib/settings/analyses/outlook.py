"""Settings of the outlook page."""

from __future__ import annotations

from typing import Annotated, Literal

from crmlib.settings.base import Model
from crmlib.settings.fields import IsWhole, Share, doc


class OutlookSettings(Model):
    """How coming purchases are forecast, and what they are worth."""

    model: Literal["auto", "bg", "mbg"] = doc(
        "auto", "予測のモデル。auto は、実績とくらべて誤差の小さいほうを選びます。",
        "Model of coming purchases; auto takes the one that was closer to what happened.")
    prior: Literal["weak", "none"] = doc(
        "weak", "weak は、データが少ない店でも数字が暴れないようにします。none は補正なし(検算用)。",
        "weak keeps the numbers sane in small shops; none fits without it (to check against published figures).")
    horizon_days: Annotated[int, IsWhole(14, 365)] = doc(
        90, "何日先までを予測し、答え合わせをするか。", "How many days ahead are forecast and proved.")
    margin: Share | None = doc(
        None, "粗利率。入れると、将来の価値を粗利で計算します。null は売上のまま。",
        "Gross margin; where given, future value is in gross profit. Null leaves it in sales.", example=0.35)
    discount_rate: Share = doc(
        0.1, "将来のお金を割り引く率(年)。", "Yearly rate at which future money is discounted.")
    min_repeaters: Annotated[int, IsWhole(30)] = doc(
        200, "2回以上買ったお客さまがこれより少ないと、予測せず実績だけを示します。",
        "With fewer customers who bought twice, nothing is forecast and only what happened is shown.")
    resamples: Annotated[int, IsWhole(10, 500)] = doc(
        30, "幅を求める繰り返しの数。", "Repeats from which the intervals come.")
