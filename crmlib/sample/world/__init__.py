"""The made-up world before anybody buys: chance, the calendar, the catalogue and the people."""
