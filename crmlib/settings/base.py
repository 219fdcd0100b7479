"""Settings every part of the product reads: the shop, its money, calendar and clock, privacy, machine, report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from crmlib.settings.fields import (
    Code,
    Count,
    Day,
    IsText,
    IsWhole,
    Money,
    Month,
    Name,
    Text,
    Whole,
    doc,
    plain_value,
    wrong,
)
from crmlib.settings.kinds import CurrencyCode, Weekday, Zone, iso_decimals


class Model(BaseModel):
    """A frozen group of settings that knows no other keys than its own.

    ``SHORT`` names the key a plain value stands for: ``currency: JPY`` is ``currency: {code: JPY}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(property,))
    SHORT: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _open(cls, value: Any) -> Any:
        value = cls.long_form(value)
        if not isinstance(value, Mapping):
            return value
        return {key: item for key, item in value.items() if item is not None or cls._takes_null(key)}

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Return the written-out form of a shorthand; an empty value stands for all defaults."""
        if value is None:
            return {}
        if cls.SHORT and isinstance(value, (str, list, tuple, date)):
            return {cls.SHORT: value}
        return value

    def plain(self, *groups: str) -> dict[str, Any]:
        """Return the values as JSON knows them, keys as in a file; only some groups where named.

        The same settings give the same result however they were written, so caches can be keyed by it.
        """
        names = {field.alias or name: name for name, field in type(self).model_fields.items()}
        return {key: plain_value(getattr(self, name)) for key, name in names.items() if not groups or key in groups}

    @classmethod
    def _takes_null(cls, key: str) -> bool:
        field = next((f for name, f in cls.model_fields.items() if key == (f.alias or name)), None)
        return field is None or type(None) in get_args(field.annotation)


class Words(Model):
    """Text in the shop's own words, in one language or both."""

    ja: Text | None = doc(None, "日本語の文。", "The Japanese text.", example="見本商店")
    en: Text | None = doc(None, "英語の文。", "The English text.", example="Sample Shop")

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Take plain text for both languages."""
        return {"ja": value, "en": value} if isinstance(value, str) else super().long_form(value)

    @model_validator(mode="after")
    def _said(self) -> Words:
        if self.ja is None and self.en is None:
            raise wrong("no_words", of=("ja", "en"))
        return self

    def get(self, locale: str) -> str:
        """Return the text in a language, or in the other one where only that was given."""
        return (self.en or self.ja or "") if locale == "en" else (self.ja or self.en or "")


class Shop(Model):
    """Who the report is about."""

    SHORT: ClassVar[str] = "id"
    id: Annotated[str, IsText(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "my-shop")] = doc(
        ..., "店の短い名前。英数字と - _ だけ。reports/ の下のフォルダー名になります。",
        "A short name of letters, digits, - and _; it names the folder under reports/.", example="my-shop")
    name: Words | None = doc(
        None, "ページに出す店の名前。省くと id を出します。", "The name on the pages; the id where it is left out.",
        example={"ja": "わたしの店", "en": "My Shop"})

    def label(self, locale: str) -> str:
        """Return the name to print."""
        return self.name.get(locale) if self.name else self.id


class Currency(Model):
    """The money all amounts are in."""

    SHORT: ClassVar[str] = "code"
    code: CurrencyCode = doc("JPY", "通貨コード(ISO 4217)。", "ISO 4217 code of the currency.")
    decimals: Annotated[int, IsWhole(0, 6)] = doc(
        None, "小数点以下の桁数。null は通貨の標準(JPY は 0、GBP は 2)。",
        "Decimal places of amounts; null is the currency's own (JPY 0, GBP 2).", validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _standard(cls, value: Any) -> Any:
        given = cls.long_form(value)
        if isinstance(given, Mapping) and given.get("decimals") is None:
            return {**given, "decimals": iso_decimals(given.get("code") or "JPY")}
        return given


class Event(Model):
    """Something of the shop's own that moves sales: a fair, a rebuild, a typhoon."""

    name: Words = doc(..., "行事の名前。", "What it was.", example="創業祭")
    start: Day = doc(..., "最初の日。", "First day.", example="2026-10-01")
    end: Day | None = doc(None, "最後の日。省くと一日だけです。", "Last day; one day where left out.",
                          example="2026-10-07")
    kind: Name = doc("event", "種類(event、sale、closure、weather など)。", "Kind: event, sale, closure, weather, …")

    @model_validator(mode="after")
    def _order(self) -> Event:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", key="end", of=("start", "end"))
        return self


