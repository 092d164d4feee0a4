"""A setting that cannot be used is refused with a sentence that names it."""

from functools import partial
from pathlib import Path

import pytest
import yaml

from services.errors import SetupError
from services.settings import Settings, key_named

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
    "postgresql://desk:Sekret1@Sekret2@localhost:1/desk",
    "postgresql://u:1/Sekret@host/desk",
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


@pytest.mark.parametrize("name", ["PUBLIC_URL", "LLM_BASE_URL", "SLACK_API_URL"])
@pytest.mark.parametrize(
    "url", ["https://exa mple.com", "https://a\tb.com", "https://a/?x=1", "https://a/#y"]
)
def test_address_with_white_space_or_a_query_is_refused(name: str, url: str) -> None:
    with pytest.raises(SetupError, match=f"{name} is not usable"):
        Settings.load(_env_file=None, **{name.lower(): url})


def test_address_of_the_web_view_has_a_host_name_of_its_own() -> None:
    with pytest.raises(SetupError, match="needs a host name of its own, without a path"):
        Settings.load(_env_file=None, public_url="https://desk.example.com/itsm")
    settings = Settings.load(_env_file=None, public_url=" https://desk.example.com/ ")
    assert settings.web_url == "https://desk.example.com"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000"),
        ("0.0.0.0", "http://localhost:3000"),  # noqa: S104
        ("::", "http://localhost:3000"),
        ("::1", "http://[::1]:3000"),
    ],
)
def test_links_to_this_machine_can_be_opened(host: str, url: str) -> None:
    assert Settings.load(_env_file=None, host=host).web_url == url


def test_data_folder_may_be_named_from_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/desk")
    assert Settings.load(_env_file=None, data_dir="~/data").data_dir == Path("/home/desk/data")
    with pytest.raises(SetupError, match="DATA_DIR is not usable"):
        Settings.load(_env_file=None, data_dir="~no_such_account/data")


@pytest.mark.parametrize("content", ["PORT=1".encode("utf-16"), "X=é".encode("latin-1")])
def test_settings_file_in_another_encoding_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(content)
    for read in (Settings.load, partial(key_named, "LLM_KEY")):
        with pytest.raises(SetupError, match=r"^\.env is not in UTF-8: save it"):
            read()


def test_settings_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").symlink_to("/proc/self/mem")  # reading it is an error, also for root
    for read in (Settings.load, partial(key_named, "LLM_KEY")):
        with pytest.raises(SetupError, match=r"^\.env can't be read \(Input/output error\)"):
            read()


def test_settings_file_may_begin_with_a_byte_order_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=4000\n", encoding="utf-8-sig")
    assert (Settings.load().port, key_named("PORT")) == (4000, "4000")


def test_address_with_letters_of_any_language_is_accepted() -> None:
    for url in ("https://ex\u00e4mple.org/v1", "http://[::1]:8000/v1", "http://my_host:8000/v1"):
        assert Settings.load(_env_file=None, llm_base_url=url).llm_base_url == url
