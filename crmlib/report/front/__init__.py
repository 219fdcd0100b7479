"""The parts of the month's first page, in the order a shop owner reads them."""
