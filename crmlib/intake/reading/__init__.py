"""Files of every kind, turned into records of text: encoding, dialect, sheets."""
