# Written for GNU make 3.81, which macOS still ships: no .ONESHELL, no grouped targets.
# Tools run as `.venv/bin/python -m …`: scripts in .venv/bin break when the clone is moved.

SHELL := /bin/sh
PY := .venv/bin/python
export PYTHON
ARGS ?=

.NOTPARALLEL:
.PHONY: help demo test check lint picture bench fuzz chaos lock format

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile
	@echo "  PYTHON=…	the Python (3.11 or newer) to make .venv with;  ARGS=…  what to hand on"

demo: .venv/.installed ## the desk with demo data and a local Slack in the browser; Ctrl-C stops it
	@exec $(PY) -m bot demo $(ARGS)

test: .venv/.installed-tools ## all tests
	@exec $(PY) -m pytest $(ARGS)

check: lint test ## what CI checks: format, lint, types, import contracts, tests

lint: .venv/.installed-tools ## the same without the tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()'

format: .venv/.installed-tools ## put code into shape
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

chaos: .venv/.installed-tools ## kill processes at random while messages come in, and count
	@exec $(PY) -m tests.chaos $(ARGS)

fuzz: .venv/.installed-tools ## make up input for every parser of foreign text; ARGS=--minutes=10
	@exec $(PY) -m tests.fuzz $(ARGS)

picture: .venv/.installed-tools ## the README's picture anew; needs Chromium
	@exec $(PY) -m tests.picture

bench: .venv/.installed-tools ## measure
	@exec $(PY) -m tests.bench $(ARGS)

# Sets $$python to the first candidate that is new enough and can make a virtual environment.
# Candidates are run, not just looked up: pyenv has a python3.12 on the PATH that only complains.
define find_python
python=; bare=; \
if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- $(1); fi; \
for candidate in "$$@"; do \
  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
  if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$candidate; break; fi; \
  bare=$$candidate; \
done; \
if [ -z "$$python" ] && [ -n "$$bare" ]; then \
  echo "$$bare can't make virtual environments: install python3-venv (on Debian and Ubuntu: apt install python3-venv), then try again." >&2; exit 1; \
elif [ -z "$$python" ] && [ -n "$$PYTHON" ]; then \
  echo "PYTHON=$$PYTHON is not a Python 3.11 or newer: set it to one, or leave it out." >&2; exit 1; \
elif [ -z "$$python" ]; then \
  echo "Deskhand needs Python 3.11 or newer and found none: install it, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; \
fi
endef

# Each stamp is written last, so an interrupted installation starts again.
# pip checks the hash of every file. The project itself is built with the locked setuptools.
# pip -qq: a package index's warnings are no progress; errors still show.
PIP := $(PY) -m pip install -qq --disable-pip-version-check

define install
echo "Installing $(2) into .venv (half a minute or so) …"; \
rm -f $@; \
$(PIP) --require-hashes $(1) && $(PIP) --no-deps --no-build-isolation -e . \
  || { echo "Could not install: see above. The same command tries again." >&2; exit 1; }; \
echo "Installed."; \
touch $@
endef

.venv/.installed: pyproject.toml requirements.lock
	@if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  $(call find_python,python3.14 python3.13 python3.12 python3.11 python3); \
	  echo "Creating .venv with $$("$$python" --version) …"; \
	  "$$python" -m venv --clear .venv || { echo "Could not create .venv: see above." >&2; exit 1; }; \
	fi; \
	$(call install,-r requirements.lock,what the desk needs)

.venv/.installed-tools: .venv/.installed requirements-dev.lock
	@$(call install,-r requirements.lock -r requirements-dev.lock,what tests and checks need)

# For every platform and Python that pyproject.toml allows, with the hashes of all files of a release.
# setuptools is locked too: the project is built with it.
COMPILE := uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'make lock'
INPUTS := import tomllib; read = tomllib.load(open("pyproject.toml", "rb"))
RUNTIME := $(INPUTS); print(*read["project"]["dependencies"], *read["build-system"]["requires"], sep="\n")
DEV := $(INPUTS); print(*read["project"]["optional-dependencies"]["dev"], sep="\n")

lock: .venv/.installed ## requirements.lock and requirements-dev.lock anew, with the newest releases that are allowed
	@tmp=$$(mktemp -d) || exit 1; trap 'rm -rf "$$tmp"' EXIT; trap 'exit 130' INT TERM; \
	$(PY) -m venv "$$tmp/venv" && "$$tmp/venv/bin/python" -m pip install -qq --disable-pip-version-check uv \
	&& $(PY) -c '$(RUNTIME)' | "$$tmp/venv/bin/"$(COMPILE) -o requirements.lock - \
	&& $(PY) -c '$(DEV)' | "$$tmp/venv/bin/"$(COMPILE) -c requirements.lock -o requirements-dev.lock -
