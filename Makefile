# Everything one does with this repository. Needs Python 3.11+ (with venv) and make.
# The first target that is run sets up `.venv`; after that no network is needed.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
BIN := .venv/bin
SPARK_BIN := .venv-spark/bin
SPARK := 4.3.0

.DEFAULT_GOAL := help
.PHONY: help demo test check law fast bench test-spark record-spark soak golden clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: .venv/ready ## about thirty seconds: a stream, a kill, a restart, the same answer
	@$(BIN)/python -m demo

test: .venv/ready ## every test that needs nothing but this environment
	$(BIN)/python -m pytest -q -n auto --dist worksteal

check: law ## what a commit must pass: the law of the style guide, then every test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

law: .venv/ready ## format, lint, types, import layers, tidy, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_docs.py

fast: .venv/ready ## while writing: lint, and the tests without processes and long searches
	$(BIN)/ruff check -q .
	HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -q -x \
		--ignore=tests/process --ignore=tests/model --ignore=tests/client

bench: .venv/ready ## the workloads of the README, with what they are compared to
	@$(BIN)/python -m bench

# PROGRAMS=sample runs the fixed sample alone.
test-spark: .venv/ready .venv-spark/ready ## the same programs here and on real Spark (needs Java 17+)
	TZ=UTC $(BIN)/python -m pytest -q tests/spark $(if $(PROGRAMS),-m $(PROGRAMS))

# PROGRAMS="<name> <name>" records these alone.
record-spark: .venv/ready .venv-spark/ready ## record real Spark's answers to the programs (needs Java 17+)
	TZ=UTC $(BIN)/python -m tests.spark.record_programs $(PROGRAMS)

soak: .venv/ready ## the random tests for long
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -q tests/model tests/process

golden: .venv/ready ## rewrite the expected texts under tests/golden; review the diff
	$(BIN)/python -m pytest -q tests/golden --rewrite-golden

clean: ## remove what the targets above made
	rm -rf .venv .venv-spark build dist .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis

# An environment is made anew only when what pyproject.toml says of the package
# differs from the copy kept in it; neither a checkout's new modification times
# nor a setting of a tool cost a network.
PACKAGE := sed '/^\# ── lint/,$$d' pyproject.toml

.venv/ready: pyproject.toml
	@if ! $(PACKAGE) | cmp -s - $@; then \
		test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed."; exit 1; }; \
		echo "Setting up .venv (once) ..."; \
		test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
		$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]' \
		&& $(PACKAGE) > $@; \
	else touch $@; fi

.venv-spark/ready: Makefile
	@command -v java >/dev/null || { echo "Real Spark needs Java 17 or later."; exit 1; }
	@if [ "$$(cat $@ 2>/dev/null)" != "$(SPARK)" ]; then \
		echo "Setting up .venv-spark (once; about 450 MB) ..."; \
		test -x $(SPARK_BIN)/python || $(PYTHON) -m venv .venv-spark; \
		$(SPARK_BIN)/python -m pip install -q --disable-pip-version-check \
			'pyspark[connect]==$(SPARK)' 'pandas>=2.2,<3' \
		&& echo "$(SPARK)" > $@; \
	else touch $@; fi
