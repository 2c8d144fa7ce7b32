# ticketmill: `make demo` shows the product, `make test` proves it.

VERSION ?= 0.1.0-dev
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TOOLS   := $(CURDIR)/bin/tools

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.DEFAULT_GOAL := build
.PHONY: build demo test test-kafka bench-kafka bench-demand race check fuzz bench bench-scale kill clean

build: ## the program, in bin/
	@command -v "$$(go env CC)" >/dev/null || { echo "ticketmill links DuckDB, which needs a C compiler (such as gcc or clang); none was found" >&2; exit 1; }
	go build -trimpath -ldflags "$(LDFLAGS)" -o bin/ticketmill ./cmd/ticketmill

demo: build ## the whole product on made-up data, without an account
	./bin/ticketmill demo

test: ## all tests of the normal lane
	go test ./...
	@echo "not run here: the Kafka tests against a real Apache Kafka (make test-kafka)"

REAL_KAFKA = dir=$$(ingest/kafka/kafkatest/fetch-kafka.sh) || { status=$$?; [ $$status -eq 3 ] && exit 0; exit $$status; }; TICKETMILL_TEST_KAFKA="$$dir"
test-kafka: ## the Kafka tests against a real Apache Kafka (needs Java and Maven, else says so)
	@$(REAL_KAFKA) go test -count=1 ./ingest/kafka/...
	@$(REAL_KAFKA) go test -count=1 -run Kafka ./cmd/ticketmill

bench-kafka: ## from a real broker to landing, beside a plain consumer
	@$(REAL_KAFKA) go test -run '^$$' -bench . -benchtime 3x ./ingest/kafka

race: ## the tests with the race detector
	go test -race -short ./...

check: $(TOOLS)/golangci-lint ## format, vet and lint
	go vet ./...
	$(TOOLS)/golangci-lint run

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install $(GOLANGCI_LINT)

FUZZTIME ?= 10s
fuzz: ## every fuzz target for FUZZTIME
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

bench: ## the benchmarks at a small scale
	go test -run '^$$' -bench . -benchtime 1x -timeout 2h ./...

DIR ?= labelled
K ?= true
bench-demand: ## how well demand types are found: label<TAB>text files (plain or .gz) in DIR, K=true or auto; CSV
	@out=$$(go test ./models/demand -run '^$$' -bench BenchmarkLabelled -benchtime 1x -timeout 4h -dir "$(abspath $(DIR))" -k $(K)) || { echo "$$out" >&2; exit 1; }; \
	echo "$$out" | grep -E '^[^,]+(,[^,]*){7}$$'

SCALE ?= 1000000
bench-scale: ## full and nightly build of SCALE tickets with five times as many comments and events
	go test -run '^$$' -bench 'BenchmarkBuild$$' -benchtime 1x -timeout 2h ./cmd/ticketmill -scale $(SCALE)

KILLS ?= 50
kill: ## kill -9 at KILLS random moments of a run, then compare
	go test -run Kill -count 1 -timeout 30m ./cmd/ticketmill -kills $(KILLS)

clean:
	rm -rf bin ticketmill-demo
