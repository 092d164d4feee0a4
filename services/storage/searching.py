"""SQL for migrations: the columns in which the records of a table are searched.

As with `secure`, old migrations depend on what this returns for the same arguments.
"""

from collections.abc import Mapping

_MADE = {
    "words": ("text", "app.words({})", "(words gin_trgm_ops)"),
    "spellings": ("text[]", "app.spellings(app.words({}))", "(spellings)"),
    "search": ("tsvector", "{}", "(search) WITH (fastupdate = off)"),
}
"""The generated columns of search: type, expression and index of each.

With `fastupdate = off`, full text search stays fast after many writes. The other two indexes keep
`fastupdate`: they have about a hundred entries a row, and writes would take four times as long.
"""


def searchable(
    table: str,
    record: str,
    *,
    names: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
    document: tuple[str, ...] = (),
    related: Mapping[str, str] | None = None,
    blocks: bool = False,
) -> str:
    """Return the SQL that lets `app.found` find the records of a table.

    `names`: columns that match by parts of words, also misspelt, the title first.
    `words`: other short columns that match by parts of words; only together with `names` or
    `document`.
    `document`: long texts, the most important first, that match by whole words or their beginnings.
    `related`: by column, the table of the record it refers to, whose names match too.
    `blocks`: the index of `document` also has the block of each id (`app.block_of`).
    To search other columns, call it again: it replaces the generated columns.
    """
    weighted = zip(document, "ABCD", strict=False)
    sources = {
        "words": _joined(*names, *words, *_unspaced(names)),
        "spellings": _joined(*names, *_unspaced(names)),
        "search": " || ".join(
            [f"setweight(app.document({name}), '{weight}')" for name, weight in weighted]
            + ["app.block_of(id)"] * blocks
        ),
    }
    made = [name for name, source in sources.items() if source]
    dropped = ", ".join(f"DROP COLUMN IF EXISTS {name}" for name in _MADE)
    added = ", ".join(_column(name, sources[name]) for name in made)
    title = "words" if "words" in made else "''"
    pairs = ", ".join(f"'{column} {target}'" for column, target in (related or {}).items())
    entry = f"'{record}', '{table}', {'search' in made}, $${title}$$, ARRAY[{pairs}]::text[]"
    return "\n".join(
        [
            f"ALTER TABLE {table} {dropped};",
            f"ALTER TABLE {table} {added};",
            *(_index(table, name) for name in made),
            f"DELETE FROM app.searched WHERE type = '{record}';",  # noqa: S608
            f"INSERT INTO app.searched VALUES ({entry});",  # noqa: S608
        ]
    )


def _joined(*columns: str) -> str:
    return " || ' ' || ".join(columns)


def _unspaced(names: tuple[str, ...]) -> list[str]:
    """Return the SQL of the title without spaces, so that “maryann” finds Mary Ann."""
    return [f"replace({title}, ' ', '')" for title in names[:1]]


def _column(name: str, source: str) -> str:
    kind, expression, _ = _MADE[name]
    return f"ADD {name} {kind} NOT NULL GENERATED ALWAYS AS ({expression.format(source)}) STORED"


def _index(table: str, name: str) -> str:
    index = _MADE[name][2]
    return f"CREATE INDEX {table}_{name} ON {table} USING gin {index};"
