"""`import`: bring in the records of another system."""

from collections.abc import Iterator

from services.importing.outcome import Verb
from services.importing.run import Request, Say, Summary, run_import

MOST_WORDS = 30
"""The maximum number of unknown words that the beginning of a mapping file lists."""


def import_file(database_url: str, request: Request, say: Say, progress: Say) -> str:
    """Import the file row by row, and return a summary as text."""
    return _as_text(request, run_import(database_url, request, say, progress))


def _as_text(request: Request, summary: Summary) -> str:
    verbs: tuple[Verb, ...] = ("created", "changed", "unchanged", "refused")
    counts = ", ".join(f"{summary.counts[verb]:,} {verb}" for verb in verbs)
    lines = [f"{summary.layout.kind.name.capitalize()}: {counts}."]
    if unused := summary.layout.unused:
        names = ", ".join(dict.fromkeys(unused))
        left_out = f"Columns of the file that were left out, as I don't know their names: {names}."
        lines.append(f"{left_out} A mapping file can say where they belong.")
    lines += summary.remarks
    if summary.unknown_words:
        lines += [
            "Words that I don't know. Say what they mean in a mapping file:",
            *_mapping_lines(summary),
        ]
    if request.dry_run:
        lines.append("Nothing is written yet. To write it, leave out --dry-run.")
    if summary.refused:
        lines.append(f"The refused rows are in {summary.refused}: correct and import that file.")
    return "\n".join(lines)


def _mapping_lines(summary: Summary) -> Iterator[str]:
    """Yield the beginning of a mapping file: the words of the imported file that are unknown here.

    An admin writes the desk's value for each word between the empty quotation marks.
    """
    frequent = summary.unknown_words.most_common(MOST_WORDS)
    for column in dict.fromkeys(column for (column, _), _ in frequent):
        yield f"[values.{column}]"
        for (of_column, word), rows in frequent:
            if of_column == column:
                yield f'"{word}" = ""  # {rows:,} row{"" if rows == 1 else "s"}'
