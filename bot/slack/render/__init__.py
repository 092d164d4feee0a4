"""Block Kit: pure functions from records and answers to blocks."""
