"""What is true of the sample shop: exact totals (``oracle``) and what was planted (``planted``)."""
