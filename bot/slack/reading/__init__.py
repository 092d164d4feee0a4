"""What people and apps write at Slack, read as words: markup, names and what a message carries."""
