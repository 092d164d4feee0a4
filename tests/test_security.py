"""Promises of the documents about security: pinned dependencies, and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_dependency_has_hashes(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.match(r"\S+==.* --hash=sha256:[0-9a-f]{64}", pin)] == []


def test_every_installation_of_dependencies_checks_hashes() -> None:
    for name in ("Makefile", "Dockerfile"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if re.search(r"pip install|\$\(PIP\)", line) and not line.startswith("PIP :="):
                assert "--require-hashes" in line or "--no-deps" in line or "uv" in line, line


def test_container_images_are_named_by_digest() -> None:
    named = re.compile(r"^(?:FROM|\s+image:) +(?!deskhand$)(\S+)", re.MULTILINE)
    images = [
        image
        for name in ("Dockerfile", "compose.yaml")
        for image in named.findall((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert len(images) == 3
    assert [each for each in images if not re.search(r"@sha256:[0-9a-f]{64}$", each)] == []


def test_tests_named_in_the_threat_model_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/threats.md").read_text("utf-8")))
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - written == set()
