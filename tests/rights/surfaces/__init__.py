"""The surfaces: functions that open records as a viewer and collect what is shown."""

from tests.rights.surfaces import changes, slack, stock, tools, web  # noqa: F401 - they register surfaces
from tests.rights.surfaces.registry import SURFACES
from tests.rights.surfaces.stage import Shown, Stage, Unsaved

WITHOUT_RECORDS = frozenset({"on_close", "on_link", "on_session_stopped", "_nothing"})
"""Listeners of the Bolt app that show no record."""

__all__ = ["SURFACES", "WITHOUT_RECORDS", "Shown", "Stage", "Unsaved"]
