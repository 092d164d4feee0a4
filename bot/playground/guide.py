"""What the page suggests to newcomers: which person to be, what to ask, what to press."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from bot.playground.nouns import Json


@dataclass(frozen=True)
class Face:
    """A person whom a newcomer may choose to be."""

    user: str
    label: str
    about: str


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app's manifest: of a message, or of the whole workspace."""

    callback_id: str
    name: str
    of_message: bool = False


@dataclass(frozen=True)
class Guide:
    """The suggestions of the page.

    `direct`: sentences to try in direct messages, by user. `rooms`: sentences to try in channels.
    """

    faces: Sequence[Face] = ()
    direct: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rooms: Sequence[str] = ()
    shortcuts: Sequence[Shortcut] = ()

    def for_user(self, user: str) -> Json:
        """Return the suggestions for one person, as JSON for the browser page."""
        return {
            "faces": [asdict(face) for face in self.faces],
            "shortcuts": [asdict(shortcut) for shortcut in self.shortcuts],
            "sentences": {
                "direct": list(self.direct.get(user, ())),
                "rooms": list(self.rooms),
            },
        }
