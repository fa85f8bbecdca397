# Throughline. `make help` lists the commands.

# outside the checkout, so that a fresh clone builds only what changed
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/throughline/target
CARGO ?= cargo
DOCUMENTS := gepard import mes oms pos

.PHONY: help run test test-domain lint generate generated check bench clients audit setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Serve with a demo team and 20,000 orders; installs PostgreSQL if it is missing
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) run --locked --release --package throughline -- serve --demo

test: ## Run every test; installs PostgreSQL, Redis and PgBouncer if they are missing
	@PG_BIN=$$(scripts/postgres) && REDIS_SERVER=$$(scripts/redis) && PGBOUNCER=$$(scripts/pgbouncer) && export PG_BIN REDIS_SERVER PGBOUNCER && $(CARGO) test --locked --workspace --all-features

test-domain: ## Run only the tests of the pure domains: takes seconds, needs no servers
	$(CARGO) test --locked --all-features --package kernel --package file-intake --package secrets --package attachments --package equipment --package audit --package identity --package production-ops --package order-import --package procurement --package grn-ticketing --package sales-orders --package invoicing

lint: ## Format check and clippy, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- --deny warnings

generate: ## Regenerate the generated files: docs/openapi/*.json
	@mkdir -p docs/openapi
	@for name in $(DOCUMENTS); do $(CARGO) run --locked --quiet --package throughline -- openapi $$name > docs/openapi/$$name.json || exit 1; done

generated: ## Fail if a generated file is not up to date
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) test --locked --workspace --all-features --test e2e the_documents_served_printed_and_checked_in_are_the_same

check: ## Run what must pass before a change lands: lint, audit, generated files, every test
	$(CARGO) fetch --locked
	$(MAKE) lint
	$(MAKE) audit
	$(MAKE) generated
	$(MAKE) test

bench: ## Measure imports, operations, sales, goods bought in, lists and invoices against their baselines (docs/benchmarks.md)
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && $(CARGO) bench --locked --package throughline --bench import --bench access --bench production --bench selling --bench buying_in --bench accounting

clients: ## Generate clients from the documents, run a journey with each, and fuzz the service; needs Node.js and Python
	$(CARGO) build --locked --package throughline
	@PG_BIN=$$(scripts/postgres) && export PG_BIN && scripts/clients $(CARGO_TARGET_DIR)/debug/throughline

audit: ## Check licences, sources and bans of the dependencies (cargo-deny); builds cargo-deny if it is missing
	@DENY=$$(scripts/cargo-deny) && $$DENY --all-features --locked check --hide-inclusion-graph bans licenses sources

setup: ## Find or install PostgreSQL 15 or later, Redis 6 or later and PgBouncer; print where they are
	@scripts/postgres
	@scripts/redis
	@scripts/pgbouncer
