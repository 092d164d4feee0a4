"""Define how stored text and searches are split into words."""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"

# Folds case in every script. The database's own locale may fold ASCII alone, or as Turks do, so the
# first of these that the server has is named.
FOLDING = text("""
    SELECT quote_ident(collname)
    FROM unnest(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'en_US.utf8', 'default'])
        WITH ORDINALITY known(name, place) JOIN pg_collation ON collname = name
    WHERE collencoding IN (-1, pg_char_to_encoding('UTF8')) ORDER BY place LIMIT 1
""")
# What is written on a letter but folds away, and what is not seen at all: accents, vowel points of
# Hebrew and Arabic, soft hyphens, zero-width characters, variation selectors.
_MARKS = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    r"\u06ea-\u06ed\u115f\u1160\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff"
)
# Punctuation, symbols, private use and white space but for the blank itself, after NFKC.
_BLANKS = (
    r"\u0001-\u001f\u0021-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u02b9-\u02ff\u0375\u037e\u0384\u0385\u0387\u03f6\u0482\u055a-\u055f\u0589-\u058f\u05be"
    r"\u05c0\u05c3\u05c6\u05f3\u05f4\u0600-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u06dd\u06de"
    r"\u06e9\u06fd\u06fe\u0700-\u070d\u07f6-\u07f9\u0964\u0965\u0970\u09f2\u09f3\u09fa\u09fb"
    r"\u0af0\u0af1\u0b70\u0bf3-\u0bfa\u0d4f\u0d79\u0df4\u0e3f\u0e4f\u0e5a\u0e5b\u0f01-\u0f17"
    r"\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fda\u104a-\u104f\u109e\u109f"
    r"\u10fb\u1360-\u1368\u1390-\u1399\u1400\u166d\u166e\u1680\u169b\u169c\u16eb-\u16ed\u1735\u1736"
    r"\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u1940-\u1945\u19de-\u19ff\u1fbd-\u1fc1"
    r"\u1fcd-\u1fcf\u1fdd-\u1fdf\u1fed-\u1fef\u1ffd-\u200a\u2010-\u2029\u202f-\u205f"
    r"\u2070-\u20c0\u2100-\u214d\u218a-\u2bff\u2ce5-\u2cea\u2cf9-\u2cff\u2e00-\u2e2e"
    r"\u2e30-\u3004\u3008-\u3020\u3030\u3036\u3037\u303d-\u303f\u309b\u309c\u30a0\u30fb"
    r"\u3190-\u319f\u31c0-\u31ef\u3200-\u33ff\u4dc0-\u4dff\ua490-\ua4c6\ue000-\uf8ff"
    r"\ufd3e-\ufd4f\ufdfc-\ufdff\ufe10-\ufe19\ufe30-\ufe6f\uffe0-\uffff"
    r"\U0001d000-\U0001d1ff\U0001f000-\U0001fbcf\U000f0000-\U0010ffff"
)
# Scripts that put no blanks between words: Thai, Lao, Myanmar, Khmer, Chinese, Japanese; and
# Korean, which glues endings to them.
_UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0eff\u1000-\u109d\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007"
    r"\u3031-\u3035\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u318f\u31a0-\u31bf"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7af\uf900-\ufaff"
    r"\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# Letters that have no accent to take off, Arabic letters that Persian writes otherwise, digits,
# and the apostrophes and hyphens that join words.
_ALIKE = (
    "øłđðħŧıςيىك٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹’‘ʼʻ′‐",
    "oldd" + "htiσییک" + "01234567890123456789" + "'''''-",
)

IMMUTABLE = "LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE"

FOLDED = rf"""
-- Without case, accents and whatever is not seen; punctuation stays.
CREATE FUNCTION app.folded(value text) RETURNS text {IMMUTABLE} AS $$
BEGIN
    IF octet_length(value) = length(value) THEN
        value := lower(value COLLATE "C");
    ELSE
        value := regexp_replace(normalize(value, NFKD), '[{_MARKS}]+', '', 'g');
        value := lower(normalize(value, NFC) COLLATE {{folding}});
        value := translate(value, '{_ALIKE[0]}', $to${_ALIKE[1]}$to$);
        value := replace(replace(value, 'ß', 'ss'), 'þ', 'th');
        value := replace(replace(value, 'æ', 'ae'), 'œ', 'oe');
    END IF;
    RETURN CASE WHEN strpos(value, '''s') = 0 THEN value  -- Priya's
        ELSE regexp_replace(value, '''s(?=[^a-z0-9]|$)', '', 'g') END;
END $$;
"""

