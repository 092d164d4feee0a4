"""A setting that cannot be used is refused with a sentence that names it."""

from pathlib import Path

import pytest
import yaml

from services.errors import SetupError
from services.settings import Settings

ROOT = Path(__file__).parent.parent.parent
OF_THE_IMAGE = {"HOST", "PORT", "DATA_DIR"}
"""Settings that the Dockerfile sets, for inside the container."""

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


def test_compose_hands_every_setting_to_the_desk() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    settings = {name.upper() for name in Settings.model_fields} - OF_THE_IMAGE
    assert set(compose["services"]["deskhand"]["environment"]) == settings


def test_example_of_the_settings_file_explains_every_setting() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"# {name.upper()}=" not in example] == []


@pytest.mark.parametrize(
    "url", ["http://host:abc/v1", "http://[::1/v1", "http://a..b", "https://\u202e/v1", "https://"]
)
def test_address_that_no_client_can_open_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(SetupError, match="LLM_BASE_URL is not usable"):
        Settings.load(_env_file=None, llm_base_url=url)


def test_address_with_letters_of_any_language_is_accepted() -> None:
    for url in ("https://ex\u00e4mple.org/v1", "http://[::1]:8000/v1", "http://my_host:8000/v1"):
        assert Settings.load(_env_file=None, llm_base_url=url).llm_base_url == url
