"""Import a text as a file, and read the outcome."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.importing.outcome import Verb
from services.importing.run import Request, Summary, run_import


@dataclass
class Imports:
    """Imports files into the test's own database."""

    url: str
    owner: Engine
    folder: Path
    lines: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)

    def bring(
        self,
        content: str | bytes,
        name: str = "file.csv",
        *,
        mapping: str = "",
        kind: str | None = None,
        dry_run: bool = False,
        fewer: bool = False,
    ) -> Summary:
        """Import the content as a file of this name; the report's lines are then in `lines`."""
        place = self.folder / name
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        said = None
        if mapping:
            said = self.folder / "mapping.toml"
            said.write_text(mapping)
        self.lines.clear()
        request = Request(place, kind, said, dry_run, fewer)
        return run_import(self.url, request, self.lines.append, self.progress.append)

    def counts(self, content: str | bytes, *args: str, **how: object) -> dict[Verb, int]:
        """Import the file, and return how many rows were created, changed and so on."""
        return dict(self.bring(content, *args, **how).counts)  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def one(self, query: str) -> tuple[object, ...]:
        [row] = self.rows(query)
        return row

    def change(self, statement: str) -> None:
        """Run a change that counts as Daniel's, made on the web."""
        with self.owner.begin() as connection:
            connection.execute(text("SELECT set_config('app.person', '6', true)"))
            connection.execute(text("SELECT set_config('app.surface', 'web', true)"))
            connection.execute(text(statement))

    def end_others(self) -> None:
        """Wait until the server has noticed that a killed process is gone."""
        query = (
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        self.rows(query)


@pytest.fixture
def imports(fresh_database: str, owner: Engine, tmp_path: Path) -> Imports:
    return Imports(fresh_database, owner, tmp_path)
