"""The figures each analysis tells: what a target or a place on the first page may name."""

from __future__ import annotations

#: Analysis → its figures. Analyses are the groups of `Settings` of the same names.
FACTS = {name: tuple(words.split()) for name, words in {
    "quality": """
        amount_in amount_out control_difference customers_after customers_before days_silent
        duplicates_merged findings identified_sales_share orders_in_two_files rows_excluded rows_in rows_out
        rows_quarantined stale_customers undecodable_bytes
    """,
    "customers": """
        active average_order base f2_rate_90d f3_rate_90d gross_margin gross_profit identified_share losing
        lost new orders overdue prospects repeat_rate returned sales top_decile_share total
    """,
    "rfm": "best_customers best_sales_share customers one_time_share slipping_customers",
    "segments": """
        count drift_distance drift_psi k moved_share prediction_strength refit_advised stability stable
    """,
    "trends": """
        customers f2_rate forecast_next_month open_days orders sales sales_12_months sales_364_yoy
        sales_fiscal_ytd sales_fiscal_ytd_yoy sales_mom sales_mom_per_open_day sales_per_open_day
        sales_same_store_yoy sales_weekday_mix_yoy sales_yoy
    """,
    "products": """
        a_share discounted_share favourite_known new_share offers_gain offers_hit_rate pairs_beyond_chance
        products_sold raw_lift_by_chance replenish_due returned_share subscriptions_kept top_ten_share
    """,
    "satisfaction": """
        alpha csat csat_mean nps nps_high nps_low nps_one_per_person respondents response_rate responses
    """,
    "campaigns": """
        campaigns clear_channel contacts_made control_needed detectable double_contacts effects_found
        effects_judged effects_told extra_sales opt_out_rate response_rate staff_doubles
    """,
    "outlook": """
        alive_share backtest_error backtest_money_error clv_12m contract_customers customers_alive
        expected_orders_30d expected_orders_365d expected_orders_90d ranking_auc ranking_top_share
        yearly_customers
    """,
    "actions": """
        checked contacts done_share effect effort_hours expected_gain held_out months_to_tell planned
    """,
    "summary": "checks_failed pages to_contact",
}.items()}
