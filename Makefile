# Two commands do everything on a fresh machine with Python 3.11 or later:
#   make demo    installs, runs the main job offline, prints where the report is
#   make test    installs (Chromium, PostgreSQL and strace too, where it may: it says so first), lints, types, floors, tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Compiled modules are kept: without them, each process of the tests compiles the product and the tests again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve test install install-dev system check lint types floors tests quick series format lock messages bench-fanout bench-scoring bench-meetings fit fit-judging bench-listed bench-speed bench-many bench-privacy bench-fuzzing bench-heavy bench-start bench-web bench-room bench-attacks bench-ingest bench-prefix bench-hearing bench-scale docs figures pictures prices clean

demo: install
	@$(BIN)/comparia demo

serve: install
	@$(BIN)/comparia serve

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Comparia needs Python 3.11 or later; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (about a minute)..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing the development tools into $(VENV)..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

# Chromium and PostgreSQL for the tests that need the real thing. Tests skip with a reason where they are absent.
system:
	@tests/system-packages

test: install-dev system
	@$(MAKE) --no-print-directory check

check: lint types floors tests

lint:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

floors:
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

tests:
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

# The unit tests alone, in under a minute: no process, browser or database server, no long series.
quick: install-dev
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile quick -m "not (browser or postgres or series or whole)"

# The long series alone: kills, power cuts, faults, heavy, damaged and fuzzed files.
series: install-dev
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m series

format:
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# The locks name no registry host; needs uv on the PATH.
lock:
	@uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements-dev.lock

# Message catalogues: extract, merge, compile.
messages:
	@$(BIN)/pybabel -q extract -F pyproject.toml -k N_ -k NN_:1,2 --no-location --omit-header --sort-output -o comparia/locale/comparia.pot comparia
	@$(BIN)/pybabel -q update -D comparia -i comparia/locale/comparia.pot -d comparia/locale -l fr --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -D comparia -d comparia/locale

bench-fanout: install-dev
	@$(BIN)/python tests/benchmarks/fanout.py

# The labelled meetings: the readers' agreement, verdicts and checks on the meetings kept apart.
bench-meetings: install-dev
	@PYTHONPATH=. $(BIN)/python tests/benchmarks/meetings.py

# Fit the model of the matcher on the labelled meetings, cross-validated; FIT=--write replaces the one that ships.
fit-judging: install-dev
	@PYTHONPATH=. $(BIN)/python tests/benchmarks/judging.py $(FIT)

bench-listed: install-dev
	@PYTHONPATH=. $(BIN)/python -m tests.benchmarks.listed

fit: install-dev
	@PYTHONPATH=. $(BIN)/python tests/benchmarks/fitting.py $(FIT)

bench-scoring: install-dev
	@$(BIN)/python tests/benchmarks/prepared.py
	@$(BIN)/python tests/benchmarks/scoring.py
	@$(BIN)/python tests/benchmarks/planted.py
	@$(BIN)/python tests/benchmarks/suggested.py

# Time and memory: of scoring, beside rouge-score; of reading, beside webvtt-py, pysubs2 and srt.
bench-speed: install-dev
	@$(BIN)/python tests/benchmarks/speed.py
	@$(BIN)/python -m tests.benchmarks.reading

# Seconds, memory and size of the database for 12, 160 and 1,000 recaps of one session.
bench-many: install-dev
	@$(BIN)/python tests/benchmarks/many_recaps.py

# How long a corpus of short recaps takes to score, in one process and in two: RECAPS=10000 for ten thousand.
bench-scale: install-dev
	@$(BIN)/python tests/benchmarks/scale.py $(or $(RECAPS),1000)

bench-privacy: install-dev
	@$(BIN)/python tests/benchmarks/hidden.py

# Coverage-guided fuzzing of every reader, for a bounded time; needs atheris (pip install atheris).
bench-fuzzing: install-dev
	@$(BIN)/python tests/benchmarks/fuzzing.py

bench-web: install-dev
	@$(BIN)/python tests/benchmarks/pages.py

bench-attacks: install-dev system
	@$(BIN)/python tests/benchmarks/attacks.py

bench-ingest: install-dev
	@$(BIN)/python tests/benchmarks/ingested.py $(FOLDERS)

bench-room: install-dev
	@$(BIN)/python tests/benchmarks/room.py
	@$(BIN)/python tests/benchmarks/room.py --phones 500
	@$(BIN)/python tests/benchmarks/room.py --phones 500 --hostile

# Seconds of CPU that heavy and hostile files take, beside json.loads.
bench-heavy: install-dev
	@$(BIN)/python -m tests.benchmarks.heavy

# Tokens a server evaluates with the session first, and as prompts are written: make bench-prefix SERVER=http://127.0.0.1:8080/v1
bench-prefix: install-dev
	@$(BIN)/python -m tests.benchmarks.prefix $(if $(SERVER),--server $(SERVER))

# Bytes read and memory held to attach a recording of three hours, to send a range of it, and to take it from a browser.
bench-hearing: install-dev
	@$(BIN)/python -m tests.benchmarks.bench_hearing

bench-start: install-dev
	@$(BIN)/python tests/benchmarks/startup.py

# The pages of the documentation that are made from the tables of the program.
docs: install-dev
	@$(BIN)/python docs/generate.py

# Runs a benchmark and writes its tables into docs/figures: make figures NAME=bench-web
figures: install-dev
	@$(BIN)/python tests/benchmarks/figures.py $(NAME)

# The pictures of the guides, taken by Chromium from the program, and drawn by the study that ships.
pictures: install-dev
	@$(BIN)/python docs/pictures.py

# Prices of models, of the day, from the list inside litellm.
prices: install-dev
	@$(BIN)/python docs/prices.py

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
