"""Settings of the customers page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crmlib.settings.base import Model
from crmlib.settings.fields import Count, IsWhole, doc, wrong

Attribute = Literal["gender", "age_band", "prefecture", "rank", "first_channel", "type", "city", "occupation",
                    "income_band", "status"]


class CustomersSettings(Model):
    """Who counts as lost, and by what customers are broken down."""

    lost_after_days: Count = doc(
        180, "最後の購入からこの日数を過ぎた顧客を離脱とみなします。",
        "A customer without a purchase for more days than this counts as lost.")
    attributes: tuple[Attribute, ...] = doc(
        ("gender", "age_band", "prefecture", "rank", "first_channel"),
        "顧客の内訳に使う属性。データにないものは、その旨を書いて飛ばします。",
        "Attributes customers are broken down by; one without data is left out, and the page says so.")
    age_bands: Annotated[tuple[Annotated[int, IsWhole(1, 120)], ...], Field(min_length=1)] = doc(
        (20, 30, 40, 50, 60, 70), "年代の区切り(この年齢から次の区切りの前まで)。",
        "Where age bands begin; the first band ends before the first number.")

    @model_validator(mode="after")
    def _rising(self) -> CustomersSettings:
        if any(later <= earlier for earlier, later in pairwise(self.age_bands)):
            raise wrong("not_rising", key="age_bands")
        return self