WORDS = rf"""
-- Blanks instead of whatever stands between the words of a text that `folded` has returned.
CREATE FUNCTION app.spaced(value text) RETURNS text {IMMUTABLE} AS $$
BEGIN
    RETURN regexp_replace(value, CASE WHEN octet_length(value) = length(value)
        THEN '[^a-z0-9 ]+' ELSE '[{_BLANKS}]+' END, ' ', 'g');
END $$;

-- The words of a text between blanks: hosts, addresses and the like by their parts and whole.
CREATE FUNCTION app.words(value text) RETURNS text {IMMUTABLE} AS $$
DECLARE
    letter text;
    joined text;
BEGIN
    value := app.folded(value);
    IF value ~ '[^ ][-_.@''][^ ]' THEN
        letter := CASE WHEN octet_length(value) = length(value) THEN '[a-z0-9]'
            ELSE '[^ {_BLANKS}]' END;
        joined := (SELECT string_agg(DISTINCT translate(m[1], '-_.@''', ''), ' ') || ' ' FROM
            regexp_matches(value, '(' || letter || '+(?:[-_.@'']' || letter || '+)+)', 'g') m);
    END IF;
    RETURN concat(' ', app.spaced(value), ' ', joined);
END $$;

-- Words for full text: those of scripts without blanks as pairs of characters, at each place.
CREATE FUNCTION app.pairs(words text) RETURNS text {IMMUTABLE} AS $$
DECLARE
    runs text;
    shifted text;
BEGIN
    IF octet_length(words) = length(words) OR words !~ '[{_UNSPACED}]' THEN RETURN words; END IF;
    runs := regexp_replace(words, '([{_UNSPACED}]+)', ' \1 ', 'g');
    shifted := regexp_replace(regexp_replace(runs, '[^ {_UNSPACED}]+', '', 'g'),
        ' [{_UNSPACED}]', ' ', 'g');
    RETURN regexp_replace(runs || ' ' || shifted, '([{_UNSPACED}][{_UNSPACED}])', '\1 ', 'g');
END $$;

CREATE FUNCTION app.document(value text) RETURNS tsvector {IMMUTABLE} AS $$
BEGIN
    RETURN to_tsvector('public.desk', app.pairs(app.words(value)));
END $$;

-- Each word with the words that it becomes when one letter is left out. Two words that differ by
-- one slip (a letter wrong, missing or doubled, two swapped) have one of these in common.
CREATE FUNCTION app.spellings(words text) RETURNS text[] {IMMUTABLE} AS $$
DECLARE
    word text;
    made text[] := '{{}}';
BEGIN
    FOREACH word IN ARRAY string_to_array(words, ' ') LOOP
        IF length(word) BETWEEN 4 AND 40 OR (length(word) = 3 AND word !~ '[0-9]') THEN
            FOR place IN 0 .. length(word) LOOP  -- from 0: the word itself
                made := made || (left(word, greatest(place - 1, 0)) || substr(word, place + 1));
            END LOOP;
        END IF;
    END LOOP;
    RETURN made;
END $$;
"""

QUESTION = rf"""
-- The pieces of a question: words or "several words" as written, excluded by a minus before them.
CREATE FUNCTION app.pieces(question text, OUT excluded boolean, OUT words text)
    RETURNS SETOF record LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT m[1] LIKE '-_%', found
    FROM regexp_matches(translate(question, '“”„‟«»″＂', repeat('"', 8)),
            '(-?"[^"]+"|\S+)', 'g') m,
        btrim(regexp_replace(app.spaced(app.folded(m[1])), ' +', ' ', 'g')) found
    WHERE found <> ''
$$;

-- The condition of full text for a question. A piece with punctuation in it is a phrase.
CREATE FUNCTION app.question(question text) RETURNS tsquery {IMMUTABLE} AS $$
DECLARE
    condition tsquery;
    wanted tsquery;
    next record;
BEGIN
    FOR next IN SELECT * FROM app.pieces(question) LOOP
        IF next.words ~ '[{_UNSPACED}]' THEN
            wanted := to_tsquery('public.desk', (SELECT string_agg(word || ':*', ' & ')
                FROM unnest(string_to_array(app.pairs(next.words), ' ')) word WHERE word <> ''));
        ELSE
            wanted := phraseto_tsquery('public.desk', next.words);
            IF next.words LIKE '% %' THEN
                wanted := wanted || plainto_tsquery('public.desk', replace(next.words, ' ', ''));
            END IF;
        END IF;
        wanted := CASE WHEN next.excluded THEN !!wanted ELSE wanted END;
        condition := coalesce(condition && wanted, wanted);
    END LOOP;
    RETURN condition;
END $$;

-- The ways to read a question as words: as they are, without what joins them, all as one.
CREATE FUNCTION app.readings(question text) RETURNS text[] {IMMUTABLE} AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT reading FROM (
        SELECT string_agg(words, ' ') AS apart, string_agg(replace(words, ' ', ''), ' ') AS joined
        FROM app.pieces(question) WHERE NOT excluded) pieces,
        unnest(ARRAY[apart, joined, replace(apart, ' ', '')]) reading WHERE reading IS NOT NULL);
END $$;
"""

MAPPING = (
    "ALTER TEXT SEARCH CONFIGURATION public.desk ALTER MAPPING FOR hword, hword_part, word WITH"
)


def upgrade() -> None:
    op.execute(f"{MAPPING} english_stem")
    folding = op.get_bind().scalar(FOLDING)
    for statement in (FOLDED.replace("{folding}", folding), WORDS, QUESTION):
        op.execute(statement)


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION app.readings, app.question, app.pieces, app.spellings, app.document,"
        " app.pairs, app.words, app.spaced, app.folded"
    )
    op.execute(f"{MAPPING} public.unaccent, english_stem")
