"""Deskhand in Slack."""
