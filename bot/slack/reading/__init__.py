"""Reads Slack's messages as plain text: markup, names, attachments and files."""
