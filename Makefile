# One place for every command; CI and the desk run the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SERVERS := build/servers
TOOLS := build/tools
SCHEMATHESIS := build/schemathesis
CASES ?= 2000

.PHONY: setup demo serve servers hapi test test-full check lint lock bench content opioid-products conformance mutation audit fuzz fuzz-schema soak \
	packages deploy-tools deploy-check image clean

setup: $(READY)

# Locked, hashed dependencies, whole in the lock file and never resolved anew (pip would look past a pin
# that an extra asks for as soon as a newer version is out); pip check then says whether it is whole.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "spine-cds needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	@touch $(READY)

demo: $(READY)
	$(BIN)/spine-cds demo

serve: $(READY)
	$(BIN)/spine-cds serve

# The real FHIR servers that tests start: HAPI needs Java 17 and Maven, Medplum's needs node 20. Without
# them those tests are skipped.
servers: $(SERVERS)/hapi/.ready $(SERVERS)/medplum/.ready

$(SERVERS)/hapi/.ready: tests/servers/hapi/pom.xml $(shell find tests/servers/hapi/src -type f)
	mvn --batch-mode --quiet --file tests/servers/hapi/pom.xml process-classes
	@touch $@

$(SERVERS)/medplum/.ready: $(wildcard tests/servers/medplum/*)
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

# For the sandbox (docs/sandbox.md): what is loaded is gone when it stops.
hapi: $(SERVERS)/hapi/.ready
	java -Xmx600m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '$(SERVERS)/hapi/classes:$(SERVERS)/hapi/lib/*' Hapi 8090

# Debian's packages of what tests start or ask beside Python: real servers, and who checks deploy/. As root.
PACKAGES := redis-server postgresql sqlite3 nginx-light openssl chromium systemd buildah mmdebstrap prometheus

packages:
	@dpkg-query --show --showformat='$${db:Status-Status}\n' $(PACKAGES) 2>&1 | grep -qv '^installed$$' || exit 0; \
	if [ "$$(id -u)" != 0 ]; then echo "make packages wants root to install: $(PACKAGES)"; exit 0; fi; \
	apt-get update --quiet=2 && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
		apt-get install --yes --quiet=2 --no-install-recommends $(PACKAGES)

# kustomize is made with Go; checkov has more dependencies than we, and an environment of its own.
deploy-tools: $(TOOLS)/kustomize

$(TOOLS)/kustomize:
	GOBIN=$(abspath $(TOOLS)) GOFLAGS=-mod=mod go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1

$(TOOLS)/checkov/.ready:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check checkov==3.3.30
	@touch $@

# The image built and run, and checkov over image and manifests; the other checks of deploy/ are in make test.
deploy-check: $(READY) deploy-tools $(TOOLS)/checkov/.ready
	$(BIN)/python -m pytest tests/deploy/image_check.py tests/deploy/checkov_check.py

# make image BASE=python:3.11-slim-bookworm@sha256:…, with BUILDER=buildah where there is no Docker
BUILDER ?= docker
image:
	@case '$(BASE)' in *@sha256:?*) ;; *) \
		echo 'say BASE=<image>@sha256:<digest>: a release is built on what somebody has looked up'; exit 1;; esac
	$(BUILDER) build --file deploy/Dockerfile --build-arg BASE='$(BASE)' --tag spine-cds .

test: $(READY)
	$(BIN)/python -m pytest

# The whole matrix of a failing FHIR server, up to five thousand cases of a property, and a hundred generated
# patients on both real servers: about a quarter of an hour on two cores.
test-full: $(READY)
	HYPOTHESIS_PROFILE=full $(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive cds_service hooks fhir_fixtures deploy

# Every branch of these is taken by a test: who may call, where we connect to, three-valued logic.
WHOLE := cds_service/security/*,cds_service/engine/judgement.py,cds_service/engine/markdown.py

# Lint, types, import rules, known faults in our code, and all tests with their coverage.
check: lint
	$(BIN)/python -m pytest --cov --cov-report=term
	$(BIN)/python -m coverage report --fail-under=95
	$(BIN)/python -m coverage report --fail-under=95 --include='cds_service/engine/*,hooks/*'
	$(BIN)/python -m coverage report --fail-under=100 --include='$(WHOLE)'

# Hours of good, bad and hanging traffic; memory, descriptors and threads must not grow: make soak MINUTES=60
MINUTES ?= 60
soak: $(READY)
	$(BIN)/python -m tests.lifecycle.soak $(MINUTES)

# Known faults of the code and of what it depends on, and the parts list build/sbom.json. Fails on
# findings; says so, and does not fail, when the vulnerability service cannot be reached.
audit: $(READY)
	$(BIN)/python -m tests.audit

# Coverage-guided fuzzing with atheris, in an environment of its own: make fuzz SECONDS=3600 for each target.
# What is found is kept in tests/fuzz/found and replayed by make test.
FUZZ := build/fuzz/venv
SECONDS ?= 180
fuzz: $(READY) $(FUZZ)/.ready
	for target in request fhir report markdown link; do \
		PYTHONPATH="$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')" \
			$(FUZZ)/bin/python -m tests.fuzz $$target $(SECONDS) || exit 1; \
	done

$(FUZZ)/.ready:
	$(BIN)/python -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	@touch $@

# What everything costs, side by side, on a quiet machine; the report is build/bench.json. It measures and
# does not judge. make bench BENCH=--quick does a small part, and shows that it runs.
bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(BENCH)

# Writes the documents that are made from clinical content; a test holds them current.
content: $(READY)
	$(BIN)/python -m tests.documents.content

# Makes the opioid product table and its provenance anew: make opioid-products SOURCE=path/to/source.csv
opioid-products: $(READY)
	$(BIN)/python -m tests.documents.opioid_products $(SOURCE)

# 400 mutants of the reader and the imaging logic against their tests: some ten minutes. Not part of make test.
# mutmut has an environment of its own; what the tests need is found in ours, as locked.
MUTATION := build/mutation
mutation: $(READY) $(MUTATION)/.ready
	PYTHONPATH="$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')" \
		$(MUTATION)/bin/python -m tests.mutation

$(MUTATION)/.ready:
	$(BIN)/python -m venv $(MUTATION)
	$(MUTATION)/bin/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	@touch $@

# Every operation of our OpenAPI document on a real server, by a tool with an environment of its own: some
# four minutes, or CASES=50 for a little. Not part of make test.
fuzz-schema: $(READY) $(SCHEMATHESIS)/.ready
	$(BIN)/python -m tests.schema_fuzz $(SCHEMATHESIS)/bin/schemathesis $(CASES)

$(SCHEMATHESIS)/.ready:
	$(PYTHON) -m venv $(SCHEMATHESIS)
	$(SCHEMATHESIS)/bin/python -m pip install --quiet --disable-pip-version-check schemathesis==4.32.5
	@touch $@

# make conformance CHECKER=path/to/cdshooks_check.py; without it the one beside the project, if there is one.
conformance: $(READY)
	$(BIN)/python -m tests.conformance $(CHECKER)

# Needs uv; the result names no host and no path. What a file has already keeps its version.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	$(LOCK) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra granian --extra tracing --output-file requirements-extras.lock pyproject.toml
	echo hatchling | $(LOCK) --no-annotate --constraint requirements-dev.lock --output-file deploy/build.lock -

clean:
	rm -rf $(VENV) $(SERVERS) $(TOOLS) $(SCHEMATHESIS) $(MUTATION) build/bench build/bench.json mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
