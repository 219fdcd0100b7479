"""Who may see what: keys for pseudonyms, small cells, refused columns, spreadsheet-safe text, private files."""

from crmlib.privacy.cells import suppress
from crmlib.privacy.files import formula_safe, formulas_safe, private_folder, write_private
from crmlib.privacy.keys import (
    KEY_VARIABLE,
    create_key,
    customer_key,
    customer_key_sql,
    key_id,
    key_parameters,
    key_path,
    load_key,
    shown,
)
from crmlib.privacy.refused import ONE_CARD, is_card_number, refused_heading, refused_values, without_cards

__all__ = ["KEY_VARIABLE", "ONE_CARD", "create_key", "customer_key", "customer_key_sql", "formula_safe",
           "formulas_safe", "is_card_number", "key_id", "key_parameters", "key_path", "load_key", "private_folder",
           "refused_heading", "refused_values", "shown", "suppress", "without_cards", "write_private"]
