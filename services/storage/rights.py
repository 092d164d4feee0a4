"""SQL for migrations: who may read and write the rows of a table, and which changes are recorded.

Old migrations call this too, so the SQL for the same arguments must never change. A new feature
is a new argument whose default adds nothing; tests/rights/test_declarations.py pins the output.
"""

from collections.abc import Mapping

OF_PEOPLE = REQUESTER, STAFF, ADMIN, PEOPLE = "requester", "staff", "admin", "people"
WORKER, CLOCK, SERVICES, IMPORT = "worker", "clock", "services", "import"

ROLES = {
    REQUESTER: "desk_requester",
    STAFF: "desk_technician, desk_admin",
    ADMIN: "desk_admin",
    PEOPLE: "desk_requester, desk_technician, desk_admin",
    WORKER: "desk_worker",
    CLOCK: "desk_clock",
    SERVICES: "desk_worker, desk_clock",
    IMPORT: "desk_import",
}
ME = "(SELECT app.person())"  # in a sub-select it is computed once a query, not once a row
EVERY_ROLE = f"{ROLES[PEOPLE]}, {ROLES[SERVICES]}, {ROLES[IMPORT]}"

Rights = Mapping[str, str | tuple[str, str]]
"""For each role a condition on the row, or the columns it may use and the condition.

`{me}` becomes the person who acts. `{viewer}` becomes the argument that passes the viewer on to a
function such as `app.sees({viewer}'TKT', ticket_id)`.
"""
ON_RECORD = "app.sees_on({viewer}on_kind, on_id)"
"""The condition for notes and the like: the person may read what is attached to the record."""


def secure(
    table: str,
    *,
    read: Rights,
    add: Rights | None = None,
    change: Rights | None = None,
    remove: Rights | None = None,
    record: str = "",
    subject: tuple[str, str] | None = None,
    read_attached: Rights | None = None,
    history: str = "",
    imported: bool = False,
) -> str:
    """Return the SQL that secures a table; Postgres refuses what is not granted here.

    `record`: the prefix of its ids, if its rows are records. `app.sees` then knows the type.
    `subject`: the record that a change of a row belongs to, as its type and the column with its
    id; in tables of notes and the like the type is a column as well. Default: the row itself.
    `read_attached`: who may read notes and tags on such a record. Default: who may read the record.
    `history`: who may read changes of the table: PEOPLE if they may read the subject, or ADMIN.
    Without it, changes are not recorded.
    `imported`: rows may be added by imports.
    """
    commands = {"SELECT": read, "INSERT": add or {}, "UPDATE": change or {}, "DELETE": remove or {}}
    attached = bool(subject and subject[0].islower())
    lines = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"]
    lines += _policies(table, commands, attached)
    if imported:
        lines += _imports(table, bool(record))
    if attached:
        lines.append(
            f"CREATE POLICY on_records ON {table} AS RESTRICTIVE FOR SELECT TO desk_requester"
            " USING (false);"  # app.compile_record_rules fills it in
        )
    if record:
        lines += _rules(table, record, read, read if read_attached is None else read_attached)
    if history:
        lines += _history(table, record, subject or (record, "id"), history, attached)
    lines.append(f"SELECT app.keep_updated_at('{table}');")
    return "\n".join(lines)


def release(table: str) -> str:
    """Return the SQL that reverses `secure`, for the downgrade."""
    return f"""
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
        AND (tablename = '{table}' OR policyname IN ('of_{table}', 'of_{table}_as_staff')) LOOP
        EXECUTE format('DROP POLICY %I ON %I', found.policyname, found.tablename);
    END LOOP;
END $$;
DROP TRIGGER IF EXISTS record_event ON {table};
DROP TRIGGER IF EXISTS keep_updated_at ON {table};
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON {table} FROM {EVERY_ROLE};
DELETE FROM app.record_rules WHERE table_name = '{table}';
SELECT app.compile_record_rules();
"""


