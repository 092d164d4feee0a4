"""People, machines and teams are found although a word was mistyped."""

from random import Random

import pytest
from sqlalchemy import Engine, text

from services.entities.finding import find_best
from services.entities.registry import ENTITY_TYPES
from tests.fixtures import DANIEL
from tests.services.phrases import NONSENSE
from tests.stories.telling import ActingAs

FIRST = 5
SLIPS = 150
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"

NAMES = """
SELECT 'USR-' || id, name FROM people WHERE active
UNION ALL SELECT 'TEAM-' || id, name FROM teams
UNION ALL SELECT 'MAC-' || id, name FROM machines
UNION ALL SELECT 'MAC-' || id, serial_number FROM machines WHERE length(serial_number) > 4
"""


def slip(random: Random, word: str) -> str:
    """Return the word with two letters swapped, one wrong, one missing or one doubled."""
    place = random.randrange(len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    wrong = random.choice([each for each in ALPHABET if each != letter.lower()])
    kinds = [before + wrong + after, before + after, before + letter + letter + after]
    if after and after[0] != letter:
        kinds.append(before + after[0] + letter + after[1:])
    return random.choice(kinds)


def mistyped(random: Random, name: str) -> str:
    """Return the name with a slip in its longest word, or in two of its words."""
    words = name.split()
    for number in random.sample(range(len(words)), random.randint(1, min(2, len(words)))):
        if len(words[number]) > 4:
            words[number] = slip(random, words[number])
    return " ".join(words)


@pytest.mark.parametrize("seed", [1, 2])
async def test_record_whose_name_is_mistyped_is_among_the_first_results(
    acting_as: ActingAs, owner: Engine, seed: int
) -> None:
    random = Random(seed)
    with owner.connect() as connection:
        names = [(key, name) for key, name in connection.execute(text(NAMES)) if len(name) > 4]
    taken = {name.lower() for _, name in names}
    missed, tried = [], 0
    async with acting_as(DANIEL) as ctx:
        for key, name in random.choices(names, k=SLIPS):
            typed = mistyped(random, name)
            if typed.lower() in taken:  # it is or became somebody's name
                continue
            tried += 1
            found, _ = await find_best(ctx, ENTITY_TYPES[key.split("-")[0]], typed, FIRST)
            if key not in [record.key for record in found]:
                missed.append((name, typed, [record.title for record in found]))
    assert tried > SLIPS / 2
    assert len(missed) <= tried * 0.05, missed


async def test_search_for_nonsense_finds_no_person(acting_as: ActingAs) -> None:
    random = Random(1)
    made = ["".join(random.choices("bcdfghjklmnpqrstvwxz", k=9)) for _ in range(10)]
    async with acting_as(DANIEL) as ctx:
        for kind in ENTITY_TYPES.values():
            for words in (*NONSENSE, *made):
                assert await find_best(ctx, kind, words, FIRST) == ([], 0), (kind, words)
