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
    r"^\W*[✅✓✔☑]\W*(?:Added|Linked|Created|Deleted|Changed) .*(?:\n|$)",
    re.MULTILINE | re.IGNORECASE,
)


def sources(messages: list[Message]) -> str:
    """Everything in the conversation that the model did not write."""
    return "\n".join(
        str(message.get("content") or "")
        for message in messages
        if message["role"] in ("user", "tool")
    )


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

    def trusted(address: str) -> bool:
        return address.startswith(f"{own}/") or address in _ADDRESS.findall(known)

    def link(found: re.Match[str]) -> str:
        keep = not found[1] and trusted(found[3])
        return found[0] if keep else found[2]

    def bare(found: re.Match[str]) -> str:
        return found[0] if trusted(found[0].rstrip(".,;:!?")) else "(link removed)"

    return _ADDRESS.sub(bare, _LINK.sub(link, answer))
