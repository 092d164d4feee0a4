"""Teams come in with their members."""

from tests.importing.bringing import Imports

CONTENT = (
    "Group name,Group description,Members\n"
    "Facilities,Keys and doors,priya.raman@alderway.example; Kenji Watanabe\n"
    "network and connectivity,Cables,kenji.watanabe@alderway.example;nobody@alderway.example\n"
)
MEMBERS = (
    "SELECT people.name FROM team_members JOIN people ON people.id = person_id"
    " JOIN teams ON teams.id = team_id WHERE teams.name = '{}' ORDER BY 1"
)


def test_imported_teams_are_matched_by_name_and_get_their_members(imports: Imports) -> None:
    dry = imports.counts(CONTENT, dry_run=True)
    assert imports.counts(CONTENT) == dry == {"created": 1, "changed": 1}
    assert imports.rows(MEMBERS.format("Facilities")) == [("Kenji Watanabe",), ("Priya Raman",)]
    assert ("Kenji Watanabe",) in imports.rows(MEMBERS.format("network and connectivity"))
    assert (
        imports.lines[1].count("member “nobody@alderway.example” is not known here: left out") == 1
    )
    assert imports.counts(CONTENT) == {"unchanged": 2}


def test_import_does_not_bring_back_a_removed_team_member(imports: Imports) -> None:
    imports.bring(CONTENT)
    imports.change("DELETE FROM team_members WHERE person_id = 5")
    assert imports.counts(CONTENT) == {"unchanged": 2}
    assert imports.rows(MEMBERS.format("Facilities")) == [("Kenji Watanabe",)]


def test_team_exported_by_another_desk_with_a_used_id_is_added_as_new(imports: Imports) -> None:
    content = "id,name,created_at\nTEAM-1,Facilities,2020-01-01T00:00:00+00:00\n"
    assert imports.counts(content, kind="teams") == {"created": 1}
    assert imports.counts(content, kind="teams") == {"unchanged": 1}
    assert imports.one("SELECT id > 1, description FROM teams WHERE name = 'Facilities'") == (
        True,
        "",
    )


def test_import_does_not_overwrite_a_team_description_written_at_the_desk(imports: Imports) -> None:
    imports.change("UPDATE teams SET description = 'Ours' WHERE id = 2")
    imports.bring(CONTENT)
    assert imports.one("SELECT description FROM teams WHERE id = 2") == ("Ours",)
    assert 'Description stays "Ours"' in imports.lines[1]
