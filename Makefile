# OI Warehouse: the verbs. `make` prints them. Needs python3 >= 3.11 and a package registry, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Compiled bytecode halves the start-up of every process; some environments switch it off.
export PYTHONDONTWRITEBYTECODE =

# Queries only: sqlfmt leaves most DDL as it is, and a migration is never changed.
SQL := dbt_project warehouse/queries
DEMO_HOME ?= warehouse/data/demo
# Emptied first: not to be named by the environment.
EVIDENCE_HOME := warehouse/data/evidence

.PHONY: help setup demo test lint format import dev bench docs evidence picture lock clean

help: ## Print this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create the virtual environment with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@mkdir -p warehouse/data/build
	@touch $@

demo: $(STAMP) ## Follow the embedded exchanges: 45 days and two more ticks, offline, and show what came out
	@$(BIN)/python -m sandbox.demo --home $(DEMO_HOME)

test: $(STAMP) ## Run all tests; those on recorded data run where ../shared/data (or OIW_TEST_DATA) is
	@$(BIN)/pytest -n 2 --dist loadgroup

lint: $(STAMP) ## Check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/sqlfmt --check $(SQL) && $(BIN)/yamllint --strict .

format: $(STAMP) ## Format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@$(BIN)/sqlfmt $(SQL)

import: $(STAMP) ## Import everything in DATA=<folder> that the manifests cover, and publish
	@$(BIN)/oiw run --files-root $(DATA)

dev: $(STAMP) ## Open the Dagster UI on 127.0.0.1:3000
	@$(BIN)/oiw dev

bench: $(STAMP) ## Measure load, build and increment beside Polars and pandas; prints JSON
	@$(BIN)/python -m benchmarks.run

docs: $(STAMP) ## Regenerate the data dictionary from the dbt YAML and the capabilities from the feeds
	@$(BIN)/python -m docs.generators.data_dictionary
	@$(BIN)/python -m docs.generators.capabilities

evidence: $(STAMP) ## Import DATA=<folder> and regenerate the pages of what became of signals and claims
	@rm -rf $(EVIDENCE_HOME)
	@$(BIN)/oiw --home $(EVIDENCE_HOME) run --files-root $(DATA)
	@$(BIN)/python -m docs.generators.evidence $(EVIDENCE_HOME)/published/oi.duckdb
	@OIW_WRITE_GOLDEN=1 $(BIN)/pytest -q tests/integration/test_evidence_golden.py

picture: demo ## Run the demo and draw the picture of the README from what it published
	@$(BIN)/python -m docs.generators.market_picture $(DEMO_HOME)/published/oi.duckdb

lock: $(STAMP) ## Resolve the dependencies anew into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --extra dev -o requirements.lock pyproject.toml

clean: ## Remove the environment, caches and all data below warehouse/data
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis warehouse/data dbt_project/target dbt_project/logs
