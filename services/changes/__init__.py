"""Changes to records: events, receipts, undo, consent."""
