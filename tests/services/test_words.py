"""Words are the same however they are written, stored or typed, in databases of every locale."""

import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from tests.fixtures import copied
from tests.services.phrases import GLUED, NONSENSE

WORDS = text("SELECT app.words(:text)")
FITS = text("SELECT coalesce(app.document(:stored) @@ app.question(:asked), false)")

MANY = text("""
    INSERT INTO people (name, email) VALUES ('Ann', 'ann@desk.example');
    INSERT INTO tickets (id, requester_id, name) SELECT 1000 * number, currval('people_id_seq'),
        CASE WHEN number < 6000 OR number % 200 = 0 THEN 'Quokka' ELSE 'Paper' END
        FROM generate_series(1, 7000) number;
    ANALYZE tickets;
""")
NEWEST = text("SELECT id FROM app.newest('tickets', :condition, '0', :most, :blocks) ORDER BY id")

# One that knows no letters but those of ASCII, and one of the system that knows all.
LOCALES = """
SELECT 'LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C'' LOCALE ''C'''
UNION (SELECT format('LOCALE_PROVIDER libc LOCALE %L', collcollate) FROM pg_collation
       WHERE collprovider = 'c' AND collencoding = pg_char_to_encoding('UTF8')
       ORDER BY collname DESC LIMIT 1)
"""


@pytest.fixture(scope="module")
def words(server: str, template: str) -> Iterator[Connection]:
    with copied(server, template, "words") as url:
        engine = create_engine(owner_url(url))
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (("José", "JOSE\u0301", "jose", "ｊｏｓé", "Jo\u00adsé", "jo\u200bse\ufeff"), "jose"),
        (("Straße", "STRASSE", "strasse"), "strasse"),
        (("Ørsted", "ørsted", "ORSTED"), "orsted"),
        (("İzmir", "IZMIR", "ızmır"), "izmir"),
        (("Ёлка", "елка", "ЁЛКА"), "елка"),
        (("Σωτήρης", "ΣΩΤΗΡΗΣ"), "σωτηρησ"),
        (("مُحَمَّد", "محمد"), "محمد"),
        (("プリンタ", "ﾌﾟﾘﾝﾀ"), "プリンタ"),
        (("٣٤", "34", "３４"), "34"),
        (("ﬁle ²", "file 2"), "file 2"),
        (("PF-3X9K", "pf\u20113x9k,", "(PF‐3X9K)"), "pf 3x9k pf3x9k"),
        (("Priya’s", "Priya's", "priya"), "priya"),
        (("a.b@c.example", "<mailto:a.b@c.example>"[8:-1]), "a b c example abcexample"),
    ],
)
def test_spellings_of_one_word_are_equal_in_searches(
    words: Connection, spellings: tuple[str, ...], expected: str
) -> None:
    found = [str(words.scalar(WORDS, {"text": each})).split() for each in spellings]
    assert found == [expected.split()] * len(spellings)


def separates(character: str) -> bool:
    """Return whether a character separates words, by the oldest and the newest tables of Unicode.

    Letters that look like symbols count as letters, and so do the sound marks of Japanese.
    """
    tables = (unicodedata.ucd_3_2_0, unicodedata)
    plain = unicodedata.normalize("NFKD", character)
    letters = any(unicodedata.category(each)[0] in "LN" for each in plain)
    return (
        all(table.category(character)[0] in "PSZ" for table in tables)
        and not letters
        and character not in "\u309b\u309c"
    )


def test_unicode_punctuation_symbols_and_spaces_separate_words_in_searches(
    words: Connection,
) -> None:
    likely = (c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c)[0] in "PSZ")
    characters = [character for character in likely if separates(character)]
    assert len(characters) > 2_000
    split = "SELECT c FROM unnest(CAST(:all AS text[])) c WHERE app.words('ab' || c || 'cd')"
    glued = words.scalars(text(f"{split} NOT LIKE ' ab cd %'"), {"all": characters})
    assert glued.all() == []


# No word of these is one that English full text leaves out.
LETTERS = st.text("bcxzñжшωλ漢字のทम", min_size=1, max_size=8)
GLUE = st.sampled_from(
    [*" .,;:!?()[]{}<>«»„“”‚’…–—·•→*/\\|#%&+=~^°§¡¿。、「」，！？״،؛।", "\n", "\u00a0"]
)


@given(st.lists(st.tuples(LETTERS, GLUE), min_size=1, max_size=6), st.data())
def test_search_finds_a_word_whatever_punctuation_touches_it(
    words: Connection, pieces: list[tuple[str, str]], data: st.DataObject
) -> None:
    stored = "".join(word + glue for word, glue in pieces)
    asked = data.draw(st.sampled_from(pieces))[0]
    assert words.scalar(FITS, {"stored": stored, "asked": asked}), (stored, asked)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_any_text_can_be_searched_for_without_an_error(words: Connection, asked: str) -> None:
    words.scalar(FITS, {"stored": asked, "asked": asked})
    words.execute(text("SELECT app.spellings(app.words(:asked))"), {"asked": asked})


SHORT = st.text("abcñ", min_size=3, max_size=6)


@given(SHORT, SHORT)
def test_search_tolerates_one_letter_wrong_missing_or_doubled_or_two_swapped(
    words: Connection, word: str, typed: str
) -> None:
    slips = text(
        "SELECT app.one_slip(:word, :typed), app.spellings(:word) && app.spellings(:typed)"
    )
    one_slip, candidate = words.execute(slips, {"word": word, "typed": typed}).one()
    assert one_slip == (OSA.distance(word, typed) <= 1)
    assert candidate or not one_slip


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("most", [1, 5, 300, 2_000, 10_000])
def test_search_finds_the_newest_matches_wherever_their_rows_are_stored(
    words: Connection, most: int, blocks: bool
) -> None:
    numbers = [number for number in range(1, 7_001) if number < 6_000 or number % 200 == 0]
    with words.begin_nested() as filled:
        words.execute(MANY)
        given = {"condition": "search @@ 'quokka'", "most": most, "blocks": blocks}
        found = words.scalars(NEWEST, given).all()
        filled.rollback()
    assert found == [1_000 * number for number in numbers[-most:]]


def test_search_finds_words_in_databases_of_every_locale(server: str) -> None:
    owner = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    url = make_url(server).set(database="foreign_locale")
    with owner.connect() as connection:
        for locale in connection.scalars(text(LOCALES)).all():
            connection.execute(text(f"CREATE DATABASE foreign_locale TEMPLATE template0 {locale}"))
            migrate(url.render_as_string(hide_password=False))
            found = create_engine(owner_url(str(url)), poolclass=NullPool)
            with found.begin() as desk:
                assert_found(desk, locale)
            connection.execute(text("DROP DATABASE foreign_locale WITH (FORCE)"))
    owner.dispose()


def assert_found(desk: Connection, locale: str) -> None:
    desk.execute(text("INSERT INTO people (name, email) VALUES ('Ann', 'ann@desk.example')"))
    added = text("INSERT INTO tickets (requester_id, name) VALUES (1, :name)")
    desk.execute(added, [{"name": stored} for stored, _ in GLUED])
    desk.execute(text("SET LOCAL ROLE desk_technician"))
    desk.execute(text("SELECT set_config('app.person', '1', true)"))
    found = text("SELECT t.name FROM app.found('TKT', :asked) JOIN tickets t USING (id)")
    for stored, asked in GLUED:
        assert stored in desk.scalars(found, {"asked": asked}).all(), (locale, asked)
    for asked in NONSENSE:
        assert desk.scalars(found, {"asked": asked}).all() == [], (locale, asked)
