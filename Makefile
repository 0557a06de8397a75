# Everything a person or a pipeline does with the project. `make help` lists it.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet install -c constraints.txt
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test test-all check format wsdl conformance rules bench soak year plots clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.runtime ## set up and start the head end (ARGS="--port 9000 --meters 50")
	$(BIN)/headend serve $(ARGS)

demo: $(VENV)/.runtime ## a tour that ends by itself
	$(BIN)/headend demo $(ARGS)

test: $(VENV)/.dev ## set up and run the tests
	$(BIN)/python -m pytest -n auto $(ARGS)

test-all: ## the tests on every supported Python
	.ci/test-all

check: $(VENV)/.dev ## lint, format, types, import rules, freshness of what is generated
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m headend.contract.generate --check
	$(BIN)/python -m headend.conformance_page --check
	$(BIN)/python -m headend.lint --check

format: $(VENV)/.dev ## put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wsdl: $(VENV)/.dev ## make the contract files anew from wsdl/tables
	$(BIN)/python -m headend.contract.generate

conformance: $(VENV)/.dev ## make docs/conformance.md anew from the running code
	$(BIN)/python -m headend.conformance_page

rules: $(VENV)/.dev ## make docs/lint.md anew from the linter's rules
	$(BIN)/python -m headend.lint

bench: $(VENV)/.dev ## measure speed and memory (ARGS=--quick for a short form)
	$(BIN)/python -m benchmarks.run $(ARGS)

soak: $(VENV)/.dev ## kill a working head end 200 times on each database (ARGS="--rounds 20")
	$(BIN)/python -m tests.soak $(ARGS)

year: $(VENV)/.dev ## a head end lives through a year, and what it keeps levels off (ARGS="--days 60")
	$(BIN)/python -m tests.soak.simulated_year $(ARGS)

plots: $(VENV)/.dev ## draw the gallery of docs/gallery
	$(BIN)/python -m plots.gallery $(ARGS)

clean: ## remove environments and caches
	rm -rf $(VENV) .venv-3* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# What builds comes first, so that the project is built with the pinned one and not with whatever is newest today, and
# so that Spyne, which is published as source alone, is built at all (setuptools, wheel).
$(VENV)/.runtime: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) hatchling editables setuptools wheel
	$(PIP) --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(PIP) --no-build-isolation --editable '.[dev]'
	touch $@
