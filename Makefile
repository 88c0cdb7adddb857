# Two commands do everything: `make run` and `make test`. Needs Python 3.11, make and git.
PY ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
READY := $(VENV)/.ready
BENCH_VENV := .venv-bench
BENCH_READY := $(BENCH_VENV)/.ready
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench bench-learning bench-archive screenshots

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(READY)  ## create the environment, with the versions of constraints.txt

# torch first: plain `pip install torch` takes the CUDA build on Linux, several gigabytes that nobody needs here.
define torch
$(1)/bin/pip install --quiet --disable-pip-version-check --no-index --no-deps torch==2.13.0 2>/dev/null \
	  || $(BIN)/uv pip install --quiet --python $(1)/bin/python --torch-backend=cpu -c constraints.txt torch==2.13.0
endef

$(READY): pyproject.toml constraints.txt
	@command -v $(PY) >/dev/null || { echo "Python 3.11 is needed (make PY=/path/to/python3.11)" >&2; exit 1; }
	$(PY) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(call torch,$(VENV))
	$(UV) -c constraints.txt --editable . --group dev
	@touch $(READY)

# SetFit brings pandas and more; apart, so that Inkling is measured as it is installed.
$(BENCH_READY): $(READY)
	$(PY) -m venv $(BENCH_VENV)
	$(call torch,$(BENCH_VENV))
	$(BIN)/uv pip install --quiet --python $(BENCH_VENV)/bin/python -c constraints.txt --group bench
	@touch $(BENCH_READY)

run: setup  ## start Inkling on http://127.0.0.1:8000 with the project `demo` (PORT=8001 for another)
	@$(BIN)/inkling set-up --demo
	@$(BIN)/inkling serve --port $(PORT)

test: setup lint  ## everything that can be checked here; what can't is skipped, and said
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: setup  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## latency, start, memory, large projects of other tools, and the starter model's figures, as tables
	$(BIN)/python -m tests.bench.bench_service
	$(BIN)/python -m tests.bench.bench_interchange
	$(BIN)/python -m tests.bench.bench_starter

bench-learning: setup $(BENCH_READY)  ## learning results beside what a user would otherwise pick (hours; goes on where it was)
	$(BIN)/python -m tests.bench.bench_starter
	$(BIN)/python -m tests.bench.bench_queue
	$(BIN)/python -m tests.bench.bench_learning

bench-archive: setup $(BENCH_READY)  ## scoring an archive, and encoding, beside what one would otherwise use
	$(BIN)/python -m tests.bench.bench_encoder
	$(BIN)/python -m tests.bench.bench_archive

screenshots: setup  ## pictures of the pages, for the README
	$(BIN)/python -m tests.browser.screenshots
