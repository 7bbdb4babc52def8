# One way to do each chore. `make test` is what continuous integration runs.
#
#   make check    format, lints and tests, while you work
#   make test     everything, from a clean clone: installs what is missing, then the checks below, in order
#   make sim      the seeded world: SEEDS worlds with faults (default 10,000)
#   make fuzz     each fuzz target for FUZZ_SECONDS (default 60)
#   make clients  clients that nobody here wrote, against the real binary
#   make python   the Python package
#   make conformance  state machines against what AWS documents of them
#   make airflow  Airflow's example DAGs against how they end in Airflow; fetches these, and takes a while
#   make bench    benchmarks
#   make deny     licences, advisories and sources of dependencies; needs cargo-deny

SEEDS ?= 10000
FUZZ_SECONDS ?= 60

CARGO := cargo
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
VENV := target/venv
BINARY := target/release/tidegate

# One step after another: each of them uses all cores.
.NOTPARALLEL:

.PHONY: test
test: tools format lint unit release sim fuzz clients python conformance

.PHONY: check
check: format lint unit

# Debian packages that are missing, and nothing where all are there.
.PHONY: tools
tools:
	@scripts/install-tools

.PHONY: format
format:
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check

.PHONY: lint
lint:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@$(CARGO) metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

# Both runners print how many passed; nextest leaves the examples in documentation to cargo.
.PHONY: unit
unit:
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	    $(CARGO) nextest run --workspace --locked && $(CARGO) test --workspace --doc --locked; \
	else \
	    $(CARGO) test --workspace --locked; \
	fi

.PHONY: release
release:
	$(CARGO) build --release --locked --package tidegate --package tidegate-sim

.PHONY: sim
sim: release
	target/release/tidegate-sim --seeds $(SEEDS)

# What `cargo fuzz --sanitizer none` passes, so that the stable toolchain is enough.
FUZZ_TARGETS := journal cloudevents workflows
FUZZ_FLAGS := --cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
FUZZ_LIMITS = -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0

.PHONY: fuzz
fuzz: tools $(addprefix fuzz-,$(FUZZ_TARGETS))

# What a target finds is kept in target/fuzz and fuzz/seeds is where it starts.
.PHONY: fuzz-build
fuzz-build:
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --release --locked --manifest-path fuzz/Cargo.toml \
	    --target $(HOST) --target-dir target/fuzz

.PHONY: $(addprefix fuzz-,$(FUZZ_TARGETS))
$(addprefix fuzz-,$(FUZZ_TARGETS)): fuzz-%: fuzz-build
	@mkdir -p target/fuzz/corpus/$* target/fuzz/crashes
	@echo "fuzz $*: $(FUZZ_SECONDS) s"
	@target/fuzz/$(HOST)/release/$* $(FUZZ_LIMITS) -artifact_prefix=target/fuzz/crashes/$*- \
	    target/fuzz/corpus/$* fuzz/seeds/$* 2>target/fuzz/$*.log \
	    && sed -n 's/^stat::number_of_executed_units: */fuzz $*: passed, inputs tried: /p' target/fuzz/$*.log \
	    || { cat target/fuzz/$*.log; echo "fuzz $*: failed"; exit 1; }

.PHONY: clients
clients: tools release $(VENV)/installed
	TIDEGATE=$(abspath $(BINARY)) $(VENV)/bin/pytest -q tests/clients

# Of the Python package, which the binary brings with it.
.PHONY: python
python: tools $(VENV)/installed
	$(VENV)/bin/pytest -q sdk/python/tests

# Makes its own environments, in which Airflow itself is not installed but for its examples.
.PHONY: airflow
airflow: release
	tests/airflow/run

# Fails where a feature has fewer cases that pass than the score that is kept says.
.PHONY: conformance
conformance: tools release $(VENV)/installed
	TIDEGATE=$(abspath $(BINARY)) $(VENV)/bin/python tests/conformance/asl/run.py
	$(VENV)/bin/python tests/conformance/asl/page.py --check

$(VENV)/installed: tests/clients/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: bench
bench:
	$(CARGO) bench --workspace --locked

.PHONY: deny
deny:
	$(CARGO) deny check
