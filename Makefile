# Every target sets itself up: a machine with Python >= 3.11 and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
GWEMOPT := .venv-gwemopt

# What is compiled is kept: each worker and each program that a test starts would compile it all again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: gwemopt setup demo test coverage kills bench run lint types format messages lock clean

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nightdesk needs Python 3.11 or newer, this is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--config-settings editable_mode=compat --editable .
	@touch $@

demo: setup
	$(BIN)/nightdesk demo $(if $(ONCE),--once)

run: setup
	$(BIN)/nightdesk run

# The workers are the parallelism: threads of linear algebra beside them only take turns.
test coverage kills: export OMP_NUM_THREADS = 1
test coverage kills: export OPENBLAS_NUM_THREADS = 1

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# A third slower than without: asked for, not paid for at every change.
coverage: setup
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

# Kills the outbox and the escalation at each of their steps in many more seeded nights than the suite does, and
# the whole desk, with jobs of every kind, at more steps and at more random instants.
kills: setup
	KILLED_NIGHTS=$(or $(NIGHTS),40) KILLED_LIVES=$(or $(LIVES),40) \
		$(BIN)/python -m pytest -n auto $(ARGS) tests/notifiers/test_kills.py \
		tests/notifiers/paging/test_kills.py tests/nights/test_restarts.py

bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# gwemopt is GPL and heavy (1.7 GB with what it needs): an interpreter of its own, that a worker process runs.
gwemopt: $(GWEMOPT)/.installed

$(GWEMOPT)/.installed: requirements-gwemopt.txt
	@test -x $(GWEMOPT)/bin/python || $(PYTHON) -m venv $(GWEMOPT)
	$(GWEMOPT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-gwemopt.txt
	@touch $@

# Collects what is said to people and merges it into the catalogues (docs/translating.md): LANGUAGE=pt begins one.
messages: setup
	$(BIN)/python -m cards.catalogues $(LANGUAGE)

lock: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --no-header \
		--no-annotate pyproject.toml --output-file requirements.txt

clean:
	rm -rf $(VENV) $(GWEMOPT) .mypy_cache .ruff_cache .hypothesis build *.egg-info
