"""Every surface, as a function from a viewer to what they are shown there."""

from tests.rights.surfaces import slack, tools, web  # noqa: F401 - each enters its own
from tests.rights.surfaces.registry import SURFACES
from tests.rights.surfaces.stage import Shown, Stage, Unsaved

WITHOUT_RECORDS = frozenset({"on_close", "on_link", "on_session_stopped", "_nothing"})
"""Listeners of the Bolt app that show no record."""

__all__ = ["SURFACES", "WITHOUT_RECORDS", "Shown", "Stage", "Unsaved"]
