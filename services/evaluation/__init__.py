"""Measure how well a model does the work of a service desk."""
