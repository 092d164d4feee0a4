"""Answers to greetings, thanks, and questions about the desk itself."""

from services.agent.offline.words import compiled

THANKS = "You're welcome."
FINE = "All right."
GREETING = (
    "Hello! I am the IT service desk. Tell me what does not work, or ask about tickets, machines"
    " and people.\n\nPress a button, or say “my tickets” or “my machines”. “help” lists what I"
    " understand."
)
BYE = "Bye!"
WHO_I_AM = (
    "I am the IT service desk. Built-in rules answer here, no person and no language model: I find"
    " and change tickets and machines. “help” lists what I understand."
)
A_PERSON = (
    "People read every ticket. Say “open a ticket: ” and what you need, and a technician gets back"
    " to you."
)
_SAID = compiled(
    (
        r"(?:vielen |besten |muchas )?(?:danke?|merci|gracias|grazie|obrigad[oa]|tack|dzięki"
        r"|ty|tx)(?: (?:dir|euch|ihnen|schön|sehr|beaucoup|mille))?\W*"
        r"|\A(?=.*\b(?:thanks?|thx|cheers|great|perfect|cool|nice|super|good)\b)(?!good (?:morn"
        r"|after|even|day|night|bye))(?:(?:many|thanks?|you|thx|cheers|great|perfect|cool|nice"
        r"|super|so|much|very|a|lot|for|your|the|help|that|this|works|again|all|ok|okay|it|good"
        r"|job|that's|is|for now|bye)\b\W*)+",
        THANKS,
    ),
    (
        r"(?:(?:no|nope|nah|never ?mind|forget (?:it|that)|all good|no worries|ok|okay|fine"
        r"|got it|will do|it'?s (?:ok|fine|solved|fixed|working)|(?:it |that )?works"
        r"|(?:no )?thanks?|again|now|already|by itself|myself)\b[\s,.!]*)+",
        FINE,
    ),
    (
        r"(?:moin|servus|hallo|guten (?:morgen|tag|abend)|bonjour|hola)\W*"
        r"|(?:good )?(?:morning|afternoon|evening|day)(?: (?:all|everyone|team))?"
        r"|how are you(?: \w+){0,2}",
        GREETING,
    ),
    (r"(?:bye|goodbye|good night|ciao)(?: \w+)?|see you(?: \w+){0,2}", BYE),
    (
        r"(?:who|what) are you(?: \w+){0,3}|(?:are|r) you (?:an? )?(?:bot|human|real|ai|robot"
        r"|person)|what(?:'s| is) your name",
        WHO_I_AM,
    ),
    (
        r"(?:human|operator|support)|who can help(?: me| us)?"
        r"|(?:(?:please |can you )?(?:get|put|connect) me (?:in touch |through )?|(?:i )?"
        r"(?:(?:want|need) to )?(?:talk|speak|chat) )(?:to|with) (?:an? |the )?"
        r"(?:real |live )?(?:person|human|technician|agent|somebody|someone|it|support"
        r"|service desk)(?: (?:from|in|at) (?:the )?(?:it|support|service desk|helpdesk)"
        r"(?: team)?)?",
        A_PERSON,
    ),
)


def small_talk(words: str) -> str:
    """Return the answer to small talk; empty if the words are no small talk."""
    return next((answer for said, answer in _SAID if said.fullmatch(words)), "")
