"""How Slack is called: errors, pagination, sending once, Socket Mode."""
