# Every target says what it does in the comment after ##, which `make help` prints.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)

# Flags of go commands that share what go test -race compiles.
RACE = $(shell go env GOFLAGS) -race

.PHONY: help setup build demo test test-short lint generate golden bench campaign

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## */\1|/p' Makefile | while IFS='|' read -r name what; do printf 'make %-11s %s\n' "$$name" "$$what"; done

setup: ## install what is missing on this machine (Debian, Ubuntu; elsewhere says what)
	@scripts/setup

build: ## bin/scorehouse
	CGO_ENABLED=0 go build -ldflags '-X main.version=$(VERSION)' -o bin/scorehouse ./cmd/scorehouse

demo: ## the whole system on synthetic data: make demo [ARGS="--students 2000"]
	@scripts/setup demo
	@$(MAKE) --no-print-directory build
	bin/scorehouse demo $(ARGS)

# The linter needs Go only, so it compiles while setup downloads. All else, the binaries that tests start too, is compiled once: with the race detector.
test: ## everything CI runs: lint, generated files up to date, all tests with the race detector
	@$(MAKE) --no-print-directory -j2 setup bin/lint
	@$(MAKE) --no-print-directory lint
	GOFLAGS='$(RACE)' scripts/check-generated
	go test -race -shuffle=on -vet=off -ldflags=-w -timeout=20m ./... # lint has vetted already; nobody debugs these binaries

test-short: ## the quick tests, without the race detector
	go test -short ./...

lint: bin/lint ## formatting, the analyzers of go vet and staticcheck
	@unformatted=$$(gofmt -l cmd internal scripts) && [ -z "$$unformatted" ] || { echo "gofmt these:" $$unformatted; exit 1; }
	GOFLAGS='$(RACE)' bin/lint ./...

.PHONY: bin/lint
bin/lint:
	@CGO_ENABLED=0 go build -tags lint -ldflags=-w -o bin/lint ./scripts/lint

generate: ## templates, schema dumps, generated docs
	go tool templ generate -include-version=false -log-level error
	go generate ./...

golden: ## write the expected files of tests anew; review the difference as code
	go test -count=1 $$(grep -rl --include=*_test.go 'flag.Bool("update"' internal cmd | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

bench: ## measure: make bench [NAME=ingest] [ARGS="-rate 200"]
	go run ./internal/bench/cmd -name='$(NAME)' $(ARGS)

campaign: ## try a property many times: make campaign NAME=kill [N=50] [TAGS=unfiltered]
	go run -ldflags='$(if $(filter unfiltered,$(TAGS)),-X scorehouse/internal/scope.unfiltered=yes)' ./internal/campaign/cmd -name='$(NAME)' -n='$(or $(N),0)'
