# What one does with Millrace from a shell. `make help` prints the list. Everything a goal needs is set up first;
# only Swift 6.2 or newer must be there (on PATH, or under /opt/swift).

SHELL := /bin/bash
export PATH := $(PATH):/opt/swift/usr/bin

# One set of flags for every build, so that goals share .build and nothing is compiled twice. Warnings are errors by
# Package.swift; an import of a target that Package.swift does not name is one by this flag.
FLAGS := --explicit-target-dependency-import-check error
# The speed of light in C; on our machines only.
REFERENCE := ../shared/performance/reference.c
SWIFT_SOURCES := Package.swift Sources Tests Examples Benchmarks

# The rooms that users and their tests import: those of the API reference.
ROOMS := Millrace MillraceStores MillraceCluster MillraceKafka MillraceBroker MillraceServer MillraceCore \
    MillraceTesting MillraceSimulation

# Inputs of `make fuzz`, and the seed it begins with.
INPUTS := 10000000
SEED := 1

.DEFAULT_GOAL := help
.PHONY: help deps build test fuzz demo demo-scale-out bench conformance docs format lint

help: ## This list.
	@echo "Millrace, from a shell:"
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 23
	@echo "Examples:"
	@echo "  make demo                                 chat analytics over a synthetic log of 200,000 lines"
	@echo "  IRC_LOGS=../shared/data/irc make demo     the same over a folder of IRC logs"
	@echo "  make demo-scale-out ARGUMENTS='--seconds 60'"
	@echo "  make conformance VECTORS=../shared/conformance"

deps: ## Install the C libraries that are missing (apt-get; asks for sudo where needed).
	@command -v swift >/dev/null || { echo "Swift is missing: https://www.swift.org/install (6.2 or newer)" >&2; exit 1; }
	@.ci/install-dependencies

build: deps ## Build everything for debugging, tests included.
	swift build $(FLAGS) --build-tests

test: deps ## Build and run all tests; those with other people's Kafka clients come last, by themselves.
	@.ci/install-clients
	swift build $(FLAGS) --build-tests
	@.ci/test "$$(swift build --show-bin-path)"
	@echo "Now other people's clients against a broker; this takes a minute or two …"
	swift test $(FLAGS) --skip-build --filter ClientInteropTests

fuzz: deps ## Spoiled frames for the protocol's decoders, with the address sanitizer (INPUTS=<n> SEED=<n>).
	swift build -c release $(FLAGS) --sanitize=address --scratch-path .build/fuzz --product WireFuzz
	@ASAN_OPTIONS=max_allocation_size_mb=64:detect_leaks=0 SWIFT_BACKTRACE=interactive=no \
	    $$(swift build -c release --scratch-path .build/fuzz --show-bin-path)/WireFuzz $(INPUTS) $(SEED)

demo: deps ## Run the chat analytics example from nothing to final tables (IRC_LOGS=<folder> for real logs).
	@echo "Building the example for release; the first time takes a few minutes …"
	swift build -c release $(FLAGS) --product ChatAnalytics
	@$$(swift build -c release --show-bin-path)/ChatAnalytics $(if $(IRC_LOGS),--logs "$(IRC_LOGS)") $(ARGUMENTS)

demo-scale-out: deps ## Run it as three processes over one broker; one is killed, one is added (IRC_LOGS=<folder>).
	@echo "Building the example and the broker for release; the first time takes a few minutes …"
	swift build -c release $(FLAGS) --product millrace
	swift build -c release $(FLAGS) --product ScaleOut
	@$$(swift build -c release --show-bin-path)/ScaleOut $(if $(IRC_LOGS),--logs "$(IRC_LOGS)") $(ARGUMENTS)

bench: deps ## Run the benchmarks and print their table (release build), beside the C reference where it is at hand.
	swift build -c release $(FLAGS) --product MillraceBenchmarks
	@if [ -f $(REFERENCE) ] && command -v gcc >/dev/null; then gcc -O2 -msse4.2 $(REFERENCE) -lrocksdb -o .build/reference; fi
	@$$(swift build -c release --show-bin-path)/MillraceBenchmarks \
	    $$([ -x .build/reference ] && echo --reference .build/reference) $(ARGUMENTS)

conformance: deps ## Run a folder of conformance vectors: make conformance VECTORS=<folder>
	@test -n "$(VECTORS)" || { echo "Say which: make conformance VECTORS=<folder>" >&2; exit 2; }
	swift build $(FLAGS) --product ConformanceRunner
	@$$(swift build --show-bin-path)/ConformanceRunner "$(VECTORS)"

docs: deps ## Make the API reference from the doc comments; fails at a warning or an undocumented symbol.
	swift build $(FLAGS) --product ReferenceCheck
	swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members
	@rm -rf .build/reference && mkdir -p .build/reference
	@set -e; bin=$$(swift build --show-bin-path); graphs=$$(dirname $$bin)/symbolgraph; \
	for room in $(ROOMS); do \
	    mkdir .build/reference/$$room; cp $$graphs/$$room.symbols.json $$graphs/$$room@*.symbols.json .build/reference/$$room; \
	done 2>/dev/null || true; \
	$$bin/ReferenceCheck $(foreach room,$(ROOMS),.build/reference/$(room)/$(room).symbols.json); \
	printf '%s\n' $(ROOMS) | xargs -P 2 -I {} \
	    docc convert --additional-symbol-graph-dir .build/reference/{} --fallback-display-name {} \
	        --fallback-bundle-identifier millrace.{} --warnings-as-errors \
	        --transform-for-static-hosting --output-path .build/reference/{}.doccarchive; \
	docc merge $(foreach room,$(ROOMS),.build/reference/$(room).doccarchive) --synthesized-landing-page-name Millrace \
	    --output-path .build/reference/Reference.doccarchive
	@echo "The reference: .build/reference/Reference.doccarchive (read it with: python3 -m http.server -d <that folder>)"

format: ## Format all Swift sources in place.
	swift format format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## Check the format of all Swift sources.
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
