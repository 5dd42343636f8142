# All set-up happens in .venv; nothing is installed anywhere else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLIENTS := $(VENV)/clients

.DEFAULT_GOAL := help
.PHONY: help demo test quick coverage lint types unit clients pages site lowest newest workflows pins dist image sweep bench clean

PIP = -m pip install --quiet --disable-pip-version-check
T ?= tests
UV := uv==0.13.9
CHECKERS := check-jsonschema==0.39.0 zizmor==1.32.0

help:
	@echo "make demo       plan, apply, and a second plan with no changes, on the sandbox; half a minute"
	@echo "make test       linter, types and all tests, 12 minutes on two cores; K='due and not fleet' for the tests of such names alone, T=tests/plan of a folder"
	@echo "make quick      the tests of the pure rooms and a slice of the rest, in under a minute"
	@echo "make coverage   the tests, and which folder is below its floor of lines that they run"
	@echo "make sweep      every fault and every kill at every step of apply; takes minutes"
	@echo "make bench      calls, time, start-up and memory, as a table"
	@echo "make site       the documentation as a site, in $(VENV)/site"
	@echo "make pages      docs/commands.md, in both languages, from the help of the commands"
	@echo "make lowest     the tests with the lowest versions that pyproject.toml allows; T=tests/cli/test_commands.py for some"
	@echo "make newest     the tests with the newest ones"
	@echo "make workflows  look CI's workflows and the forge's forms through: schemas, and what an attacker could make of them"
	@echo "make pins       write the pins of .ci anew, with hashes; UPGRADE=--upgrade for newer versions"
	@echo "make dist       build the sdist and the wheel as a release does, in dist"
	@echo "make image      build the image and try it; needs Docker"
	@echo "make clean      remove .venv and caches"

# What the program needs to run, and what sets that up: enough for `make demo`, in less than half the time of the rest.
$(VENV)/runs: pyproject.toml .ci/setup.txt .ci/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) with what reconciler needs to run; nothing is installed anywhere else. About 20 seconds."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) --require-hashes --no-deps --no-compile --requirement .ci/setup.txt
	@$(BIN)/python $(PIP) --require-hashes --no-deps --no-compile --requirement .ci/runtime.txt
	@$(BIN)/python $(PIP) --no-deps --no-build-isolation --no-compile --editable .
	@touch $@

$(VENV)/ready: $(VENV)/runs .ci/requirements.txt
	@echo "Adding the tools of development: tests, linter, types, site. About 30 seconds."
	@$(BIN)/python $(PIP) --require-hashes --no-deps --requirement .ci/requirements.txt
	@touch $@

demo: $(VENV)/runs
	@echo "The sandbox is an emulator of WeChat inside the program: no account, no credentials."
	@$(BIN)/reconciler sandbox reset
	@for command in "plan --sandbox" "apply --sandbox --yes" "plan --sandbox"; do \
		printf '\n$$ reconciler %s\n' "$$command"; \
		$(BIN)/reconciler $$command || exit; \
	done

# Of tests that are chosen, only these: whoever chooses is at work on something.
test: $(if $(K)$(filter command line,$(origin T)),unit,lint types unit)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/ready
	$(BIN)/mypy

# All of them take a process a core; of some, starting these would take longer than they do. Some tests kill processes
# and wait for signals, and a machine with much to do may be late: what fails beside others is run once more, alone.
unit: $(VENV)/ready clients
ifeq ($(K)$(filter command line,$(origin T)),)
	$(BIN)/pytest --numprocesses auto $(T) || { echo "what failed, once more and alone:"; \
	    $(BIN)/pytest --last-failed --last-failed-no-failures none $(T); }
else
	$(BIN)/pytest $(if $(K),-k "$(K)") $(T)
endif

quick: $(VENV)/ready
	$(BIN)/pytest --quick --hypothesis-profile quick

# What runs in processes of their own is not counted.
coverage: $(VENV)/ready clients
	COVERAGE_FILE=$(VENV)/coverage $(BIN)/pytest --cov=reconciler --cov-report=json:$(VENV)/coverage.json
	$(BIN)/python .ci/coverage.py $(VENV)/coverage.json

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
	$(BIN)/python $(PIP) --require-hashes --no-deps --target $(@D) --requirement $<
	@touch $@

$(CLIENTS)/node/ready: .ci/clients/package.json .ci/clients/package-lock.json | $(VENV)/ready
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=1000
	@touch $@

# The ends of what pyproject.toml allows. Each has an environment of its own; the linter and mypy stay with the
# pinned versions.
lowest newest: %: $(VENV)/%/ready
	$(VENV)/$@/bin/python -m pytest $(T)

$(VENV)/lowest/ready: pyproject.toml .ci/lowest.py .ci/requirements.txt
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python .ci/lowest.py > $(@D)/requirements.txt
	$(@D)/bin/python $(PIP) --requirement $(@D)/requirements.txt
	$(@D)/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/newest/ready: pyproject.toml
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python $(PIP) --editable '.[dev]'
	@touch $@

workflows:
	$(PYTHON) -m venv $(VENV)/workflows
	$(VENV)/workflows/bin/python $(PIP) $(CHECKERS)
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[0-9]*.yml
	$(VENV)/workflows/bin/zizmor --offline .github

# For all platforms and every Python that is allowed; what is pinned already stays, unless UPGRADE says otherwise.
COMPILE = $(VENV)/pins/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $(UPGRADE)
pins:
	$(PYTHON) -m venv $(VENV)/pins
	$(VENV)/pins/bin/python $(PIP) $(UV)
	$(COMPILE) --custom-compile-command 'make pins (Python 3.11 or newer, every platform)' \
		--extra dev pyproject.toml --output-file .ci/requirements.txt
	$(COMPILE) --custom-compile-command 'make pins (what the program runs with)' \
		--constraint .ci/requirements.txt pyproject.toml --output-file .ci/runtime.txt
	$(COMPILE) --custom-compile-command 'make pins (what sets up)' \
		--constraint .ci/requirements.txt .ci/setup.in --output-file .ci/setup.txt
	$(COMPILE) --custom-compile-command 'make pins (wechatpy 1 lies in a folder of its own: 2 has its name)' \
		.ci/clients/wechatpy1.in --output-file .ci/clients/wechatpy1.txt

pages: $(VENV)/ready
	$(BIN)/python .ci/pages/commands.py

# Read it with: python3 -m http.server --directory .venv/site
site: $(VENV)/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# What is published: the wheel comes from the sdist, and both from tools that are pinned by hash and by nothing else.
dist:
	rm -rf dist
	$(PYTHON) -m venv $(VENV)/dist
	$(VENV)/dist/bin/python $(PIP) --require-hashes --requirement .ci/setup.txt
	$(VENV)/dist/bin/python -m hatchling build -t sdist -d dist
	$(VENV)/dist/bin/python $(subst install,wheel,$(PIP)) --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz

# As whoever runs it, on a folder that is mounted; and as the user that it is made for, in its own.
image:
	docker build --tag reconciler .
	docker run --rm reconciler --version
	docker run --rm --user "$$(id -u):$$(id -g)" --volume "$(CURDIR):/work:ro" reconciler validate
	docker run --rm reconciler sandbox reset

sweep: $(VENV)/ready
	$(BIN)/python -m tests.sweep
	$(BIN)/python -m tests.sweep.fleets

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
