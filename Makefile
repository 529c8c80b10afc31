# `make` lists what can be done. The environment is .venv, made anew only when requirements/ change.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Whatever a container image says: hundreds of processes are started, and each would compile Portico and the tests anew.
export PYTHONDONTWRITEBYTECODE =
# Exactly what is pinned, as it was built: no pip chooses anything, whatever its age and whatever is released tomorrow.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PINNED = --only-binary :all: --require-hashes
RUN := .venv/installed-run
TEST := .venv/installed-test
RELEASE := .venv/installed-release
FUZZ := .venv/installed-fuzz
DOCS := .venv/installed-docs
# Journeys that ask one Portico at an address of its own (its metrics, too), or as the doctor does, without the test's authority.
OWN_ADDRESS = --ignore tests/journeys/test_doctor.py --ignore tests/journeys/test_observed.py $(addprefix --deselect tests/journeys/, \
	test_challenges.py::test_portico_opened_by_another_name_leads_to_its_own \
	test_claims.py::test_metadata_admin_reaches_one_applications_tokens test_claims.py::test_without_the_scope_it_does_not)
WORKERS ?= 3
PARALLEL = -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\#.*/\1/p' $(MAKEFILE_LIST))

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: $(RUN) ## Start everything (STACK=real|sandbox: on which servers; PORTS=8100: on seven ports from there) and say what to open
	@PORTS="$(PORTS)" $(BIN)/python -m tests.stack

test: $(TEST) ## Run every test this machine can run but proxies, replicas and webkit, WORKERS at a time
	@$(BIN)/python -m pytest $(PARALLEL) --ignore tests/proxies --ignore tests/replicas --ignore tests/webkit $(COVERAGE)

coverage: COVERAGE = --cov=app --cov-report=term-missing
coverage: test ## The same, and which lines and branches no test passes: takes half as long again

check: lint types coverage ## Everything a change has to pass

mutants: $(TEST) ## Change every module that decides, one thing at a time, and list what no test notices (MODULES="login consent": those)
	@$(BIN)/python -m tests.mutants

faults: $(TEST) ## Break each answer of Kratos and Hydra in every way at every place that asks (make test: a part)
	@FAULTS=all $(BIN)/python -m pytest -n $(WORKERS) --dist load tests/faults tests/server/test_server_flapping.py \
		tests/journeys/test_broken_answers.py

fuzz: $(FUZZ) ## Look for inputs that break a parser or a page, 8 targets of SECONDS=50 each
	@$(BIN)/python -m tests.fuzz

bench: $(TEST) ## Measure the main paths of the running pages (NODE_UI=checkout: beside the reference UI)
	@$(BIN)/python -m tests.bench $(if $(NODE_UI),--beside "$(NODE_UI)")

soak: $(TEST) ## Let people come and go (MINUTES=30) and see that nothing grows and nothing fails
	@$(BIN)/python -m tests.bench.soak $(or $(MINUTES),30)

overload: $(TEST) ## Ask for four times as much as two workers can answer, and see what comes back
	@$(BIN)/python -m tests.bench.overload

scale: $(TEST) ## Tell what a sign-in costs each server, and how many of them it takes (needs the real ones and PostgreSQL)
	@$(BIN)/python -m tests.bench.scale

machines: $(TEST) ## Two persons, their browsers and attackers at random (MACHINES=400 examples), judged at each step
	@MACHINES=$${MACHINES:-400} $(BIN)/python -m pytest -n $(WORKERS) --dist load tests/machines

contract: $(TEST) ## Compare the sandbox with the real servers
	@$(BIN)/python -m pytest $(PARALLEL) tests/contract

matrix: $(TEST) ## Try the servers on PATH and write their row into docs/support.md (SERVERS=v26.2.0: where they do not say it)
	@$(BIN)/python -m tests.contract.matrix $(SERVERS)

journeys: $(TEST) ## Sign in, consent and sign out as a person does, on every stack there is
	@$(BIN)/python -m pytest $(PARALLEL) tests/journeys

