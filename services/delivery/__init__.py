"""What comes from Slack and goes to it: routes of deliveries, the outbox, event subscribers."""
