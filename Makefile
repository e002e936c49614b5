# The commands of this repository. `make run` and `make test` need only git, make and Python >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := var/demo
NODE := .node

.PHONY: run test test-fast fuzz test-long test-relays check bench golden pictures reference clean

# The main job on the embedded default, with example readers, in var/demo.
run: $(VENV)/.installed
	@test -e $(DEMO)/weekly.toml || $(BIN)/weekly init $(DEMO) --example
	@$(BIN)/weekly -C $(DEMO) -q subscribers import docs/example-readers.csv --source "example readers" \
		--consent-date 2026-01-01 --consent-text "Send me the weekly letter"
	@$(BIN)/weekly -C $(DEMO) run --now

# Compiling the tests costs more than most of them: keep what Python compiles, also where that is switched off.
test test-fast fuzz test-long test-relays: export PYTHONDONTWRITEBYTECODE =

# What every edit can wait for: the pure tests and the rules of the code, in 15 seconds of CPU.
test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -p no:xdist -p no:hypothesispytest -m "not slow" tests/unit tests/architecture

# Everything before a commit: a few examples of each property, the same ones every time.
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -m "not long" -n auto --dist loadfile --no-loadscope-reorder

# The property tests on many examples that nobody has tried before.
fuzz: $(VENV)/.installed-dev
	WEEKLY_EXAMPLES=new $(BIN)/python -m pytest -q -m hypothesis -n auto

# Random kills, both databases at length, all shipped content, pixels, the letters against the oracles of
# tests/package.json, and every property on as many examples as it asks for.
test-long: $(VENV)/.installed-dev $(NODE)/.installed
	$(BIN)/python -m pytest -q -m "long and not relays"
	WEEKLY_EXAMPLES=full $(BIN)/python -m pytest -q -m hypothesis -n auto

# The real run through Debian's Postfix, Exim and OpenSMTPD, each in namespaces of its own: needs Linux, root and
# apt-get, leaves nothing behind, and says why when it cannot.
test-relays: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -rs -p no:xdist -m relays tests/relays

# Format, lint, types, import contracts.
check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Every benchmark, about fifteen minutes; writes docs/reference/performance.md and the figures of the README, and
# fails at the end when a goal was missed. BENCH="start_up growth" runs some, BIG=1 the largest sizes (an hour).
bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run_all.py $(if $(BIG),--big) $(BENCH)

# Write the golden files again, on purpose: look at the difference before you commit it.
golden: $(VENV)/.installed-dev
	WEEKLY_GOLDEN=1 $(BIN)/python -m pytest -q tests/golden

# Write the reference pages from the program; a test holds them equal to it.
reference: $(VENV)/.installed-dev
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/plain_settings.py

# Take the pictures of docs/images again: look at them before you commit them.
pictures: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pillow
	PYTHONPATH=.:tests $(BIN)/python tests/support/pictures.py

clean:
	rm -rf $(VENV) $(NODE) var dist

# Without npm the tests that need it are skipped, and fail where CI=true.
$(NODE)/.installed: tests/package.json
	@mkdir -p $(NODE)
	@if command -v npm >/dev/null; then cp tests/package.json $(NODE)/package.json \
		&& npm install --prefix $(NODE) --no-audit --no-fund --loglevel=error && touch $@; fi

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# A package is compiled when it is installed, a working copy only here: else every command compiles it again
# where PYTHONDONTWRITEBYTECODE is set.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	$(BIN)/python -m compileall -q pipeline subscribers
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@
