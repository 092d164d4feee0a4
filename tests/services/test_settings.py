"""A setting that cannot be used is refused with a sentence that names it."""

import pytest

from services.errors import SetupError
from services.settings import Settings

UNUSABLE = [
    "postgresql://u:p@host:port/desk",
    "postgresql://u:p@host:99999/desk",
    "postgresql://u:p@host:0/desk",
    "postgresql://u:p@host:-1/desk",
    "postgresql://u:p@a:5432,b:x/desk",
    "postgresql://u:p@host/desk?port=x",
    "postgresql://u:p@host/desk?nonsense=1",
    "postgresql://u:p@[::1/desk",
    "postgresql://u:%zz@host/desk",
    "postgresql://u:p@host/desk%00",
    "postgresql://host/desk?connect_timeout",
    "mysql://host/desk",
    "postgresql",
]


@pytest.mark.parametrize("url", UNUSABLE)
def test_error_for_an_unusable_database_url_names_the_setting(url: str) -> None:
    with pytest.raises(SetupError, match=r"DATABASE_URL is not usable: it must be an address"):
        Settings.load(_env_file=None, database_url=url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///desk",
        "postgresql://u@/desk?host=%2Ftmp%2Fsocket",
        "postgres://u:p%40ss@[::1]:5432/desk?sslmode=require",
        "postgresql://u@/desk?host=a:5432&host=b:5433",
    ],
)
def test_each_usable_form_of_the_database_url_is_accepted(url: str) -> None:
    assert Settings.load(_env_file=None, database_url=url).database_url == url