class Closure(Model):
    """Days on which the shop is closed."""

    SHORT: ClassVar[str] = "start"
    start: Day = doc(..., "休みの最初の日。", "First day closed.", example="2026-12-31")
    end: Day | None = doc(None, "休みの最後の日。省くと一日だけです。", "Last day closed; one day where left out.",
                          example="2027-01-03")

    @model_validator(mode="after")
    def _order(self) -> Closure:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", key="end", of=("start", "end"))
        return self

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the closure."""
        length = ((self.end or self.start) - self.start).days + 1
        return tuple(self.start + timedelta(days=n) for n in range(length))


class Calendar(Model):
    """Months, holidays and the days the shop is open."""

    fiscal_year_start: Annotated[int, IsWhole(1, 12)] = doc(
        4, "会計年度が始まる月。", "The month the fiscal year starts in.")
    closing_day: Annotated[int, IsWhole(1, 28)] | None = doc(
        None, "締め日(20 なら毎月20日締め)。null は月末締め。",
        "The day a month ends on (20: from the 21st to the 20th); null is the calendar month.", example=20)
    country: Annotated[str, IsText(r"[A-Z]{2}", "JP")] | None = doc(
        "JP", "祝日を数える国(ISO 3166 の2文字)。null は祝日なし。",
        "The country whose public holidays count (ISO 3166, two letters); null for none.")
    closed_weekdays: tuple[Weekday, ...] = doc(
        (), "定休日の曜日。月〜日、mon〜sun、または 1(月)〜7(日)。",
        "Weekdays the shop is closed: mon … sun, or 1 (Monday) … 7.", example=["wed"])
    closed: tuple[Closure, ...] = doc(
        (), "臨時休業や年末年始の休み。日付か {start, end}。",
        "Other days closed: a date, or {start, end}.",
        example=["2026-08-13", {"start": "2026-12-31", "end": "2027-01-03"}])
    events: tuple[Event, ...] = doc(
        (), "売上を動かした店の行事。グラフに印が付きます。", "The shop's own events; charts mark them.",
        example=[{"name": {"ja": "創業祭", "en": "Anniversary fair"}, "start": "2026-10-01", "end": "2026-10-07",
                  "kind": "sale"}])

    @property
    def closed_days(self) -> frozenset[date]:
        """Every day of ``closed``."""
        return frozenset(day for closure in self.closed for day in closure.days)


class Time(Model):
    """How a time in the data becomes a business day."""

    source_tz: Zone = doc("Asia/Tokyo", "データの時刻のタイムゾーン。", "Time zone of the times in the data.")
    business_tz: Zone = doc("Asia/Tokyo", "店のタイムゾーン。", "Time zone of the shop.")
    day_cutoff_hour: Annotated[int, IsWhole(0, 23)] = doc(
        0, "この時刻より前は前日の営業とみなします(深夜5時まで営業なら 5)。",
        "Times before this hour belong to the day before (5 for a bar open until five).")


class Sales(Model):
    """What counts as sales; every page says it once."""

    tax: Literal["as_recorded", "included", "excluded"] = doc(
        "as_recorded", "消費税。as_recorded はデータのまま、included は税込、excluded は税抜。",
        "Tax: as_recorded leaves amounts as they are, included or excluded converts them.")
    points: Literal["payment", "discount"] = doc(
        "payment", "ポイント利用を支払いとみるか(payment)、値引きとみるか(discount)。",
        "Points used are a way of paying (payment) or lower the sale (discount).")
    date: Literal["ordered", "shipped"] = doc(
        "ordered", "売上の日。注文日(ordered)か出荷日(shipped)。", "The day of a sale: ordered or shipped.")
    cancellations: Literal["as_returns", "drop_matched"] = doc(
        "as_returns",
        "キャンセル伝票。as_returns は元の注文を残して返品に数え、drop_matched は全部取り消された注文を除きます。",
        "Cancellation documents: as_returns keeps the order and counts a return; drop_matched takes a wholly "
        "cancelled order out.")


class ControlTotal(Model):
    """The POS's own figure for a month, which the report must meet or explain."""

    month: Month = doc(..., "月。", "The month.", example="2026-10")
    store_id: Code | None = doc(None, "店舗コード。省くと全店。", "Store; all stores where left out.", example="010")
    sales: Money | None = doc(None, "その月の売上。", "Sales of the month.", example=12345678)
    orders: Whole | None = doc(None, "その月の購入件数。", "Purchases of the month.", example=2345)

    @model_validator(mode="after")
    def _something(self) -> ControlTotal:
        if self.sales is None and self.orders is None:
            raise wrong("nothing_to_compare", of=("sales", "orders"), allowed=["sales", "orders"])
        return self


