"""What people do in Slack: messages, clicks, commands, forms."""
