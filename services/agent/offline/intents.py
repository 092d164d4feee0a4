"""The table of intents, in the order in which they are tried: the first that fits is taken.

A new intent is one more entry, in `commands` or `questions`.
"""

from services.agent.offline.commands import COMMANDS
from services.agent.offline.questions import GUESSES, QUESTIONS

INTENTS = (*COMMANDS, *QUESTIONS)
EXAMPLES = tuple(each.example for each in (*QUESTIONS, *COMMANDS) if each.example)

__all__ = ["EXAMPLES", "GUESSES", "INTENTS"]
