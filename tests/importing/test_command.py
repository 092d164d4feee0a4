"""The output of the commands `import` and `export`, and what they refuse."""

import csv
import os
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.cli.export import export_file
from bot.cli.import_ import import_file
from services.errors import DeskError, SetupError
from services.importing.run import Request
from services.storage.backup import backup, restore
from services.storage.database import import_of
from tests.importing.bringing import Imports

CONTENT = "Asset Tag,Name,Type,Colour\nA-1,LT-1,Laptop,red\nA-2,LT-2,Sled,blue\n"


def run(imports: Imports, **how: bool) -> str:
    place = imports.folder / "file.csv"
    place.write_text(CONTENT)
    return import_file(imports.url, Request(place, **how), imports.lines.append, print)


def test_import_prints_counts_unknown_values_and_the_file_of_refused_rows(imports: Imports) -> None:
    assert run(imports).splitlines() == [
        "Machines: 1 created, 0 changed, 0 unchanged, 1 refused.",
        "Columns of the file that were left out, as I don't know their names: Colour."
        " A mapping file can say where they belong.",
        "Words that I don't know. Say what they mean in a mapping file:",
        "[values.type]",
        '"Sled" = ""  # 1 row',
        f"The refused rows are in {imports.folder}/file.csv.refused.csv:"
        " correct and import that file.",
    ]


def test_dry_run_ends_with_a_note_that_nothing_is_written(imports: Imports) -> None:
    assert run(imports, dry_run=True).endswith("To write it, leave out --dry-run.")


def test_two_imports_at_once_are_refused(imports: Imports) -> None:
    with import_of(imports.url, "other.csv"), pytest.raises(DeskError, match="Another import"):
        run(imports)


def test_export_command_writes_a_file_and_says_how_many_records_it_has(imports: Imports) -> None:
    place = imports.folder / "people.csv"
    assert export_file(imports.url, "people", place).startswith(f"Exported 25 people to {place}.")
    assert len(list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))) == 25


def test_export_command_explains_that_the_folder_is_absent(imports: Imports) -> None:
    with pytest.raises(DeskError, match=r"No such file or directory\): choose a folder"):
        export_file(imports.url, "people", Path("/nowhere/people.csv"))


def test_failed_export_leaves_no_draft_behind(imports: Imports) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    with pytest.raises(OperationalError):
        export_file(nowhere, "people", imports.folder / "people")
    assert list(imports.folder.iterdir()) == []


def test_export_to_what_is_no_ordinary_file_leaves_it_as_it_is(imports: Imports) -> None:
    pipe = imports.folder / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, imports.folder, Path(), Path("/")):
        with pytest.raises(SetupError, match=r"no ordinary file: .* leave it out to print"):
            export_file(imports.url, "people", place)
    assert pipe.is_fifo()
    assert list(imports.folder.iterdir()) == [pipe]


def test_export_follows_a_symbolic_link(imports: Imports) -> None:
    link, target = imports.folder / "link.csv", imports.folder / "target.csv"
    link.symlink_to(target)
    export_file(imports.url, "people", link)
    assert link.readlink() == target
    assert target.read_text(encoding="utf-8").count("@") >= 25


def test_name_that_is_too_long_for_a_file_is_refused_in_one_sentence(imports: Imports) -> None:
    long = imports.folder / ("a" * 300)
    with pytest.raises(SetupError, match=r"\(File name too long\): "):
        export_file(imports.url, "people", long)
    with pytest.raises(SetupError, match=r"\(File name too long\): "):
        backup(imports.url, long)
    with pytest.raises(SetupError, match="There is no file"):
        restore(imports.url, long)
