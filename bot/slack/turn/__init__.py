"""A turn: from a waiting message to its answer in Slack."""
