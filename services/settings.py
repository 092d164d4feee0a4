"""Read settings from the environment and an optional `.env` file; check them at the start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from services.errors import SetupError
from services.web_addresses import is_web_address

Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]
CommaList = Annotated[tuple[str, ...], NoDecode]

ENV_FILE = ".env"
ENV_ENCODING = "utf-8-sig"  # UTF-8, also with the mark that editors of Windows put before it


def key_named(name: str) -> str | None:
    """Return the value of an environment variable or of a line in `.env`; None if unset.

    Files with keys often end with a line break.
    """
    with _readable_file():
        line = dotenv_values(ENV_FILE, encoding=ENV_ENCODING).get(name)
    return (os.environ.get(name) or line or "").strip() or None


@contextmanager
def _readable_file() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise SetupError(f"{ENV_FILE} is not in UTF-8: save it with that encoding.") from None
    except OSError as error:
        raise SetupError(
            f"{ENV_FILE} can't be read ({error.strerror}): let the account that runs the desk read"
            " it."
        ) from None


class Settings(BaseSettings):
    """The settings of the server: each field is the environment variable of that name."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding=ENV_ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    database_url: str | None = Field(
        None,
        description="an address such as postgresql://user:password@host:5432/database, with"
        " @ : / # ? % in the password percent-encoded",
    )
    data_dir: Path = Field(Path(".data"), description="a folder that can be written to")
    slack_bot_token: str | None = Field(
        None, pattern="^xoxb-", description="the xoxb- token under OAuth & Permissions of your app"
    )
    slack_app_token: str | None = Field(
        None, pattern="^xapp-", description="an app-level token (xapp-) with connections:write"
    )
    slack_signing_secret: str | None = Field(
        None, min_length=8, description="the Signing Secret under Basic Information of your app"
    )
    slack_client_id: str | None = Field(
        None, description="the Client ID under Basic Information of your app"
    )
    slack_client_secret: str | None = Field(
        None, min_length=8, description="the Client Secret under Basic Information of your app"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="an address ending in /api/")
    llm_base_url: str = Field(
        "https://openrouter.ai/api/v1", description="an OpenAI-compatible address"
    )
    llm_api_key: Stripped | None = Field(None, description="a key of your model's provider")
    llm_models: CommaList = Field(
        ("openai/gpt-5-mini",), min_length=1, description="model names, separated by commas"
    )
    llm_context: int = Field(
        128_000, ge=8_000, description="the tokens that each of LLM_MODELS takes, at least 8000"
    )
    transcript_days: int = Field(90, ge=1, le=3650, description="a number of days from 1 to 3650")
    public_url: Stripped | None = Field(
        None,
        description="the address that people open, such as https://desk.example.com: it needs a"
        " host name of its own, without a path",
    )
    port: int = Field(3000, ge=1, le=65535, description="a number from 1 to 65535")
    host: Stripped = Field("127.0.0.1", description="an address of this machine")
    admin_emails: CommaList = Field((), description="e-mail addresses, separated by commas")
    slack_admins_are_admins: bool = Field(False, description="true or false")
    metrics_token: str | None = Field(
        None, min_length=16, description="at least 16 characters, as from: openssl rand -hex 24"
    )

    @field_validator("data_dir")
    @classmethod
    def _of_home(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    @field_validator("llm_models", "admin_emails", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("admin_emails")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(email.lower() for email in value)

    @field_validator("slack_api_url", "llm_base_url", "public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not (is_web_address(value) and not {"?", "#"} & set(value)):
            raise ValueError("not a web address")
        return value

    @field_validator("public_url")
    @classmethod
    def _without_path(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).path not in ("", "/"):
            raise ValueError("with a path")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _with_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("not a Postgres address")
        try:
            read = conninfo_to_dict(value)
            url = make_url(value)
        except (ProgrammingError, ArgumentError) as error:
            raise ValueError(str(error)) from None
        # Else the end of a password would be printed as part of the host.
        if (url.host and url.host != read.get("host")) or "@" in str(read.get("host")):
            raise ValueError("a password that is not percent-encoded")
        ports = str(read.get("port", "")).split(",")
        if not all(port == "" or 0 < int(port) <= 65535 for port in ports):
            raise ValueError("no such port")
        return value

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the environment. A bad value raises `SetupError`, which names the variable."""
        try:
            with _readable_file():
                return cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            hint = cls.model_fields[name].description
            raise SetupError(f"{name.upper()} is not usable: it must be {hint}.") from None

    @property
    def signs_in_with_slack(self) -> bool:
        return bool(self.slack_client_id and self.slack_client_secret)

    @property
    def web_url(self) -> str:
        """The address at which people open the web view, without a slash at the end."""
        return (self.public_url or self.local_url).rstrip("/")

    @property
    def local_url(self) -> str:
        """The address of the port on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.host in ("0.0.0.0", "::"):  # noqa: S104 - all addresses, and no one can be opened
            host = "localhost"
        return f"http://{host}:{self.port}"