class Privacy(Model):
    """How people in the data are protected."""

    min_cell: Count = doc(
        5, "この人数に満たない欄は、ページと配布用の表で伏せます。1 で伏せません。",
        "Cells of fewer people are hidden on pages and in shareable tables; 1 hides none.")
    key_file: Text | None = doc(
        None, "顧客番号を置き換える鍵のファイル。init が店ごとに作ります。プロジェクトの外に置きます。",
        "The key file that customer ids are replaced with; init makes one, outside the project.",
        example="~/.config/crmlib/my-shop.key")
    published_key: Code | None = doc(
        None, "見本と公開データだけが使う、秘密でない鍵の名前。本物の店では使いません。",
        "Name of a non-secret key, for the sample and public data only; never for a real shop.")

    @model_validator(mode="after")
    def _one_key(self) -> Privacy:
        if self.key_file and self.published_key:
            raise wrong("two_keys", key="published_key", of=("key_file", "published_key"))
        return self


class Engine(Model):
    """What the machine may use; it changes how fast a run is, never its results."""

    memory_limit: Annotated[str, IsText(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B", "2GiB")] = doc(
        "2GiB", "使ってよいメモリー。", "Memory it may use.", machine=True)
    threads: Count | None = doc(None, "並列数。null は CPU のコア数。", "Threads; null is the number of cores.",
                                example=2, machine=True)
    temp_directory: Text | None = doc(
        None, "一時ファイルの置き場所。null は data/work の中。",
        "Folder for temporary files; null is inside data/work.",
        example="data/tmp", machine=True)


class Report(Model):
    """What is published, and whom to ask about it."""

    notebooks: tuple[Annotated[str, IsText(r"[0-9]{2}_[a-z][a-z0-9_]*", "20_rfm")], ...] | None = doc(
        None, "作るページ。null は全部。", "Pages to make; null is all of them.",
        example=["00_quality", "20_rfm", "90_summary"])
    jobs: Count | None = doc(None, "同時に作るページ数。null は自動。", "Pages made at once; null decides by itself.",
                             example=2, machine=True)
    contact: Words | None = doc(
        None, "ページの下に出す問い合わせ先。個人の氏名は避けてください。",
        "Whom to ask, at the foot of the pages; no private names.",
        example={"ja": "本部 販売企画課", "en": "Sales planning, head office"})
    remarks: Words | None = doc(
        None, "最初のページに載せる店のひとこと。", "The shop's own words for the first page.",
        example={"ja": "10月は改装のため3日間休みました。", "en": "Closed for three days in October for rebuilding."})

