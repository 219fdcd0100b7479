"""What a rule of contact can ask of a customer: every name, and what kind of value it is."""

from __future__ import annotations

NUMBER, MONEY, CODE = "number", "money", "code"

#: By the part of the workbook that knows it; a rule is skipped where that part has no data.
SOURCES: dict[str, dict[str, str]] = {
    "people": {
        "recency_days": NUMBER, "frequency": NUMBER, "purchase_days": NUMBER, "monetary": MONEY,
        "monetary_gross": MONEY, "r_score": NUMBER, "f_score": NUMBER, "m_score": NUMBER, "rfm_segment": CODE,
        "rfm_tier": CODE, "order_value": MONEY, "last_order_value": MONEY, "last_order_times": NUMBER,
        "year_money": MONEY, "season_days": NUMBER, "age": NUMBER, "type": CODE, "gender": CODE, "occupation": CODE,
        "income_band": CODE, "prefecture": CODE, "city": CODE, "rank": CODE, "first_channel": CODE, "status": CODE},
    "customers": {"decile": NUMBER, "abc_class": CODE, "cpm_class": CODE, "overdue_ratio": NUMBER, "rhythm": CODE,
                  "gross_profit": MONEY},
    "segments": {"cluster": CODE, "rule_segment": CODE},
    "satisfaction": {"satisfaction_class": CODE, "satisfaction_call": CODE},
    "products": {"next_offer": CODE, "discount_share": NUMBER, "replenish_from_days": NUMBER,
                 "replenish_days": NUMBER, "replenish_product": CODE},
    "campaigns": {"preferred_channel": CODE},
    "outlook": {"p_alive": NUMBER, "expected_orders_30d": NUMBER, "expected_orders_90d": NUMBER,
                "p_order_30d": NUMBER, "p_order_90d": NUMBER, "clv_12m": MONEY, "next_order_rank": NUMBER},
    "due": {"coupon_days": NUMBER, "contract_days": NUMBER, "warranty_days": NUMBER, "birthday_days": NUMBER},
    "points": {"points_days": NUMBER, "points_expiring": NUMBER},
    "ranks": {"rank_lacking": MONEY, "rank_share": NUMBER, "next_rank": CODE},
    "complaints": {"complaint_days": NUMBER},
    "scores": {"score": NUMBER, "score_change": NUMBER, "score_days": NUMBER},
    "carts": {"cart_days": NUMBER},
    "samples": {"sample_days": NUMBER},
    "times": {"usual_time": CODE},
    "contacts": {"contacts": NUMBER, "contacted_days": NUMBER},
}
KINDS: dict[str, str] = {name: kind for columns in SOURCES.values() for name, kind in columns.items()}
HOMES: dict[str, str] = {name: source for source, columns in SOURCES.items() for name in columns}
CHANNELS = ("mail", "line", "sms", "post", "phone")
