"""One settings class per analysis; each documents its keys in both languages."""
