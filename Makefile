# Everything a newcomer types. Each target installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Tests wait for servers and for processes more than they compute: more of them at once than there are cores
JOBS ?= 4
SIDE_BY_SIDE := -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo cluster-demo serve test test-browser coverage test-wheel test-torch test-gpu test-pythons test-container check \
  check-deep hooks test-clients fuzz fuzz-long bench chaos train lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

# Two stamps: running the product needs less than working on it.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Cleanplate needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q --no-deps --require-hashes -r requirements/runtime.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	$(BIN)/cleanplate warm
	-$(BIN)/cleanplate models pull span u2netp
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/dev.txt
	-$(BIN)/python -m tests.mobilesam_weights
	touch $@

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/bench.txt
	touch $@

demo: $(VENV)/.runtime ## erase an object from the example photo, through the server
	$(BIN)/python examples/demo.py

cluster-demo: $(VENV)/.dev ## the same through two servers and four workers, Postgres and S3
	$(BIN)/python -u -m examples.cluster_demo

serve: $(VENV)/.runtime ## start the server at 127.0.0.1:8080
	$(BIN)/cleanplate serve

test: $(VENV)/.dev ## run the tests
	$(BIN)/python $(SIDE_BY_SIDE)

coverage: $(VENV)/.dev ## run the tests, and show how much of each room they run (at least 85 %)
	$(BIN)/coverage erase
	$(BIN)/coverage run $(SIDE_BY_SIDE)
	$(BIN)/python -m tests.room_coverage.by_room

check: $(VENV)/.dev ## lint, types, the arrow of design, and the files of the container
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema -q --builtin-schema vendor.compose-spec compose.yaml compose.cluster.yaml
	$(BIN)/pre-commit validate-config

check-deep: $(VENV)/.dev ## make mistakes on purpose, and see that the tests find each (minutes)
	$(BIN)/python -m tests.mutations.try_them

hooks: $(VENV)/.dev ## have git look at each commit as `make check` does
	$(BIN)/pre-commit install

SECONDS ?= 10
SEED ?= 1
fuzz: $(VENV)/.dev ## give every reader of strangers' bytes mutated inputs for SECONDS each, by SEED (minutes)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)

fuzz-long: $(VENV)/.dev ## try 20,000 made-up requests against each API, and 20,000 damaged files (most of an hour)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/api/native/test_schemathesis.py tests/api/*/test_fuzz.py \
	  tests/unit/codecs/test_mutations.py

# The networks that are pulled run on torch, which brings gigabytes of libraries for GPUs
$(VENV)/.torch: $(VENV)/.dev requirements/torch.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/torch.txt
	touch $@

test-torch: $(VENV)/.torch ## run the tests of the networks that run on torch (gigabytes to install)
	$(BIN)/python $(SIDE_BY_SIDE) tests/unit/runtime tests/unit/weights tests/unit/models tests/unit/benchmarks/test_words.py tests/pulled \
	  tests/unit/training

test-wheel: $(VENV)/.dev ## install the wheel into a fresh environment and try one of each edit
	$(BIN)/python tests/wheel/try_it.py

# Each in an environment of its own; a name that is not on the PATH, or is there but does not start, is passed over
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
test-pythons: ## run the tests with each of the Pythons 3.11 to 3.14 that is here
	@for python in $(PYTHONS); do \
	  if ! $$python -c '' 2>/dev/null; then echo "$$python is not here"; continue; fi; \
	  $(MAKE) test PYTHON=$$python VENV=.venv-$$(basename $$python) || exit 1; \
	done

# Chromium or Debian's chromium-headless-shell has to be on the PATH
$(VENV)/.browser: $(VENV)/.dev requirements/clients.txt requirements/axe.txt
	$(PIP) install -q --no-deps --require-hashes -r requirements/clients.txt
	$(PIP) download -q --no-deps --require-hashes -r requirements/axe.txt -d $(VENV)/clients
	touch $@

test-browser: $(VENV)/.browser ## drive the studio in a browser
	$(BIN)/python $(SIDE_BY_SIDE) tests/browser -rs

# Other programs, as they are
$(VENV)/.clients: $(VENV)/.browser requirements/iopaint.txt
	$(PIP) download -q --no-deps --require-hashes -r requirements/iopaint.txt -d $(VENV)/clients
	touch $@

$(VENV)/clients/node_modules: requirements/npm/package-lock.json requirements/npm/package.json
	mkdir -p $(VENV)/clients
	cp requirements/npm/package.json requirements/npm/package-lock.json $(VENV)/clients
	npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 --prefix $(VENV)/clients
	touch $@

CLIENTS := tests/api/test_page_elsewhere.py tests/api/iopaint/test_page.py \
  tests/api/openai/test_sdk.py::test_litellm tests/api/openai/test_node.py tests/api/stability/test_litellm.py
# Without npm, or where it reaches nothing, the tests of Node's packages say so and are skipped
test-clients: $(VENV)/.clients ## run other programs' pages and clients: IOPaint's page, Node, LiteLLM
	-$(MAKE) $(VENV)/clients/node_modules
	$(BIN)/python $(SIDE_BY_SIDE) $(CLIENTS) -rs

test-container: $(VENV)/.dev ## do the steps of the Dockerfile in a fresh root, and try what comes of them (as root)
	$(BIN)/python -m tests.container.try_it

PHOTOS ?= ../shared/training
MINUTES ?= 60
train: $(VENV)/.torch ## train the structure network on PHOTOS for MINUTES, from where it was left
	$(BIN)/python -m training.train --photos $(PHOTOS) --minutes $(MINUTES) --weights training/structure.pt

test-gpu: $(VENV)/.torch ## run all tests on the GPU
	CLEANPLATE_DEVICE=cuda $(BIN)/python -m pytest

bench: $(VENV)/.bench ## measure speed, memory, quality and server overhead
	$(BIN)/python -m benchmarks

chaos: $(VENV)/.dev ## attack a server, and see what it does: most of an hour
	$(BIN)/python -m benchmarks.chaos --write docs/reliability.md

LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links pyproject.toml
CLUSTER := --extra otel --extra cluster --extra words --extra iopaint
lock: ## pin the requirements again (needs uv)
	$(LOCK) --group build -o requirements/runtime.txt
	$(LOCK) --group dev $(CLUSTER) -o requirements/dev.txt
	$(LOCK) --group build $(CLUSTER) -c requirements/dev.txt -o requirements/server.txt
	$(LOCK) --group bench $(CLUSTER) -o requirements/bench.txt
	$(LOCK) --group clients $(CLUSTER) -c requirements/dev.txt -o requirements/clients.txt
	$(LOCK) --group dev $(CLUSTER) --extra torch -c requirements/dev.txt -o requirements/torch.txt
	$(LOCK) --group build $(CLUSTER) --extra torch -c requirements/torch.txt -o requirements/gpu.txt

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) demo
