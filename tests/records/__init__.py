"""Tests of what entity types, columns and links declare, and of what follows from it."""
