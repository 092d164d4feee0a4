"""Changes to records: events, receipts, undo, and consent before the change."""
