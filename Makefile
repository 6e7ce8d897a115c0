# Apogee's commands. `make` alone lists them. Needs GNU make, a POSIX shell and Python 3.11 or newer.

SHELL := /bin/sh
.SUFFIXES:
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PINS := $(wildcard constraints.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHONS := python3.11 python3.12 python3.13 python3
SYSTEM := chromium redis-server

# An environment that was copied here, or whose interpreter has gone, is made again.
STALE := $(shell grep -qsF '$(CURDIR)/$(VENV)' $(VENV)/pyvenv.cfg && [ -x $(BIN)/python ] || echo stale)

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-15s %s\n' "$$name" "$$what"; done

.PHONY: play
play: $(RUNTIME) ## play in the browser: server, demo casino and database in one process (PORT=8000)
	@exec $(BIN)/apogee play

.PHONY: serve
serve: $(RUNTIME) ## run the server alone, configured by APOGEE_* variables
	@exec $(BIN)/apogee serve

.PHONY: setup
setup: $(DEV) ## make .venv with everything for development

.PHONY: setup-browser
setup-browser: ## install the system's chromium and redis-server, which some tests drive
	@missing=; for name in $(SYSTEM); do \
		command -v "$$name" >/dev/null 2>&1 || missing="$$missing $$name"; done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then \
		echo "the tests need$$missing. Install: sudo apt-get install$$missing" >&2; exit 1; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing >/dev/null

.PHONY: test
test: $(DEV) setup-browser ## run every test but the long ones
	@$(BIN)/python -m pytest -m 'not long'

.PHONY: quick
quick: $(DEV) ## run the tests that need no browser and little time
	@$(BIN)/python -m pytest -m 'not slow and not browser and not long'

.PHONY: check
check: $(DEV) ## check format, lint and types
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy

# pytest's status 5 means that no test is marked so: said aloud, and no failure.
.PHONY: check-long
check-long: $(DEV) setup-browser ## run the long tests: minutes of simulation and chaos
	@status=0; $(BIN)/python -m pytest -m long || status=$$?; \
	if [ $$status = 5 ]; then echo 'No test is marked long: nothing was checked.'; exit 0; fi; \
	exit $$status

.PHONY: format
format: $(DEV) ## format the code and fix what lint can fix
	@$(BIN)/python -m ruff check --fix-only --quiet .
	@$(BIN)/python -m ruff format .

.PHONY: bench
bench: $(DEV) ## measure the fan-out of ticks against its floor
	@exec $(BIN)/python -m loadtests.fanout

.PHONY: pins
pins: $(DEV) ## move to the newest versions allowed and pin them in constraints.txt
	@$(PIP) install --quiet --upgrade --upgrade-strategy eager -e '.[dev]'
	@$(PIP) freeze --exclude-editable > constraints.txt

.PHONY: clean
clean: ## remove .venv and every cache; the data in .apogee stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build tests/artefacts *.egg-info
	find app engine loadtests tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: stale
stale:

$(RUNTIME): pyproject.toml $(PINS) $(STALE)
	@$(FIND_PYTHON)
	@echo 'Installing Apogee into $(VENV) (once; again when pyproject.toml changes)'
	@$(PIP) install --quiet $(addprefix -c ,$(PINS)) -e .
	@touch $@

$(DEV): pyproject.toml $(PINS) $(STALE)
	@$(FIND_PYTHON)
	@echo 'Installing Apogee and its development tools into $(VENV) (once; again when pyproject.toml changes)'
	@$(PIP) install --quiet $(addprefix -c ,$(PINS)) -e '.[dev]'
	@touch $(RUNTIME) $@

# Makes the environment with the first Python that can, unless a working one is there.
define FIND_PYTHON
if [ -z "$(STALE)" ] && $(BIN)/python -m pip --version >/dev/null 2>&1; then exit 0; fi; \
old=; bare=; \
for python in $(PYTHONS); do \
	version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { old=$$version; continue; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare=$$version; continue; }; \
	exec "$$python" -m venv --clear $(VENV); \
done; \
if [ -n "$$bare" ]; then \
	echo "Python $$bare has no venv module. Install: sudo apt-get install python$$bare-venv" >&2; \
elif [ -n "$$old" ]; then \
	echo "Apogee needs Python 3.11 or newer; found $$old." >&2; \
else \
	echo "Apogee needs Python 3.11 or newer; none was found (tried $(PYTHONS))." >&2; \
fi; \
exit 1
endef
