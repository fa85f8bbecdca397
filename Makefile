# Throughline. `make help` lists what there is.

# outside the checkout, so that a fresh clone builds only what changed
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/throughline/target
CARGO ?= cargo
DOCUMENTS := gepard import mes oms pos

.PHONY: help run test test-domain lint generate generated check bench audit setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Serve with a demo team and 20,000 orders; installs PostgreSQL if it is missing
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) run --locked --release --package throughline -- serve --demo

test: ## Run every test; installs PostgreSQL and Redis if they are missing
	@PG_BIN=$$(scripts/postgres) && REDIS_SERVER=$$(scripts/redis) && export PG_BIN REDIS_SERVER && $(CARGO) test --locked --workspace --all-features

test-domain: ## Run the pure domains' tests alone: seconds, and nothing else needed
	$(CARGO) test --locked --all-features --package kernel --package file-intake --package secrets --package audit --package identity --package production-ops --package order-import --package procurement --package sales-orders --package invoicing

lint: ## Format check and clippy, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- --deny warnings

generate: ## Write the generated files anew: docs/openapi/*.json
	@mkdir -p docs/openapi
	@for name in $(DOCUMENTS); do $(CARGO) run --locked --quiet --package throughline -- openapi $$name > docs/openapi/$$name.json || exit 1; done

generated: ## Fail if a generated file is not up to date
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) test --locked --workspace --all-features --test e2e the_documents_served_printed_and_checked_in_are_the_same

check: ## What must pass before a change lands: lint, generated files, every test
	$(CARGO) fetch --locked
	$(MAKE) lint
	$(MAKE) generated
	$(MAKE) test

bench: ## Measure imports, operations, sales, pages of orders and invoices against their limits, side by side (docs/benchmarks.md)
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) bench --locked --package throughline --bench import --bench access --bench production --bench selling --bench accounting

audit: ## Licences, sources and bans (cargo-deny), unused dependencies (cargo-machete); both must be installed
	cargo deny check bans licenses sources
	cargo machete

setup: ## Find PostgreSQL 15 and Redis 6 or later, or install them; prints where they are
	@scripts/postgres
	@scripts/redis
