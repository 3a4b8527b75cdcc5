# Two commands do all set-up: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPS := $(VENV)/.develops
BROWSES := $(VENV)/.browses
NODE_MODULES := node_modules/.package-lock.json
SCHEMA_SUITE := .build/json-schema-suite/.unpacked
PIP := $(BIN)/python -m pip --disable-pip-version-check
NPM = $(BIN)/python -m infra.npm
INVOICES ?= samples/invoices

.PHONY: help demo test test-crash test-browser test-guards check synth lint bench bench-guards bench-crash bench-callback bench-gates clean
.DEFAULT_GOAL := help

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Tollgate needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing). Say which one to use: make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing what the project needs into $(VENV) (once)"
	@$(PIP) install -qq -r requirements.txt -c constraints.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPS): $(INSTALLED) requirements-dev.txt
	@echo "installing what the tests need into $(VENV) (once)"
	@$(PIP) install -qq -r requirements-dev.txt -c constraints.txt
	@touch $@

$(BROWSES): $(DEVELOPS) requirements-browser.txt
	@$(PIP) install -qq -r requirements-browser.txt -c constraints.txt
	@touch $@

$(NODE_MODULES): package.json package-lock.json $(INSTALLED)
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(SCHEMA_SUITE): constraints.txt | $(DEVELOPS)
	@echo "unpacking the official JSON-Schema-Test-Suite from jsonschema's source distribution (once)"
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(PIP) download -qq --no-deps --no-binary jsonschema -c constraints.txt -d $(@D) jsonschema
	@tar -xzf $(@D)/jsonschema-*.tar.gz -C $(@D) --strip-components=2 --wildcards '*/json/tests' '*/json/remotes'
	@touch $@

demo: $(INSTALLED) ## the invoice agent over real e-invoices, through the whole stack (INVOICES=dir for your own)
	@$(BIN)/python -m cli.demo --invoices "$(INVOICES)"

test: $(DEVELOPS) $(NODE_MODULES) $(SCHEMA_SUITE) ## every test that needs no AWS account
	@$(BIN)/python -m pytest

test-browser: $(BROWSES) $(NODE_MODULES) ## approvals by hand, in a real Chromium; it must be installed (or TOLLGATE_CHROMIUM names it)
	@$(BIN)/python -m pytest tests/browser

test-guards: $(DEVELOPS) ## external checks against real Guardrails AI and NeMo Guardrails servers (installs them beside)
	@$(BIN)/python -m pytest tests/guard_servers/against_real_servers.py

check: $(DEVELOPS) $(NODE_MODULES) ## formatting, lint, types, import rules, schemas, ASL and template linters
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tollgate.definitions.schemas --out docs/schemas --check
	@$(BIN)/tollgate check
	@CDK_OUTDIR=cdk.out $(BIN)/python app.py
	@$(BIN)/python -m infra.lint cdk.out

synth: $(INSTALLED) $(NODE_MODULES) ## the CloudFormation templates, by the pinned CDK command line, into cdk.out
	@$(BIN)/python -m infra.cdk synth --quiet

bench: $(DEVELOPS) ## ratios, not times: transitions, time per step beside LangGraph, cost of the tool boundary
	@$(BIN)/python -m benchmarks.run

bench-guards: $(DEVELOPS) ## what the policy gates and asks on public attack sets, the tripwire's errors, a verdict's time
	@$(BIN)/python -m benchmarks.guards.agentdojo --suites workspace,banking,slack,travel
	@$(BIN)/python -m benchmarks.guards.tripwire
	@$(BIN)/python -m benchmarks.guards.speed

test-crash: $(DEVELOPS) $(NODE_MODULES) ## the crash matrix: a kill before and after every write of every task, in minutes
	@$(BIN)/python -m pytest -m matrix tests/workflow/test_kills.py

bench-crash: $(DEVELOPS) ## effects that happen twice when processes are killed, beside LangGraph and DBOS
	@$(BIN)/python -m benchmarks.crash.run

bench-callback: $(DEVELOPS) ## how long Slack waits for the callback: 50 posts at once, and a cold start
	@$(BIN)/python -m benchmarks.callback

bench-gates: $(DEVELOPS) ## two hundred runs at their gates at once, approved in random order while fifty others run
	@$(BIN)/python -m benchmarks.gates.run

clean: ## forget everything that can be made again
	@rm -rf $(VENV) .build cdk.out node_modules .tollgate