proxies: $(TEST) ## Try the samples of docs/proxies: nginx, HAProxy, Caddy and caches, each where it is installed
	@TEST_REQUIRE_PROXY=1 $(BIN)/python -m pytest $(PARALLEL) tests/proxies

below: $(TEST) ## All journeys without a browser with Portico below a path of its host (BELOW=/auth; STACK=real|sandbox)
	@BELOW=$${BELOW:-/auth} $(BIN)/python -m pytest $(PARALLEL) -m "not browser" tests/journeys

webkit: $(TEST) ## Try Back in Safari's engine: WebKitGTK (Debian: webkit2gtk-driver, xvfb)
	@$(BIN)/python -m pytest tests/webkit

replicas: $(TEST) ## Replace replicas, keys and Redis under people; then all journeys on two of them (PROXY=nginx|haproxy|caddy; STACK=real|sandbox)
	@TEST_REQUIRE_PROXY=1 $(BIN)/python -m pytest $(PARALLEL) tests/replicas
	@TEST_REQUIRE_PROXY=1 STACK=$${STACK:-auto} PROXY=$${PROXY:-haproxy} $(BIN)/python -m pytest $(PARALLEL) $(OWN_ADDRESS) tests/journeys

gallery: $(TEST) ## Show every page in every state, without Kratos and Hydra
	@$(BIN)/python -m tests.gallery

trees: $(TEST) ## Write down anew what a screen reader is told of the pages that matter most
	@$(BIN)/python -m tests.accessibility.trees

docs: $(DOCS) ## Build the site of README and docs/ in site/, with every link and anchor checked
	@$(BIN)/python -m tests.docs.site

screenshots: $(TEST) ## Make docs/images anew: pictures of pages, and the diagrams
	@$(BIN)/python -m tests.gallery.screenshots
	@$(BIN)/python -m tests.docs.pictures

preview-states: $(TEST) ## Make the states that `portico preview` brings anew, of the gallery's
	@$(BIN)/python -m tests.gallery.states

lint: $(TEST) ## Check style and formatting
	@$(BIN)/ruff check && $(BIN)/ruff format --check

types: $(TEST) ## Check types
	@$(BIN)/mypy

translations: $(TEST) ## Bring the catalogues up to date with the texts
	@$(BIN)/python -m tests.languages.catalogues

threats: $(TEST) ## Write the tests of each threat into SECURITY.md, as their docstrings cite it
	@$(BIN)/python -m tests.threats

record: $(RUN) ## Record the bodies of a real Kratos anew, for the sandbox and the tests
	@$(BIN)/python -m kratos.recorder

package: $(RUN) ## Build the wheel and the source package of the last commit, always the same bytes
	@.ci/package $(BIN)/python

sbom: $(RELEASE) ## Write what the last commit ships, with licences, as CycloneDX
	@.ci/sbom $(BIN)/python

release: $(RELEASE) ## Check that the last commit can be released and build what is shipped into dist/ (TAG=1: tag it)
	@$(BIN)/python .ci/release $(if $(TAG),--tag)

audit: $(RELEASE) ## Ask an advisory source about everything that is pinned
	@$(BIN)/python .ci/audit

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

$(TEST): requirements/dev.txt requirements/otel.txt $(RUN)
	@echo "Installing what the tests need into .venv ..."
	@$(PIP) $(PINNED) $(patsubst %,-r %,$(filter %.txt,$^)) && touch $@

$(RELEASE): requirements/release.txt $(TEST)
	@echo "Installing what looks a release over into .venv ..."
	@$(PIP) $(PINNED) -r $< && touch $@

$(DOCS): requirements/docs.txt $(RUN)
	@echo "Installing what makes the site into .venv ..."
	@$(PIP) $(PINNED) -r $< && touch $@

$(FUZZ): requirements/fuzz.txt $(TEST)
	@echo "Installing the fuzzer into .venv ..."
	@$(PIP) $(PINNED) -r $< && touch $@ || { echo "There is no fuzzer for this machine: atheris needs Linux on x86-64 and" \
		"Python 3.11 to 3.13. Everything else works without it." >&2; exit 1; }
