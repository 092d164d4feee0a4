"""Ground an answer: check its ids and addresses against what tools and people have written.

An id or address that only the model has written becomes no button or link.

Answers and records are foreign text, up to 40,000 characters. Every pattern here takes time in
proportion to the text: repetitions are possessive or bounded, and no part of one may begin with
what the part before repeats. tests/services/test_patterns.py holds all patterns of the desk to it.
"""

import re
from bisect import bisect_left
from functools import cache
from typing import Any

import orjson

from services.agent.transcript import Message
from services.changes.receipts import receipt_verbs
from services.entities.base import find_ids, without_ids
from services.tools import TOOLS

REMOVED = "(link removed)"

# No "[" or "<" within an address: each could begin another link, and all would be read to the end.
_LABEL = r"\[((?:[^\[\]]|\[[^\[\]]{0,300}+\]){0,600}+)\]"
_LINK = re.compile(rf"(!?){_LABEL}\(\s{{0,9}}+<?([^)\s>\[]{{0,2000}}+)>?[^)\n\[]{{0,300}}+\)")
_SLACK_LINK = re.compile(
    r"<([a-z][a-z0-9+.-]{1,30}:[^|<>\s]{0,2000}+)\|([^<>\n]{0,300}+)>", re.IGNORECASE
)
_REFERENCE = re.compile(r"^([ >*+-]{0,9}\[[^\[\]\n]++\]):", re.MULTILINE)
# What Slack or a browser may turn into a link: with a scheme, www.…, or a host with a query.
_STARTS = (
    r"(?:[a-z][a-z0-9+.-]{1,30}://|www\.|mailto:|xmpp:"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?:/[^\s?<>]{0,200})?\?(?=[^\s=]{1,100}=))"
)
# It may reach to the next space: the known part before a bracket would vouch for the rest.
_ADDRESS = re.compile(rf"{_STARTS}[^\s<>]*", re.IGNORECASE)
# In tools' results text stands in JSON's quotation marks, with line breaks as "\n".
_GIVEN = re.compile(rf"{_STARTS}[^\s<>\\\"|]*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")
_TAIL = ".,;:!?*_~'\"`)]}|…”’»。，、；：！？）」』》"
# A link's end, or a stop of languages that write no space after it, and what follows.
_GOES_ON = re.compile(r"\A([^)。，、；：！？）」』》]+)(\)?)(.+)")
_HOST = re.compile(r"(\w[\w+.-]{0,30}+://)([^/?#\\]+)(.*)", re.DOTALL)
# Words that a person would take for the place to which a link leads; some dots are no ASCII.
_NAMES_A_PLACE = re.compile(r"\w[.\u2024\u3002\uff0e\uff61]\w|//")
TICK = r"[✅✓✔☑]|:\w{0,40}check\w{0,40}:"
_OF_RECEIPTS = re.compile(rf"(?P<tick>{TICK})|(?P<line>\n)|(?P<word>[^\W_]++)", re.IGNORECASE)


def sources(messages: list[Message]) -> str:
    """Return everything in the conversation that the model has not written.

    Tools repeat what they were asked for, and records hold what the model wrote into them: the ids
    and addresses that the model wrote first, in its calls, are removed from the tools' results.
    """
    given: list[str] = []
    known: set[str] = set()
    unread: list[str] = []  # texts whose ids are not in `known` yet: few calls need them
    brought: set[str] = set()
    for message in messages:
        for call in message.get("tool_calls") or []:
            said, opened = _said_and_opened(call["function"])
            if said:
                known.update(*map(_named, unread))
                unread.clear()
            brought |= said - known
            brought -= opened
        text = str(message.get("content") or "")
        if message["role"] == "tool":
            text = _without(brought, _ESCAPE.sub(" ", text))
        if message["role"] in ("user", "tool"):
            given.append(text)
            unread.append(text)
    return "\n".join(given)


