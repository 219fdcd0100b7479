"""Settings every part of the product reads: the shop, its money, what counts as sales, privacy, machine, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from crmlib.settings.fields import (
    Code,
    Count,
    IsText,
    IsWhole,
    Money,
    Month,
    Text,
    Whole,
    doc,
    plain_value,
    wrong,
)
from crmlib.settings.kinds import CurrencyCode, iso_decimals


class Model(BaseModel):
    """A frozen group of settings that knows no other keys than its own.

    ``SHORT`` names the key a plain value stands for: ``currency: JPY`` is ``currency: {code: JPY}``.
    A ``SPARSE`` group, of which there are many, is recorded without the keys left at their default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(property,))
    SHORT: ClassVar[str | None] = None
    SPARSE: ClassVar[bool] = False

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

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        group = handler.resolve_ref_schema(handler(schema))
        if not cls.SHORT:
            return group
        described = dict(group)
        group.clear()
        group["anyOf"] = [*cls.short_forms(described), described]
        return group

    @classmethod
    def short_forms(cls, group: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the JSON Schema of what may stand for the whole group."""
        return [group["properties"][cls.SHORT]]

    def plain(self, *groups: str) -> dict[str, Any]:
        """Return the values as JSON knows them, keys as in a file; only some groups where named.

        The same settings give the same result however they were written, so caches can be keyed by it.
        """
        return {key: plain_value(value) for key, _, value in self.told() if not groups or key in groups}

    def told(self) -> Iterator[tuple[str, str, Any]]:
        """Yield key, attribute and value of everything worth recording."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if not self.SPARSE or value != field.get_default():
                yield field.alias or name, name, value

    @classmethod
    def _takes_null(cls, key: str) -> bool:
        field = next((f for name, f in cls.model_fields.items() if key == (f.alias or name)), None)
        return field is None or type(None) in get_args(field.annotation)


class Words(Model):
    """Text in the shop's own words, in one language or both; plain text stands for both."""

    SHORT: ClassVar[str] = "ja"

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
        None, "金額の小数点以下の桁数。null は通貨の標準(JPY は 0、GBP は 2)。多くしても、ページは標準の桁で書きます。",
        "Decimal places amounts are kept in; null is the currency's own (JPY 0, GBP 2), and pages write no more.",
        validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _standard(cls, value: Any) -> Any:
        given = cls.long_form(value)
        if isinstance(given, Mapping) and given.get("decimals") is None:
            return {**given, "decimals": iso_decimals(given.get("code") or "JPY")}
        return given


class Sales(Model):
    """What counts as sales; every page says it once."""

    tax: Literal["as_recorded", "included", "excluded"] = doc(
        "as_recorded", "消費税。as_recorded はデータのまま、included は税込、excluded は税抜。",
        "Tax: as_recorded leaves amounts as they are, included or excluded converts them.")
    recorded: Literal["included", "excluded"] = doc(
        "included", "ファイルの明細の金額が税込(included)か税抜(excluded)か。税を換算するときに使います。",
        "Whether amounts in the files hold the tax (included) or not (excluded); used when tax is converted.")
    points: Literal["payment", "discount"] = doc(
        "payment", "ポイント利用を支払いとみるか(payment)、値引きとみるか(discount)。",
        "Points used are a way of paying (payment) or lower the sale (discount).")
    date: Literal["ordered", "shipped"] = doc(
        "ordered", "売上の日。注文日(ordered)か出荷日(shipped)。", "The day of a sale: ordered or shipped.")
    cancellations: Literal["as_returns", "drop_matched"] = doc(
        "as_returns",
        "キャンセル伝票。as_returns は元の注文を残して返品に数え、drop_matched は全部取り消された注文を除きます"
        "(伝票では返品と取消を区別できないので、全部返品された注文も除きます)。",
        "Cancellation documents: as_returns keeps the order and counts a return; drop_matched takes a wholly "
        "cancelled order out (and one that was sent back whole, since the documents do not tell which it was).")


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

