# `make` lists what can be done. The environment is .venv, made anew only when requirements/ change.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Exactly what is pinned, as it was built: no pip chooses anything, whatever its age and whatever is released tomorrow.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PINNED = --only-binary :all: --require-hashes
RUN := .venv/installed-run
TEST := .venv/installed-test
WORKERS ?= 3
PARALLEL = -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test check mutants bench contract journeys gallery screenshots lint types record translations

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 21

run: $(RUN) ## Start everything (STACK=real|sandbox forces which servers) and say what to open
	@$(BIN)/python -m tests.stack

test: $(TEST) ## Run every test this machine can run, with coverage, WORKERS at a time
	@$(BIN)/python -m pytest $(PARALLEL) --cov=app --cov-report=term-missing

check: lint types test ## Everything a change has to pass

mutants: $(TEST) ## Change every module that decides, one thing at a time, and list what no test notices (MODULES="login consent": those)
	@$(BIN)/python -m tests.mutants

bench: $(TEST) ## Measure the main paths of the running pages (NODE_UI=checkout: beside the reference UI)
	@$(BIN)/python -m tests.bench $(if $(NODE_UI),--beside "$(NODE_UI)")

contract: $(TEST) ## Compare the sandbox with the real servers
	@$(BIN)/python -m pytest $(PARALLEL) tests/contract

journeys: $(TEST) ## Sign in, consent and sign out as a person does, on every stack there is
	@$(BIN)/python -m pytest $(PARALLEL) tests/journeys

gallery: $(TEST) ## Show every page in every state, without Kratos and Hydra
	@$(BIN)/python -m tests.gallery

screenshots: $(TEST) ## Take the pictures of docs/images anew
	@$(BIN)/python -m tests.gallery.screenshots

lint: $(TEST) ## Check style and formatting
	@$(BIN)/ruff check && $(BIN)/ruff format --check

types: $(TEST) ## Check types
	@$(BIN)/mypy

translations: $(TEST) ## Bring the catalogues up to date with the texts
	@$(BIN)/python -m tests.languages.catalogues

record: $(RUN) ## Record the bodies of a real Kratos anew, for the sandbox and the tests
	@$(BIN)/python -m kratos.recorder

$(BIN)/python:
	@$(if $(PYTHON),$(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Portico needs Python 3.11 or newer: install it, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

$(RUN): requirements/portico.txt requirements/sandbox.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Portico and its demo need into .venv ..."
	@$(PIP) $(PINNED) $(patsubst %,-r %,$(filter %.txt,$^))
	@$(PIP) --no-build-isolation --editable . && touch $@

$(TEST): requirements/dev.txt $(RUN)
	@echo "Installing what the tests need into .venv ..."
	@$(PIP) $(PINNED) -r $< && touch $@
