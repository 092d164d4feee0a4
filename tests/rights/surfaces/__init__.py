"""The surfaces: functions that open records as a viewer and collect what is shown."""

from importlib import import_module
from pkgutil import iter_modules

from tests.rights.surfaces.registry import SURFACES
from tests.rights.surfaces.stage import Shown, Stage, Unsaved

WITHOUT_RECORDS = frozenset({"_acknowledge", "_nothing", "on_close", "on_session_stopped"})
"""Listeners of the Bolt app that show no record."""

__all__ = ["SURFACES", "WITHOUT_RECORDS", "Shown", "Stage", "Unsaved"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
