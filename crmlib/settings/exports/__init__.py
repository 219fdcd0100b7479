"""What an export looks like: which column is which, and the exports that are known by their headings."""
