"""Find the plan that answers a person's message."""

import re
from collections.abc import Iterable

from services.agent.offline.clauses import asked, ordered, sentences, with_topic
from services.agent.offline.commands import COMMANDS
from services.agent.offline.help import help_text
from services.agent.offline.intents import GUESSES, INTENTS, READING, SURE, Understood
from services.agent.offline.memory import Memory
from services.agent.offline.offers import as_ticket, not_understood, problem_in
from services.agent.offline.plan import Plan, Said
from services.agent.offline.plans_write import ABOUT, NOTE_TEXT
from services.agent.offline.problems import is_problem
from services.agent.offline.questions import QUESTIONS
from services.agent.offline.resolve import Unclear, chosen
from services.agent.offline.slash_commands import SURE_OF_COMMANDS, commands_for
from services.agent.offline.small_talk import GREETING, small_talk
from services.agent.offline.words import mended, tidy
from services.agent.transcript import SILENCE
from services.entities.base import find_ids

_HELP = (
    "help",
    "?",
    "what can you do",
    "what do you understand",
    "commands",
    "menu",
    "what can i ask",
    "what can i say",
    "what should i ask",
    "how does this work",
)
_MAY_I = re.compile(
    r"(?<!\w)(?:can|could|may|might|am|are) (?:i|we) (?!know|ask|see|find)[^\n?]{3,200}",
    re.IGNORECASE,
)
"""A wish for something that the desk has to do, such as “can I get a second monitor”."""
_LONGEST = 4_000
"""The maximum number of characters read of a message. Patterns would take too long for more."""

_MOST_SENTENCES = 8
_MOST_EXAMPLES = 8
_NOT_DONE, _BETWEEN = "Not done yet: ", "”, “"
_YES = re.compile(
    r"(?:yes|yep|yeah|sure|do (?:it|that|so)|go ahead|please do|that one)?[, ]*"
    r"(?:(?:please |and )?(?:open|create|file|make|submit) (?:it|this|that|one|"
    r"(?:an?|the|this|that) (?:new )?ticket(?: (?:about|for|on|of) (?:it|this|that))?))?",
    re.IGNORECASE,
)

Parts = list[tuple[Understood, Said]]


def understand(words: str, memory: Memory) -> Plan:
    """Return a plan for a message; if it is not understood, the plan says so."""
    plain = tidy(words[:_LONGEST])
    if talk := small_talk(words.strip(" .!?")) or small_talk(plain):
        return SILENCE if memory.may_be_silent else talk
    completed = _completed(plain, memory)
    if plain.lower() in _HELP:
        return help_text(staff=memory.staff)
    parts = (_parts(tidy(completed), memory) if completed else []) or _parts(plain, memory)
    if not parts:
        return SILENCE if memory.may_be_silent else _otherwise(words, plain, memory)
    answers: list[str] = []
    for place, (intent, said) in enumerate(parts):
        try:
            answer = yield from intent.plan(said)
        except Unclear as unclear:
            return "\n\n".join([*answers, str(unclear), *_not_done(parts, place)])
        memory.texts.append(answer)
        answers.append(answer)
    return "\n\n".join(answers)


def _not_done(parts: Parts, place: int) -> list[str]:
    """Return a paragraph with the parts from `place` on, if the message has several."""
    if len(parts) < 2:
        return []
    return [f"{_NOT_DONE}“{_BETWEEN.join(said.words for _, said in parts[place:])}”."]


def _open_question(answer: str) -> tuple[str, list[str]]:
    """Return the question at the end of the desk's answer, and the parts that wait for its answer.

    There are no such parts if the message before had a single one: then all of it waits.
    """
    before, found, waiting = answer.rpartition(f"\n\n{_NOT_DONE}")
    if not found:
        return answer, []
    return before.rpartition("\n\n")[2], waiting[1:-2].split(_BETWEEN)


def _parts(words: str, memory: Memory) -> Parts:
    """Return the intent of the whole message, if need be after mending typing errors; otherwise one
    intent for each sentence."""
    sure = (
        _match(SURE, [words], memory)
        or _match(SURE, [mended(words)], memory)
        or _match(COMMANDS, ordered(words), memory)
        or _match(SURE, with_topic(words), memory)
    )
    if sure or is_problem(words):
        return sure
    return (
        _match(INTENTS, [words], memory)
        or _match(INTENTS, [mended(words)], memory)
        or _match(INTENTS, sentences(words)[: _MOST_SENTENCES + 1], memory)
        or _match(READING, asked(words), memory)
        or ([] if memory.may_be_silent else _match(GUESSES, [words], memory))
    )


def _match(intents: Iterable[Understood], sentences: list[str], memory: Memory) -> Parts:
    """Return an intent for every sentence; an empty list if one has none."""
    if len(sentences) > _MOST_SENTENCES:
        return []
    found = [_first(intents, sentence, memory) for sentence in sentences]
    matched = [each for each in found if each]
    return matched if len(matched) == len(found) else []


def _first(
    intents: Iterable[Understood], words: str, memory: Memory
) -> tuple[Understood, Said] | None:
    found = ((intent, intent.match(words, memory)) for intent in intents)
    return next(((intent, said) for intent, said in found if said), None)


def _completed(words: str, memory: Memory) -> str | None:
    """Return the earlier request, completed by the answer to the desk's question about it."""
    if len(memory.texts) < 2:
        return None
    request, answer = memory.texts[-2:]
    question, waiting = _open_question(answer)
    request = "\n".join(waiting) or request
    if (problem := problem_in(question)) and words and _YES.fullmatch(words):
        return f"open a ticket: {problem}"
    if question in (ABOUT, NOTE_TEXT):
        is_answer = words and not _match(INTENTS, [words], memory)
        return f"{request.rstrip(' :.!?')}: {words}" if is_answer else None
    choice = chosen(words, question)
    if not choice:
        return None
    phrase, key = choice
    return re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", key, request, count=1)


def _otherwise(words: str, plain: str, memory: Memory) -> str:
    if not plain:  # a greeting without its words
        return GREETING
    wish = _MAY_I.search(words)
    if wish and not find_ids(plain):
        return as_ticket(wish[0].rstrip(" .!,;"))
    if is_problem(plain):
        return as_ticket(plain, commands_for(plain, SURE_OF_COMMANDS))
    return not_understood(plain, _examples(plain, memory))


def _examples(words: str, memory: Memory) -> str:
    """Return sentences that the rules understand about the record that the words name."""
    key, *_ = [*find_ids(words), ""]
    prefix = key.partition("-")[0]
    offered = [each.example for each in (*QUESTIONS, *COMMANDS) if memory.staff or not each.staff]
    about_one = [each for each in offered if [prefix] == _prefixes(each)]
    found = [re.sub(rf"{prefix}-\d+", key, each) for each in about_one]
    return " · ".join(found[:_MOST_EXAMPLES]) if key else ""


def _prefixes(words: str) -> list[str]:
    return [key.partition("-")[0] for key in find_ids(words)]
