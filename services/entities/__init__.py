"""Records with ids such as TKT-12; importing the package registers every entity type and link."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
