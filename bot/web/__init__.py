"""The read-only web view: every record's page and list, as the person who looks may see them."""
