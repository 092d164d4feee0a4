"""Surfaces: everything that knows Slack or HTTP."""
