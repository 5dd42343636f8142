# All set-up happens in .venv; nothing is installed anywhere else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLIENTS := $(VENV)/clients

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit clients sweep bench clean

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

unit: $(VENV)/ready clients
	$(BIN)/pytest

# Clients that nobody here wrote: the tests drive the sandbox with them. Those for Node are left out where
# there is no Node, or no way to the registry; their tests then say so.
clients: $(CLIENTS)/wechatpy1/ready
	@if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 16 ? 1 : 0)' 2>/dev/null; then \
		echo "no npm with Node 16 or newer: the tests of the clients for Node will be skipped"; \
	elif ! $(MAKE) --no-print-directory --silent $(CLIENTS)/node/ready; then \
		echo "npm could not install the clients for Node: their tests will be skipped"; \
	fi

$(CLIENTS)/wechatpy1/ready: .ci/clients/wechatpy1.txt $(VENV)/ready
	rm -rf $(@D)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(@D) --requirement $<
	@touch $@

$(CLIENTS)/node/ready: .ci/clients/package.json .ci/clients/package-lock.json | $(VENV)/ready
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=1000
	@touch $@

sweep: $(VENV)/ready
	$(BIN)/python -m tests.sweep
	$(BIN)/python -m tests.sweep.fleets

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
