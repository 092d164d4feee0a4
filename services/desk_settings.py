"""The settings that admins change at the desk: each is declared here, and nowhere else.

Commands, the form, the page, the history and the checks of new values derive from this list.
"""

from dataclasses import dataclass
from typing import Literal

from services.settings import Settings

LimitName = Literal[
    "turns_per_person",
    "turns_per_workspace",
    "writes_per_person",
    "writes_per_workspace",
    "actions_per_person",
]

PRIVACY, COSTS, LIMITS, PEOPLE = "Privacy", "Costs", "Limits per hour", "People and channels"
"""The groups of settings, in the order in which they are shown."""


MOST_PER_HOUR = 1_000_000
"""The highest limit per hour that an admin can set."""


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """A setting: a switch, a number from `least` to `most`, or several names.

    `default` applies until an admin saves another value; None: the value of the environment
    variable of the same name. `format` formats a number for people, and `zero` is the text for 0.
    `word` is its subcommand of `/itsm`, and `help` the subcommand's line in the help. `function` is
    the database function that saves it, if other rows change with it.
    """

    key: str
    group: str
    label: str
    hint: str
    default: bool | int | tuple[str, ...] | None
    least: int = 0
    most: int = 0
    format: str = "{:,}"
    zero: str = ""
    word: str = ""
    help: str = ""
    example: str = "on or off"
    function: str = ""

    @property
    def preset(self) -> bool | int | tuple[str, ...]:
        """The value that applies until an admin saves another one."""
        if self.default is not None:
            return self.default
        from_environment: int = getattr(Settings.load(), self.key)
        return from_environment

    @property
    def switch(self) -> bool:
        return isinstance(self.default, bool)

    @property
    def several(self) -> bool:
        return isinstance(self.default, tuple)

    @property
    def refusal(self) -> str:
        """The sentence with which the desk refuses a value."""
        if self.switch:
            return "Say on or off."
        if self.several:
            return f"Choose “{self.label}” from its list in `/itsm settings`."
        return f"“{self.label}” must be a whole number from {self.least:,} to {self.most:,}."

    def shown(self, value: object) -> str:
        """Return a value as text for people."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, list | tuple):
            return ", ".join(map(readable, value)) or self.zero
        return self.zero if value == 0 and self.zero else self.format.format(value)


def readable(name: str) -> str:
    """Return a column's name for people: `people.job_title` becomes "people: job title"."""
    return name.replace(".", ": ").replace("_", " ")


def _limit(key: LimitName, preset: int, label: str, hint: str = "") -> DeskSetting:
    return DeskSetting(
        key, LIMITS, label, hint, preset, least=1, most=MOST_PER_HOUR, format="{:,} an hour"
    )


DESK_SETTINGS = (
    DeskSetting(
        "zero_retention",
        PRIVACY,
        "Zero data retention",
        "Ask only language models whose providers keep nothing and train on nothing.",
        False,
        word="zero-retention",
        help="ask only language models that keep nothing, or all",
    ),
    DeskSetting(
        "transcript_days",
        PRIVACY,
        "Days that conversations are kept",
        "Counted from the last question in a thread. Records and their history are kept for good.",
        None,
        least=1,
        most=3650,
        format="{:,} days",
        word="transcript-days",
        help="set for how many days conversations are kept",
        example="90",
    ),
    DeskSetting(
        "hidden_from_models",
        PRIVACY,
        "Hidden from language models",
        "People still see it on cards, in commands and on pages. From the next question on, models"
        " get neither these values nor what tools and models have said before.",
        (),
        zero="nothing",
    ),
    DeskSetting(
        "budget_per_person",
        COSTS,
        "Dollars that language models may cost for one person in a month",
        "0 means no limit. A person who has used up the budget is answered by built-in rules until"
        " the next month.",
        0,
        most=100_000,
        format="${:,}",
        zero="no limit",
        word="budget",
        help="set how many dollars models may cost a month for one person; 0: no limit",
        example="5",
    ),
    _limit("turns_per_person", 60, "Questions of one person"),
    _limit("turns_per_workspace", 1_000, "Questions of everybody together"),
    _limit("writes_per_person", 120, "Changes by one person"),
    _limit("writes_per_workspace", 2_000, "Changes by everybody together"),
    _limit(
        "actions_per_person",
        600,
        "Commands, presses and forms of one person",
        "Each replica of the desk counts on its own, so two replicas together allow twice as many.",
    ),
    DeskSetting(
        "guests",
        PEOPLE,
        "Guests",
        "Let guests of the Slack workspace use the desk, as requesters.",
        False,
        word="guests",
        help="let guests of the workspace be requesters, or not",
        function="allow_guests",
    ),
)
BY_KEY = {each.key: each for each in DESK_SETTINGS}
