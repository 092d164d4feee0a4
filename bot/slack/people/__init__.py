"""Slack users and the people of the desk."""
