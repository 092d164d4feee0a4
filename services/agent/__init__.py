"""The agent: from a person's words to an answer."""
