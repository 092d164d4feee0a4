"""Tools: what can be done at the desk. Importing the package registers every tool."""

from importlib import import_module
from pkgutil import iter_modules

from services.tools.page import Page, Result
from services.tools.tool import TOOLS, Tool

__all__ = ["TOOLS", "Page", "Result", "Tool"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
