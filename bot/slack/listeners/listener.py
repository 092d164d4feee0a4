"""The base of all listeners."""

from bot.runtime import Runtime


class Listener:
    """A class whose instance, or whose methods, Bolt calls with what people do in Slack."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
