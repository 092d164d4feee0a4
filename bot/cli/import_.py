"""`import`: bring in the records of another system."""

from collections.abc import Callable

from services.importing.plan import Verb
from services.importing.run import Request, Summary, run_import

Say = Callable[[str], None]


def import_file(database_url: str, request: Request, say: Say, progress: Say) -> str:
    """Import the file, row by row, and return what became of it altogether."""
    return _told(request, run_import(database_url, request, say, progress))


def _told(request: Request, summary: Summary) -> str:
    verbs: tuple[Verb, ...] = ("created", "changed", "unchanged", "refused")
    counts = ", ".join(f"{summary.counts[verb]:,} {verb}" for verb in verbs)
    lines = [f"{summary.layout.kind.name.capitalize()}: {counts}."]
    if unused := summary.layout.unused:
        lines.append(f"Columns without a place here: {', '.join(unused)}.")
    if request.dry_run:
        lines.append("Nothing is written yet. To write it, leave out --dry-run.")
    if summary.refused:
        lines.append(f"The refused rows are in {summary.refused}: mend and import that file.")
    return "\n".join(lines)
