"""The kinds of faults at a provider, each with its sentence for people."""

import re
from dataclasses import dataclass

from services.errors import DeskError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: its name in the log, its sentence for people, and how it is recognised.

    `to_admin` is the sentence for an admin who tests the model.
    """

    name: str
    sentence: str
    to_admin: str
    wordings: re.Pattern[str] | None = None
    statuses: tuple[int, ...] = ()

    def matches(self, words: str) -> bool:
        return bool(self.wordings and self.wordings.search(words))


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


ADDRESS = Kind(
    "address",
    "There is no language model at the address that an admin has set for it. Please ask an"
    " admin to check it with `/itsm models`: most addresses end in /v1.",
    "There is no language model at its address. Most addresses end in /v1.",
    # As OpenAI, Azure, LM Studio and llama.cpp answer on a path that they don't have.
    _words(
        r"invalid url",
        r"resource not found",
        r"unexpected endpoint",
        r"(?:file|page|path|route) not found",
        r"'detail': '(?:not found|method not allowed)'",
    ),
    (405,),
)
DOWN = Kind(
    "down",
    "The language model cannot be reached right now. Please try again in a few minutes.",
    "It cannot be reached right now. Check its address, or try again in a few minutes.",
)
EMPTY = Kind(
    "empty",
    "The language model gave an empty answer. Please ask again.",
    "It gave an empty answer. Try again, or choose another model.",
)
NO_ROOM = Kind(
    "no_room",
    "The language model used up its space by thinking before it answered. Please split"
    " your question into smaller ones.",
    "It used up its space by thinking before it answered. Choose another model.",
)
CONTEXT = Kind(
    "context",
    "This conversation has become too long for the language model. Please start a new thread.",
    "It takes fewer tokens than the desk needs. Choose a model with a larger context window.",
    # As OpenAI, Anthropic, Google, Mistral, vLLM, llama.cpp, xAI, Bedrock, Moonshot, Hugging Face,
    # Alibaba, Zhipu, SambaNova and Databricks word it.
    _words(
        r"context[ _-](?:length|window|size|limit)",
        r"(?:model|prompt|context) length",
        r"model token limit",
        r"max_new_tokens`? must be <=",
        r"must have less than \d{1,12} tokens",
        r"range of input length",
        r"exceeds (?:the )?max(?:imum)? length",
        r"maximum supported sequence length",
        r"tokens, but the maximum allowed is",
        r"max_tokens must be at least 1\b",
        r"(?:prompt|input|request|messages?) (?:is|are) too (?:long|large)",
        r"too many (?:input )?tokens",
        r"token count [^\n]{0,80}exceeds",
        r"reduce the length",
    ),
    (413,),
)
PRIVACY = Kind(
    "privacy",
    "No server offers this language model under the desk's privacy settings. Please ask an admin to"
    " choose another model or to change the privacy settings.",
    "No server offers it under the desk's privacy settings. Choose another model, or change"
    " the privacy settings.",
    _words(
        "privacy_restricted",
        r"data[ _-]policy",
        r"zero[ _-]data[ _-]retention",
        r"data_collection",
        r"no allowed providers",
    ),
)
TOOLS = Kind(
    "tools",
    "This language model cannot use tools, so it cannot look anything up. Please ask an admin to"
    " add one that can: `/itsm model-add`.",
    "It cannot use tools, so it could not look anything up. Choose a model that can.",
    _words(
        r"(?:not|n't|no endpoints found that) support(?:s|ed)?\b[^\n]{0,30}?\b(?:tool|function)",
        r"(?:tools?|functions?|tool_choice)[`'\"]?(?: (?:use|calls?|calling|choice))?"
        r" (?:is|are) (?:not|un)",
        r"enable-auto-tool-choice",
        r"requires --jinja",
        r"(?:tool|function)[ -]call(?:s|ing)? (?:is )?(?:not|un|disabled)",
    ),
)
CREDIT = Kind(
    "credit",
    "The language model's account has run out of credit. Please tell an admin.",
    "Its account has run out of credit. Add credit at its provider.",
    _words(
        "insufficient[ _](?:quota|balance|credits?|funds)",
        r"exceeded your current quota",
        r"(?:credit|account) balance",
        r"billing",
        r"out of credits?",
        r"key limit exceeded",
        r"(?:doesn't|does not|don't|do not) have any credits",
        r"payment required",
    ),
    (402,),
)
FILTER = Kind(
    "filter",
    "The language model's provider blocked this for its content. Please put it another way.",
    "Its provider blocked the test for its content. Choose another model.",
    _words(
        r"content[ _-](?:filter|policy|management)",
        r"responsible ?ai ?policy",
        r"\bmoderation\b",
        r"\bflagged\b",
        r"prohibited[ _]content",
        r"safety (?:settings|system|reasons|filter)",
        r"content exists risk",
        r"data_inspection_failed",
    ),
)
KEY = Kind(
    "key",
    "The language model's provider refused the desk's key. Please ask an admin to check it.",
    "Its provider refused the key. Check the environment variable that has it.",
    _words(
        r"(?:invalid|incorrect|missing|expired|no|bad)[ _](?:api[ _-]?key|authentication|auth)",
        r"api[ _-]?key (?:is )?(?:not valid|invalid|missing|expired|not found)",
        r"unauthorized",
        r"authentication (?:fails|failed|error)",
    ),
    (401,),
)
MODEL = Kind(
    "model",
    "The chosen language model does not exist at its provider. Please ask an admin to check"
    " its name with `/itsm models`.",
    "It does not exist at its provider. Check how the provider writes its name.",
    _words(
        r"model[_ ]not[_ ](?:found|exist)",
        r"(?:unknown|invalid|unsupported|no such) model",
        r"\bmodels?\b[^\n]{0,120}?(?:not found|does(?: not|n't) exist|not a valid model"
        r"|is not available|not supported)",
        r"not a valid model",
        r"model identifier is invalid",
        r"deployment ?not ?found",
        r"deployment[^\n]{0,80}does not exist",
        r"no endpoints found",
    ),
    (404,),
)
RATE = Kind(
    "rate",
    "The language model is busy right now. Please try again in a minute.",
    "It is busy right now. Try again in a minute.",
    _words(
        r"rate[ _-]?limit",
        r"too many requests",
        r"resource[ _]exhausted",
        r"overloaded",
        r"loading model",
    ),
    (429, 498, 529),
)
FORBIDDEN = Kind(
    "forbidden",
    "The language model's provider refused this request. Please tell an admin.",
    "Its provider refused the request. Check at the provider what the key is allowed to do.",
    statuses=(403,),
)
REQUEST = Kind(
    "request",
    "The language model did not accept this request. Please start a new thread; if that does not"
    " help, ask an admin to try `/itsm model-test`.",
    "It did not accept the request. The desk's log has its error message, as `model_fault`.",
    statuses=(400, 422),
)

_BY_WORDS = (PRIVACY, TOOLS, CONTEXT, CREDIT, FILTER, KEY, ADDRESS, MODEL, RATE)
_BY_STATUS = {status: kind for kind in (*_BY_WORDS, FORBIDDEN, REQUEST) for status in kind.statuses}
_OF_CRASHES = (TOOLS, CONTEXT, RATE)
"""The kinds that llama.cpp, LiteLLM and others report as errors of the server."""
_CLEAR = (401, 402, 413, 429)
"""The statuses that decide the kind whatever the error says, unless it is about credit."""
_SPENT = _words(r"insufficient[ _]quota", r"balance", r"credits")
_OF_SCHEMAS = _words(
    r"schema",
    r"propert",
    r"parameters",
    r"tools?\b",
    r"function",
    r"(?:any|one|all)_?of",
    r"\b(?:pattern|default|const|format|title|keyword|enum|additional|minimum|maximum)",
    r"(?:min|max)_?(?:length|items)",
    r"\$(?:ref|defs)",
)


def kind_of(status: int, error: object) -> Kind:
    """Return the kind of fault that an HTTP status and an error mean.

    `error` is a text where the body was no JSON, and None where it was no error that a model's
    server would send. A status of 0 is unknown. The error message is checked before the status:
    providers send the same status for many faults, such as 429 for an account without credit.
    """
    if status in range(300, 400):
        return ADDRESS
    words = str(error or "")
    kinds = [kind for kind in _BY_WORDS if status < 500 or kind in _OF_CRASHES]
    # Errors about rate limits offer to pay for higher ones, with a link to the billing page.
    if RATE.matches(words) and not _SPENT.search(words):
        kinds = [kind for kind in kinds if kind is not CREDIT]
    found = next((kind for kind in kinds if kind.matches(words)), None)
    if status in _CLEAR and not (CREDIT in kinds and CREDIT.matches(words)):
        found = None
    if not found and status == 404 and not isinstance(error, dict):
        return ADDRESS
    return found or _BY_STATUS.get(status, DOWN)


class ModelFault(DeskError):  # noqa: N818
    """The model gave no usable answer; the sentence says what the person can do."""

    def __init__(self, kind: Kind, status: int = 0, said: object = "") -> None:
        super().__init__(kind.sentence)
        self.kind, self.status, self.said = kind, status, said

    @property
    def is_refusal(self) -> bool:
        """Return whether the server refused the request without a reason that is known here."""
        return self.status in (400, 422) and self.kind is REQUEST

    @property
    def may_be_about_tools(self) -> bool:
        """Return whether the server may have refused the tool schemas: plain ones may help."""
        may_be = self.status in (400, 422, 500, 501) and self.kind in (TOOLS, MODEL, DOWN)
        return self.is_refusal or (may_be and bool(_OF_SCHEMAS.search(str(self.said))))
