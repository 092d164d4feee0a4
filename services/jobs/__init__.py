"""Jobs: deferred in the transaction that causes them, by code or by the clock."""
