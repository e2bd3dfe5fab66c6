# What there is to do: `make` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

DEBUG := .build/debug/twinroute
RELEASE := .build/release/twinroute
PYTHON := .venv/bin/python

# Arguments for `make run`, such as ARGS="--http-port 8081".
ARGS ?=
# How often `make crashtest` kills the bridge.
KILLS ?= 50

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## install Debian packages and make .venv, where missing
	@scripts/setup-debian.sh
	@scripts/setup-python.sh

.PHONY: build
build: setup ## the release binary
	swift build -c release --product twinroute

.PHONY: run
run: build ## the bridge with its embedded defaults
	@exec $(RELEASE) serve $(ARGS)

.PHONY: test
test: setup ## all tests, with a short crash test and a few faults
	swift build --build-tests
	swift test --skip-build
	# They wait more than they work; a file's tests share what they start.
	TWINROUTE=$(abspath $(DEBUG)) $(PYTHON) -m pytest Tests/Interoperability -n 3 --dist loadfile

.PHONY: crashtest
crashtest: build ## kill the bridge 50 times under load; KILLS=n for another number
	TWINROUTE=$(abspath $(RELEASE)) $(PYTHON) scripts/crashtest.py --kills $(KILLS)

.PHONY: powerloss
powerloss: setup ## cut the power at every write of a run of the journal (Linux; 3 minutes)
	swift build --product JournalStorageChild
	$(PYTHON) scripts/powerloss.py

.PHONY: diskfaults
diskfaults: setup ## make every write, sync and new file of the journal fail (Linux; 6 minutes)
	swift build --product JournalStorageChild
	$(PYTHON) scripts/diskfaults.py

# Arguments for `make faults`, such as FAULTS="--short" or FAULTS="--only half-open"; FAULTS=--list lists them.
FAULTS ?=

.PHONY: faults
faults: build ## break everything around the bridge, three quarters of an hour; FAULTS=--short for four minutes, FAULTS=--list
	TWINROUTE=$(abspath $(RELEASE)) $(PYTHON) scripts/faults $(FAULTS)

.PHONY: bench
bench: build ## mappings, filters, each way out, and the whole bridge beside a bare C loop
	swift build -c release --product IngestBenchmark
	swift build -c release --product FilterBenchmark
	.build/release/IngestBenchmark
	.build/release/FilterBenchmark
	swift build -c release --product DeliveryBenchmark
	@$(MAKE) -s -C Benchmarks/floor
	.build/release/DeliveryBenchmark 200000 200 1000 Benchmarks/floor/build/floor-sender
	swift build -c release --product NamespaceBenchmark
	.build/release/NamespaceBenchmark
	swift build -c release --product EventGridBenchmark
	$(PYTHON) scripts/bench_event_grid.py
	TWINROUTE=$(abspath $(RELEASE)) $(PYTHON) scripts/bench.py

.PHONY: outage
outage: build ## what one sick endpoint costs the others, and the way back, over 1,000,000 events
	TWINROUTE=$(abspath $(RELEASE)) $(PYTHON) scripts/outage.py

.PHONY: rehearsal
rehearsal: build ## 100,000 events to the local namespace, again with each fault of docs/namespace.md on; 10 minutes
	TWINROUTE=$(abspath $(RELEASE)) $(PYTHON) scripts/rehearsal.py

# How long `make fuzz` looks, in all.
SECONDS_OF_FUZZING ?= 300

.PHONY: fuzz
fuzz: setup ## search for filters, AMQP frames and messages that crash or hang what reads them
	for target in filters amqp-frames amqp-messages; do scripts/fuzz $$target $$(($(SECONDS_OF_FUZZING) / 3)) || exit; done

.PHONY: docs
docs: setup ## write docs/configuration.md, docs/delivery.md and the README's event from the code
	swift build --build-tests
	TWINROUTE_WRITE_DOCS=1 swift test --skip-build --filter "(Settings|Delivery)Tests.DocumentationTests"
	TWINROUTE=$(abspath $(DEBUG)) $(PYTHON) scripts/readme.py
