"""The text of “help”: examples of sentences that the rules understand."""

from collections.abc import Sequence

from services.agent.offline.commands import COMMANDS
from services.agent.offline.memory import EXAMPLES
from services.agent.offline.patterns import Intent
from services.agent.offline.questions import QUESTIONS, WIDE


def help_text(*, staff: bool) -> str:
    """Return the help: an example for each intent, with those of technicians only for `staff`."""
    sections = {
        "Ask": [*QUESTIONS, *WIDE],
        "Report and change": [each for each in COMMANDS if not each.staff],
        "For technicians": [each for each in COMMANDS if each.staff and staff],
    }
    lines = [f"**{name}:** {_examples(of)}" for name, of in sections.items() if of]
    return "\n\n".join([EXAMPLES, *lines])


def _examples(intents: Sequence[Intent]) -> str:
    return " · ".join(each.example for each in intents if each.example)