def definer(
    signature: str, returns: str, body: str, to: str, kind: str = "LANGUAGE sql STABLE"
) -> str:
    """Return the SQL of a function that runs with the owner's rights; only `to` may call it."""
    grant = f"GRANT EXECUTE ON FUNCTION app.{signature} TO {to};" if to else ""
    return f"""
CREATE FUNCTION app.{signature} RETURNS {returns}
    {kind} SECURITY DEFINER SET search_path = public, pg_temp AS $$
{body.strip()}
$$;
REVOKE ALL ON FUNCTION app.{signature} FROM PUBLIC;
{grant}
"""


def _policies(table: str, commands: Mapping[str, Rights], attached: bool) -> list[str]:
    lines = []
    if any(role in OF_PEOPLE for rights in commands.values() for role in rights):
        lines.append(
            f"CREATE POLICY somebody ON {table} AS RESTRICTIVE FOR ALL TO {ROLES[PEOPLE]}"
            f" USING ({ME} IS NOT NULL);"
        )
    for command, rights in commands.items():
        for role, right in rights.items():
            lines += _right(table, command, role, right, attached)
    return lines


def _right(
    table: str, command: str, role: str, right: str | tuple[str, str], attached: bool
) -> list[str]:
    columns, rule = ("", right) if isinstance(right, str) else (f" ({right[0]})", right[1])
    if attached and (command, role) == ("SELECT", REQUESTER):
        rule = rule.replace(ON_RECORD, "true")  # the policy on_records is faster
    rule = rule.replace("{me}", ME).replace("{viewer}", "")
    clause = "WITH CHECK" if command == "INSERT" else "USING"
    return [
        f"GRANT {command}{columns} ON {table} TO {ROLES[role]};",
        f"CREATE POLICY {command.lower()}_{role} ON {table} FOR {command} TO {ROLES[role]}"
        f" {clause} ({rule});",
    ]


def _imports(table: str, numbered: bool) -> list[str]:
    """Return the SQL of the rights of imports: add rows, and read ids only."""
    lines = [
        f"GRANT INSERT ON {table} TO desk_import;",
        f"CREATE POLICY imports ON {table} FOR ALL TO desk_import USING (true) WITH CHECK (true);",
    ]
    if numbered:
        lines += [
            f"GRANT SELECT (id) ON {table} TO desk_import;",
            f"GRANT UPDATE ON SEQUENCE {table}_id_seq TO desk_import;",
        ]
    return lines


def _rules(table: str, record: str, read: Rights, attached: Rights) -> list[str]:
    seen, seen_on = _by_person(read), _by_person(attached)
    rows = [
        f"('{record}', '{role}', '{table}', $rule${seen.get(role, 'false')}$rule$,"
        f" $rule${seen_on.get(role, 'false')}$rule$)"
        for role in ("requester", "technician", "admin")
    ]
    values = ",\n    ".join(rows)
    return [
        "INSERT INTO app.record_rules (type, role, table_name, sees, sees_on)"
        f" VALUES\n    {values};",
        "SELECT app.compile_record_rules();",
    ]


def _by_person(rights: Rights) -> dict[str, str]:
    """Return the condition for each role of people."""
    return {
        name.removeprefix("desk_"): right if isinstance(right, str) else right[1]
        for role, right in rights.items()
        if role in OF_PEOPLE
        for name in ROLES[role].split(", ")
    }


def _history(
    table: str, record: str, subject: tuple[str, str], readers: str, attached: bool
) -> list[str]:
    kind, column = subject
    arguments = f"'{column}', '{kind}'" if kind else ""
    lines = [
        f"CREATE TRIGGER record_event AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION app.record_event({arguments});"
    ]
    of_subject = "app.sees(subject_type, subject_id)"
    if readers == ADMIN:
        policies = [("", ADMIN, "true")]
    elif attached:
        # Staff also read what became of a note that is gone.
        policies = [
            ("", REQUESTER, f"app.sees('{record}', record_id)"),
            ("_as_staff", STAFF, "app.sees_on(subject_type, subject_id)"),
        ]
    else:
        policies = [("", PEOPLE, of_subject)]
    return lines + [
        f"CREATE POLICY of_{table}{suffix} ON events FOR SELECT TO {ROLES[role]}"
        f" USING (table_name = '{table}' AND {rule});"
        for suffix, role, rule in policies
    ]
