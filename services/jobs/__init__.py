"""Work that must happen, written down in the transaction that causes it."""
