from tests.importing.bringing import imports

__all__ = ["imports"]
