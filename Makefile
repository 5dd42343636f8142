# All set-up happens in .venv; nothing is installed anywhere else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit sweep bench clean

help:
	@echo "make demo    plan, apply, and a second plan with no changes, on the sandbox"
	@echo "make test    linter, types and tests"
	@echo "make sweep   every fault and every kill at every step of apply; takes minutes"
	@echo "make bench   calls, time, start-up and memory, as a table"
	@echo "make clean   remove .venv and caches"

$(VENV)/ready: pyproject.toml .ci/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/ready
	@$(BIN)/reconciler sandbox reset
	$(BIN)/reconciler plan --sandbox
	$(BIN)/reconciler apply --sandbox --yes
	$(BIN)/reconciler plan --sandbox

test: lint types unit

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready
	$(BIN)/mypy

unit: $(VENV)/ready
	$(BIN)/pytest

sweep: $(VENV)/ready
	$(BIN)/python -m tests.sweep

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
