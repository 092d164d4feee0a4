"""What entity types, columns and links declare, and what derives from it."""
