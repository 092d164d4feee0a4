"""`role`: make somebody a requester, technician or admin from the command line."""

from sqlalchemy import update

from services.entities.person import Person
from services.errors import SetupError
from services.storage.accounts import as_owner


def set_role(database_url: str, email: str, role: str) -> str:
    """Set a person's role with the rights of the database's owner; return a sentence about it."""
    change = update(Person).where(Person.email == email.strip().lower()).values(role=role)
    with as_owner(database_url) as connection:
        name = connection.scalar(change.returning(Person.name))
    if name is None:
        raise SetupError(
            f"Nobody here has the email {email}: people are added when they first ask the desk."
        )
    return f"{name} is a{'n' if role == 'admin' else ''} {role} now."
