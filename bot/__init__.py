"""The surfaces: all code that depends on Slack or HTTP."""
