"""Messages from Slack (deliveries), messages to Slack (outbox), and event subscribers."""
