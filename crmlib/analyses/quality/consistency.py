"""What the data say against themselves: details of customers, totals against their lines, tax rates of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.dataset.marts import basis

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Prefectures by the first two digits of the postal code, in the order of the codes (Japan Post's numbering).
AREAS = """北海道 00 04 05 06 07 08 09;秋田県 01;岩手県 02;青森県 03;東京都 10 11 12 13 14 15 16 17 18 19 20;
神奈川県 21 22 23 24 25;千葉県 26 27 28 29;茨城県 30 31;栃木県 32;埼玉県 33 34 35 36;群馬県 37;長野県 38 39;山梨県 40;
静岡県 41 42 43;愛知県 44 45 46 47 48 49;岐阜県 50;三重県 51;滋賀県 52;大阪府 53 54 55 56 57 58 59;京都府 60 61 62;
奈良県 63;和歌山県 64;兵庫県 65 66 67;鳥取県 68;島根県 69;岡山県 70 71;広島県 72 73;山口県 74 75;香川県 76;徳島県 77;
高知県 78;愛媛県 79;福岡県 80 81 82 83;佐賀県 84;長崎県 85;熊本県 86;大分県 87;宮崎県 88;鹿児島県 89;沖縄県 90;
福井県 91;石川県 92;富山県 93;新潟県 94 95;福島県 96 97;宮城県 98;山形県 99"""
#: Areas of three digits with places of two prefectures, or of another one than their neighbours.
BORDERS = "018 384 389 498 520 563 618 630 647 648 685 811 817 839 848 871 949"
#: Rules to the columns (table.column) that one of the two must be wrong in.
RULES = {
    "age_possible": ("customers.birth_year",),
    "born_before_joining": ("customers.birth_year", "customers.registered_on"),
    "joined_before_buying": ("customers.registered_on",),
    "updated_after_joining": ("customers.updated_at", "customers.registered_on"),
    "postal_prefecture": ("customers.prefecture", "customers.postal3"),
    "lines_make_total": ("orders.total", "order_lines.amount"),
    "tax_rate_of_day": ("order_lines.tax_rate",),
}


@dataclass(frozen=True)
class Held:
    """One rule: of how many it could be asked, by how many it is broken, and the month's money of these."""

    rule: str
    checked: int
    broken: int
    sales: int | None

    @property
    def score(self) -> float | None:
        """Share of those asked that keep the rule."""
        return 1 - self.broken / self.checked if self.checked else None


def held(data: Dataset) -> list[Held]:
    """Return the rules that the shop's data can be asked, in the order of ``RULES``."""
    found = {**_customers(data), **_totals(data), **_rates(data)}
    return [found[rule] for rule in RULES if rule in found]


def named(data: Dataset) -> pd.DataFrame:
    """Return a few customers of each rule their details break, and of those whose details are old: reason, customer_id.

    None where there is no customer list.
    """
    if "customers" not in data.present:
        import pandas as pd

        return pd.DataFrame({"reason": [], "customer_id": []}, dtype="str")
    before = data.previous(data.settings.quality.stale_after_months).as_of
    return data.query("quality_examples", tables={"postal_areas": areas()}, stale_before=before)


def areas() -> pd.DataFrame:
    """Return the prefecture of each first two digits, and the areas that are not compared, for the statement."""
    import pandas as pd

    rows: list[tuple[str | None, ...]] = [(two, name, None) for part in AREAS.replace("\n", "").split(";")
                                          for name, *digits in [part.split()] for two in digits]
    rows += [(three[:2], None, three) for three in BORDERS.split()]
    return pd.DataFrame(rows, columns=["postal2", "prefecture", "postal3"]).astype("str")


def _customers(data: Dataset) -> dict[str, Held]:
    if "customers" not in data.present:
        return {}
    found = data.query("quality_rules", tables={"postal_areas": areas()})
    return {str(r.rule): Held(str(r.rule), int(r.checked), int(r.broken), int(r.sales)) for r in found.itertuples()}


def _totals(data: Dataset) -> dict[str, Held]:
    """Return whether lines add up to the totals of their orders; shops without totals are not asked."""
    if data.missing(("order_lines", "orders.total")):
        return {}
    found = data.query("quality_totals", first_month=data.month, country=basis(data.settings)["country"])
    checked, agreeing = int(found["checked"].sum()), int(found["agreeing"].sum())
    return {"lines_make_total": Held("lines_make_total", checked, checked - agreeing, None)} if checked else {}


def _rates(data: Dataset) -> dict[str, Held]:
    """Return whether the tax rates of the month were in force; rates nobody knows here are not asked."""
    if data.missing(("order_lines.tax_rate",)):
        return {}
    found = data.query("quality_tax", first_month=data.month, country=basis(data.settings)["country"])
    known = found[found["expected"] != "unknown"]
    wrong = known[known["expected"] == "no"]
    checked = int(known["lines"].sum())
    rule = "tax_rate_of_day"
    return {rule: Held(rule, checked, int(wrong["lines"].sum()), int(wrong["amount"].sum()))} if checked else {}
