"""Records of text, turned into typed ones: which column is which, what each holds, and why a cell could not be read."""
