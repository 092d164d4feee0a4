"""Which job takes a stored delivery, by its kind."""

ANSWER = "answer"
"""The job that answers the questions that wait in a thread."""
