"""How messages of the outbox reach Slack, and the kinds that are sent by a job of their own."""