def _said_and_opened(function: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the ids and addresses in a call's texts, and the ids that the tool looks up."""
    name = function["name"]
    takes = TOOLS[name].entities if name in TOOLS else {}
    try:
        arguments = orjson.loads(function["arguments"])
    except orjson.JSONDecodeError:
        arguments = function["arguments"]
    given = arguments if isinstance(arguments, dict) else {"": arguments}
    # A record may also be given by its name, which the tool repeats if it knows none of that name.
    opens = {key for key in given if key in takes and _are_ids(given[key])}
    words = [[key, given[key]] for key in given if key not in opens]
    records = [given[key] for key in opens]
    said = _named(_ESCAPE.sub(" ", f"{name} {orjson.dumps(words).decode()}"))
    return said, set(find_ids(orjson.dumps(records).decode()))


def _are_ids(given: object) -> bool:
    ids = given if isinstance(given, list) else [given]
    return all(isinstance(each, str) and find_ids(each) == [each.upper()] for each in ids)


def _named(text: str) -> set[str]:
    return _addresses(text).union(find_ids(text))


def _addresses(text: str) -> set[str]:
    found = [each.rstrip(_TAIL) for each in _GIVEN.findall(text)]
    return {*found, *(further[1] for each in found if (further := _GOES_ON.match(each)))}


def _without(brought: set[str], text: str) -> str:
    if not brought:
        return text

    in_order = sorted(brought)

    def address(found: re.Match[str]) -> str:
        """Return an address, or an empty text if the model wrote one that begins with it.

        Only the beginning is compared, because results shorten titles.
        """
        bare = found[0].rstrip(_TAIL)
        place = bisect_left(in_order, bare)
        is_brought = place < len(in_order) and in_order[place].startswith(bare)
        return "" if is_brought else found[0]

    return _GIVEN.sub(address, without_ids(text, brought))


def grounded_ids(answer: str, known: str) -> list[str]:
    """Return the ids in an answer that are also in `known`, in order."""
    given = set(find_ids(known))
    return [key for key in find_ids(answer) if key in given]


def grounded_text(answer: str, known: str, own: str) -> str:
    """Return the answer without invented addresses and without lines that look like receipts."""
    return without_receipts(grounded_links(answer, known, own))


def without_receipts(answer: str) -> str:
    """Return the answer without lines that look like receipts, which only the desk may write.

    Such a line begins with a tick and a verb of receipts, which may follow on the next lines.
    Digits may stand before the tick, and punctuation around it.
    """
    verbs = {verb.lower() for verb in receipt_verbs()}
    kept: list[str] = []
    place = begin = 0
    only_signs, ticked = True, False
    for token in _OF_RECEIPTS.finditer(answer):
        if token["line"]:
            if not only_signs:
                begin, only_signs, ticked = token.end(), True, False
        elif token["tick"]:
            ticked = only_signs
        elif ticked and token["word"].lower() in verbs:
            end = answer.find("\n", token.end())
            end = len(answer) if end < 0 else end + 1
            kept.append(answer[place : max(begin, place)])
            place = begin = end
            only_signs, ticked = False, False
        elif ticked or not token["word"].isdigit():
            only_signs, ticked = False, False
    kept.append(answer[place:])
    return "".join(kept)


def grounded_links(answer: str, known: str, own: str) -> str:
    """Return the answer without addresses that are neither in `known` nor below `own`.

    `own` is the address of the web view. The texts of removed links stay. Images are removed in any
    case: loading one tells its server that the answer was read.
    """
    ours = re.compile(rf"{re.escape(own)}(?:/[\w\-./?=&%#~+:,]*)?")

    @cache
    def spelled() -> dict[str, str]:
        """Return the addresses in `known` with their unambiguous form, found at the first use."""
        found = {address: _unambiguous(address) for address in _addresses(known)}
        return found | {address: address for address in found.values()}

    def trusted(address: str) -> str:
        return address if ours.fullmatch(address) else spelled().get(address, "")

    def link(found: re.Match[str]) -> str:
        words, address = _LINK.sub(link, found[2]), trusted(found[3])
        if found[1] or not address or words == found[3]:
            return words
        return f"{words} ({address})" if _NAMES_A_PLACE.search(words) else f"[{words}]({address})"

    def bare(found: re.Match[str]) -> str:
        address = found[0].rstrip(_TAIL)
        if whole := trusted(address):
            return whole + found[0][len(address) :]
        further = _GOES_ON.match(found[0])
        if further and (part := trusted(further[1])):
            return f"{part}{further[2]} {further[3]}"
        return REMOVED + found[0][len(address) :]

    plain = _REFERENCE.sub(r"\1", _SLACK_LINK.sub(r"[\2](\1)", answer))
    return _ADDRESS.sub(bare, _LINK.sub(link, plain))


def _unambiguous(address: str) -> str:
    """Return the address with its host in ASCII; empty if the host may mislead people."""
    found = _HOST.fullmatch(address)
    if not found:
        return address
    scheme, host, rest = found.groups()
    try:
        return "" if "@" in host else f"{scheme}{host.encode('idna').decode()}{rest}"
    except UnicodeError:
        return ""
