"""The commands of `python -m bot`: one file per command."""
