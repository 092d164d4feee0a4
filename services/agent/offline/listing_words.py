"""Words in sentences that ask for a list: fillers, and words that are never searched for."""

_SAY_NOTHING = (
    "show list display give tell get see find fetch pull look up search view me us the a an of"
    " which what what's whats who who's whos is are there do does did we you have has having had"
    " with that in on at for and or by from some our can could please many how number count total"
    " currently now right was were be been any all each anything everything every sorted order"
    " first it they them these those to not yet still overall need i i'm am out listed run"
    " runs running inventory remind ones one's"
)
FILLERS = frozenset(_SAY_NOTHING.split())
_OF_OTHER_REQUESTS = (
    "delete remove drop create make close cancel merge link add change move send print restart"
    " reboot install reset fix help buy order want need assign give hand take put set mark update"
    " broken slow stuck crashes crash doesn't won't can't cannot isn't wrong flickers lost stolen"
    " working works work returned overdue late breached export csv download average call fewest"
)
_OF_QUESTIONS = (
    "when will would should must why where how much old else anyone anybody someone somebody about"
    " being also if than then because most least closed opened fixed handled happened else only but"
    " my he she his her your yours you're i've i'd i'll we're we've don't didn't hasn't haven't"
)
NO_SEARCH_WORDS = frozenset([*_OF_OTHER_REQUESTS.split(), *_OF_QUESTIONS.split()])
"""Words that are never searched for: if one remains, the sentence is not understood."""
