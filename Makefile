# The environment is .venv; each target makes what it needs, in any order.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Stamps: the environment is renewed when what it is made of changes.
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready
MADE_OF := pyproject.toml config/constraints.txt

.PHONY: install run test browser check bench chaos screenshots clean

install: $(RUN_READY)

run: $(RUN_READY)
	@exec $(BIN)/notifier up

# Two at a time; the drills, which start whole installations and kill them, one by one.
test: check browser
	$(BIN)/pytest --numprocesses 2 --ignore tests/drills -m "not browser"
	$(BIN)/pytest --numprocesses 2 --ignore tests/drills -m browser
	$(BIN)/pytest tests/drills

# The console is tested in Debian's Chromium, with a font that has Chinese.
browser:
	@command -v chromium >/dev/null && [ -n "$$(find /usr/share/fonts -iname '*cjk*' 2>/dev/null | head -n 1)" ] || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk; } || { \
	  echo "The browser tests need: sudo apt-get install chromium fonts-noto-cjk" >&2; exit 1; }

# The same in every place: style, types, walls between rooms, dead code, declared dependencies, the compose file.
check: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/deptry notifier workers
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(TEST_READY)
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.pages

# About an hour at 1,000 cycles. SEED=... repeats the dice of a run; ROWS=1,5,27 strikes with these rows alone.
CYCLES ?= 1000
chaos: $(TEST_READY)
	$(BIN)/python -m tests.chaos --cycles $(CYCLES) $(if $(SEED),--seed $(SEED)) $(if $(ROWS),--rows $(ROWS))

# The main pages into docs/screenshots, out of an installation of its own; the README shows some.
screenshots: $(TEST_READY) browser
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "No environment could be made: install Debian's python3-venv." >&2; exit 1; }

# Groups of dependencies need a pip of 25.1 or newer, and Debian 12 brings an older one.
$(RUN_READY): $(MADE_OF) | $(BIN)/python
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install -qq --constraint config/constraints.txt --editable .
	@touch $@

$(TEST_READY): $(RUN_READY)
	$(PIP) install --quiet --constraint config/constraints.txt --group test
	@touch $@
