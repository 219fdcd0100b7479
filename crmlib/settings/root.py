"""All settings of one shop, and where each value came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import PrivateAttr, model_validator

from crmlib.settings.analyses.actions import ActionsSettings
from crmlib.settings.analyses.campaigns import CampaignsSettings
from crmlib.settings.analyses.customers import CustomersSettings
from crmlib.settings.analyses.outlook import OutlookSettings
from crmlib.settings.analyses.products import ProductsSettings
from crmlib.settings.analyses.quality import QualitySettings
from crmlib.settings.analyses.rfm import RfmSettings
from crmlib.settings.analyses.satisfaction import SatisfactionSettings
from crmlib.settings.analyses.segments import SegmentsSettings
from crmlib.settings.analyses.summary import SummarySettings
from crmlib.settings.analyses.trends import TrendsSettings
from crmlib.settings.base import ControlTotal, Currency, Engine, Model, Report, Sales, Shop
from crmlib.settings.days import Calendar, Time
from crmlib.settings.fields import Day, Fixed, Money, doc, wrong
from crmlib.settings.kinds import FactKey
from crmlib.settings.matching import MatchingSettings
from crmlib.settings.privacy import Privacy
from crmlib.settings.sources import Frozen, Source

DEFAULT = "default"
COMMAND_LINE = "command line"


class Settings(Model):
    """Everything a run needs to know about one shop.

    Attributes
    ----------
    origins : mapping of str to str
        Dotted key (``rfm.window_days``, ``sources[1].files``, counted from 1) → ``default``,
        ``file:line`` or ``command line``.
    path : pathlib.Path or None
        The params file; None for settings made in Python.
    root : pathlib.Path
        The project folder that relative paths start from.
    """

    shop: Shop = doc(..., "店。短い名前だけでも書けます(shop: my-shop)。",
                     "The shop; a plain id will do (shop: my-shop).")
    locale: Literal["ja", "en", "both"] = doc("ja", "レポートの言語。", "Language of the report.")
    as_of: Day | None = doc(
        None, "この日より前のデータだけを使います。null は対象月の翌月1日(締め日の翌日)。",
        "Only data before this day is used; null is the day after the month's last day.", example="2026-11-01")
    currency: Currency = doc(Currency(), "通貨。コードだけでも書けます(currency: JPY)。",
                             "The currency; a plain code will do (currency: JPY).")
    calendar: Calendar = doc(Calendar(), "暦と営業日。", "Calendar and open days.")
    time: Time = doc(Time(), "時刻と営業日の区切り。", "Times, and when a business day ends.")
    sales: Sales = doc(Sales(), "売上の数え方。", "What counts as sales.")
    unit: Literal["customer", "account"] = doc(
        "customer",
        "だれを1人のお客さまと数えるか。account は、取引先のある方を取引先ごとにまとめます(顧客とRFMのページ)。",
        "Who counts as one customer; account takes the people of a business account together "
        "(on the pages of customers and RFM).")
    targets: Annotated[Mapping[FactKey, Money], Frozen()] = doc(
        Fixed({}), "目標。分析名.名前: 数。", "Targets, as analysis.name: number.",
        example={"customers.sales": 12000000, "customers.repeat_rate": 0.35})
    control_totals: tuple[ControlTotal, ...] = doc(
        (), "POS月報などの数字。一致しないと、ページに差が出ます。",
        "Figures of the POS's own report; the page shows any difference.",
        example=[{"month": "2026-10", "sales": 12345678, "orders": 2345}])
    privacy: Privacy = doc(Privacy(), "個人情報の守り方。", "How people are protected.")
    engine: Engine = doc(Engine(), "計算機の使い方。結果は変わりません。", "Use of the machine; results do not change.")
    matching: MatchingSettings = doc(MatchingSettings(), "名寄せ(同じ人の会員番号をまとめる)。",
                                     "Matching: which customer ids are one person.")
    report: Report = doc(Report(), "作るページと、載せる言葉。", "Pages to make, and words on them.")
    sources: tuple[Source, ...] = doc((), "データの出どころ。", "Where the data comes from.")
    quality: QualitySettings = doc(QualitySettings(), "データの品質。", "Data quality.")
    customers: CustomersSettings = doc(CustomersSettings(), "顧客。", "Customers.")
    rfm: RfmSettings = doc(RfmSettings(), "RFM分析。", "RFM.")
    segments: SegmentsSettings = doc(SegmentsSettings(), "セグメント。", "Segments.")
    trends: TrendsSettings = doc(TrendsSettings(), "推移と季節。", "Trends and seasons.")
    products: ProductsSettings = doc(ProductsSettings(), "商品。", "Products.")
    satisfaction: SatisfactionSettings = doc(SatisfactionSettings(), "満足度。", "Satisfaction.")
    campaigns: CampaignsSettings = doc(CampaignsSettings(), "販促。", "Campaigns.")
    outlook: OutlookSettings = doc(OutlookSettings(), "これからの予測。", "Outlook.")
    actions: ActionsSettings = doc(ActionsSettings(), "だれに声をかけるか。", "Whom to contact.")
    summary: SummarySettings = doc(SummarySettings(), "最初のページ。", "The first page.")

    _origins: Mapping[str, str] = PrivateAttr(default_factory=lambda: Fixed({}))
    _places: Mapping[str, str] = PrivateAttr(default_factory=lambda: Fixed({}))
    _path: Path | None = PrivateAttr(default=None)
    _root: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _totals_once(self) -> Settings:
        given = [(one.month, one.store_id or "", kind) for one in self.control_totals for kind in ("sales", "orders")
                 if getattr(one, kind) is not None]
        twice = sorted({" ".join(filter(None, one)) for one in given if given.count(one) > 1})
        if twice:
            raise wrong("given_twice", key="control_totals", of=("control_totals",), repeated=", ".join(twice))
        return self

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each value came from, by dotted key."""
        return self._origins

    @property
    def path(self) -> Path | None:
        """The params file."""
        return self._path

    @property
    def root(self) -> Path:
        """The folder relative paths start from."""
        return self._root

    def at(self, path: str) -> Path:
        """Return a path of the settings as it is on this machine."""
        return self._root / Path(path).expanduser()

    def where(self, key: str) -> str:
        """Return ``file:line, key`` for a message about a value, the line of its group where it has none."""
        near = key
        while near and near not in self._places:
            near = re.sub(r"(^|\.|\[)[^.\[]*$", "", near)
        place = self._places.get(near) or (self._path.name if self._path else "")
        return f"{place}, {key}" if place else key

    def signed(self, origins: Mapping[str, str], places: Mapping[str, str], path: Path | None, root: Path) -> Settings:
        """Return the same settings with the origin of every value."""
        copy = self.model_copy()
        copy._origins, copy._places, copy._path, copy._root = origins, places, path, root
        return copy
