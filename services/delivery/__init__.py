"""Deliveries from Slack and messages to it: routes, the outbox, event subscribers."""
