"""The intents in the order in which they are tried: the first that matches is used.

A new intent is one more entry, in `commands` or `questions`.
"""

from services.agent.offline.commands import COMMANDS
from services.agent.offline.listing import FollowUp, Lists
from services.agent.offline.patterns import Intent
from services.agent.offline.questions import GUESSES as QUESTIONS_TO_GUESS
from services.agent.offline.questions import QUESTIONS, WIDE
from services.agent.offline.questions_records import ABOUT_ONE

Understood = Intent | Lists | FollowUp
SURE: tuple[Understood, ...] = (
    *COMMANDS,
    *QUESTIONS,
    *ABOUT_ONE,
    Lists(),
    FollowUp(),
    Lists(unnamed=True),
)
READING: tuple[Understood, ...] = (*QUESTIONS, *ABOUT_ONE, Lists(), FollowUp(), *WIDE)
"""The intents that change nothing."""
INTENTS: tuple[Understood, ...] = (*SURE, *WIDE)
"""All intents. Those after `SURE` would read many a described problem as a question: they are not
tried for problems."""
GUESSES: tuple[Understood, ...] = (Lists(with_words=True), *QUESTIONS_TO_GUESS)
"""The intents that are tried when no other matches."""
EXAMPLES = tuple(each.example for each in (*QUESTIONS, *WIDE, *COMMANDS) if each.example)

__all__ = ["EXAMPLES", "GUESSES", "INTENTS", "READING", "SURE", "Understood"]
