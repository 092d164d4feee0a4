"""What of a model's words may become a button or a link: only what came from elsewhere."""

import re

from services.agent.transcript import Message
from services.entities.base import find_ids

_LINK = re.compile(r"(!?)\[((?:[^\[\]\n]|\[[^\]\n]*\])*)\]\(\s*<?([^)\s>]+)>?[^)\n]*\)")
# With a scheme, or as Slack makes links of words: www.…, mailto:…, and a host with a path.
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)[^\s<>()\[\]\"'`|]+"
    r"|(?<![\w.@-])(?:[\w-]+\.)+[^\W\d_]{2,}/[^\s<>()\[\]\"'`|]+",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"^\W*[✅✓✔☑]\W*(?:Added|Removed|Linked|Created|Deleted|Changed) .*(?:\n|$)",
    re.MULTILINE | re.IGNORECASE,
)


_ENDS = ".,;:!?"
_GOES_ON = re.compile(r"[\[(|'\"`]\w")
"""What Slack may take for more of an address: the part before it would vouch for the rest."""


def sources(messages: list[Message]) -> str:
    """Everything in the conversation that the model did not write.

    Tools repeat their arguments, so an address that it put into a call vouches for nothing.
    """
    words, results = (_said(messages, role) for role in ("user", "tool"))
    written = "\n".join(
        call["function"]["arguments"]
        for message in messages
        for call in message.get("tool_calls") or []
    )
    brought_in = _addresses(written) - _addresses(words)
    for address in sorted(brought_in, key=len, reverse=True):
        results = results.replace(address, "")
    return f"{words}\n{results}"


def _addresses(text: str) -> set[str]:
    """Without what ends a sentence."""
    return {address.rstrip(_ENDS) for address in _ADDRESS.findall(text)}


def _said(messages: list[Message], role: str) -> str:
    return "\n".join(str(each.get("content") or "") for each in messages if each["role"] == role)


def grounded_ids(answer: str, known: str) -> list[str]:
    """The ids in an answer that also stand in what the model was given, in order."""
    given = set(find_ids(known))
    return [key for key in find_ids(answer) if key in given]


def without_receipts(answer: str) -> str:
    """The answer without lines that pass for receipts: those are made from committed changes."""
    return _RECEIPT.sub("", answer)


def grounded_links(answer: str, known: str, own: str) -> str:
    """The answer without addresses that the model made up; their words stay.

    Images go in any case: fetching one tells its server that somebody has read the answer.
    """

    vouched_for = _addresses(known)

    def trusted(address: str) -> bool:
        return address.startswith(f"{own}/") or address in vouched_for

    def link(found: re.Match[str]) -> str:
        keep = not found[1] and trusted(found[3])
        return found[0] if keep else found[2]

    def bare(found: re.Match[str]) -> str:
        whole = not _GOES_ON.match(found.string, found.end())
        keep = whole and trusted(found[0].rstrip(_ENDS))
        return found[0] if keep else "(link removed)"

    return _ADDRESS.sub(bare, _LINK.sub(link, answer))
