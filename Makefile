# Commands for work on this repository; `make` lists them. They need python3 >= 3.11 and access to PyPI.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Some environments switch compiled bytecode off. With it, every process starts in half the time.
export PYTHONDONTWRITEBYTECODE =

# Only queries: sqlfmt leaves most DDL unchanged, and a migration never changes.
SQL := dbt_project warehouse/queries
DEMO_HOME ?= warehouse/data/demo
# `make evidence` deletes this folder, so the environment must not choose it.
EVIDENCE_HOME := warehouse/data/evidence

.PHONY: help setup demo test lint format import dev bench docs evidence picture lock clean

help: ## Print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create the virtual environment with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@mkdir -p warehouse/data/build
	@touch $@

demo: $(STAMP) ## Run the whole pipeline on simulated exchanges and print a summary
	@$(BIN)/python -m sandbox.demo --home $(DEMO_HOME)

test: $(STAMP) ## Run all tests; those on recorded data need ../shared/data or OIW_TEST_DATA
	@$(BIN)/pytest -n 2 --dist loadgroup

lint: $(STAMP) ## Check the style and types of Python, and the format of SQL and YAML
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/sqlfmt --check $(SQL) && $(BIN)/yamllint --strict .

format: $(STAMP) ## Format Python and SQL
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@$(BIN)/sqlfmt $(SQL)

import: $(STAMP) ## Import the files in DATA=<folder> that have a manifest, then build, check and publish
	@$(BIN)/oiw run --files-root $(DATA)

dev: $(STAMP) ## Open the Dagster UI on 127.0.0.1:3000
	@$(BIN)/oiw dev

bench: $(STAMP) ## Measure load, build and increment beside Polars and pandas, and print JSON
	@$(BIN)/python -m benchmarks.run

docs: $(STAMP) ## Generate the data dictionary from the dbt YAML and the capability table from the feeds
	@$(BIN)/python -m docs.generators.data_dictionary
	@$(BIN)/python -m docs.generators.capabilities

evidence: $(STAMP) ## Import the recorded data in DATA=<folder> and generate the evidence pages
	@rm -rf $(EVIDENCE_HOME)
	@$(BIN)/oiw --home $(EVIDENCE_HOME) run --files-root $(DATA)
	@$(BIN)/python -m docs.generators.evidence $(EVIDENCE_HOME)/published/oi.duckdb
	@OIW_WRITE_GOLDEN=1 $(BIN)/pytest -q tests/integration/test_evidence_golden.py tests/integration/test_docs_queries.py

picture: demo ## Run the demo and draw the README's picture from its published file
	@$(BIN)/python -m docs.generators.market_picture $(DEMO_HOME)/published/oi.duckdb

lock: $(STAMP) ## Resolve the dependencies again and write requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --extra dev -o requirements.lock pyproject.toml

clean: ## Delete the virtual environment, the caches and all data in warehouse/data
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis warehouse/data dbt_project/target dbt_project/logs
