# The commands of this repository. `make` or `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help dev demo test chaos test-node24 check format build up down logs migrate migrate-undo migrate-status prod-env db-main db-medias clean missing-tools

TS := node --conditions=source --import tsx
# The plugin, or its binary under its own name.
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  \033[1mmake %-15s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm writes this file last: it is older than the lock file when what is installed is. Not npm ci: that refuses a lock
# file which lacks the binaries of platforms that the registry at hand does not carry. Where one service alone was
# installed, by npm install in its folder, the root's own tools are missing.
node_modules/.package-lock.json: package-lock.json $(if $(wildcard node_modules/.bin/jest),,missing-tools)
	@echo "Installing node modules …"
	@npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@touch $@

dev: node_modules/.package-lock.json ## Starts the whole system on this machine, and restarts changed services; Ctrl-C stops it
	@exec $(TS) scripts/dev.ts

demo: node_modules/.package-lock.json ## Uploads generated pictures, or those in PHOTOS=folder, and shows every rendered size
	@exec env PHOTOS='$(PHOTOS)' $(TS) scripts/demo.ts

# Passed through the environment, because make and the shell would change characters of a regular expression.
override ONLY := $(value ONLY)
override SINCE := $(value SINCE)
override PROJECT := $(value PROJECT)
override SKIP := $(value SKIP)
export ONLY SINCE PROJECT SKIP WORKERS
JEST_OPTIONS := --experimental-vm-modules --conditions=source --disable-warning=ExperimentalWarning

test: node_modules/.package-lock.json ## Runs all tests, or only some: ONLY=path-regex, SINCE=branch, PROJECT=unit|service|system
	@exec env NODE_OPTIONS='$(JEST_OPTIONS)' node_modules/.bin/jest $${ONLY:+--testPathPatterns="$$ONLY"} \
		$${SINCE:+--changedSince="$$SINCE" --passWithNoTests} $${PROJECT:+--selectProjects="$$PROJECT"} $${WORKERS:+--maxWorkers="$$WORKERS"}

chaos: node_modules/.package-lock.json ## Kills and freezes every part at random for MINUTES=30, and compares what was accepted with what is there
	@exec env MINUTES='$(MINUTES)' $(TS) scripts/chaos.ts

test-node24: node_modules/.package-lock.json ## Runs the unit tests on Node 24, which npm installs; not those of SKIP=path-regex
	@exec env NODE_OPTIONS='$(JEST_OPTIONS)' ./scripts/test-node24.sh $${SKIP:+--testPathIgnorePatterns='/node_modules/' --testPathIgnorePatterns='/dist/' --testPathIgnorePatterns="$$SKIP"}

check: node_modules/.package-lock.json ## Checks format, lint and dependency rules, types, dead code, prose, generated files
	@npm run --silent format:check
	@npm run --silent lint
	@npm run --silent circles
	@npm run --silent types
	@npm run --silent dead-code
	@npm run --silent prose
	@npm run --silent env-examples -- --check
	@npm run --silent permissions -- --check
	@npm run --silent errors -- --check
	@npm run --silent api-reference -- --check
	@npm run --silent lint-api
	@npm run --silent api-changes
	@npm run --silent api-words
	@npm run --silent client -- --check
	@npm run --silent bundle-sizes -- --check
	@npm run --silent package-types

format: node_modules/.package-lock.json ## Formats every file
	@npm run --silent format

build: ## Builds the container images
	$(COMPOSE) build

up: ## Starts the whole system in containers, and waits until all are healthy
	$(COMPOSE) up --build --detach --wait

down: ## Stops the containers; the data is kept
	$(COMPOSE) down

logs: ## Follows the containers' logs
	$(COMPOSE) logs --follow --tail=100

prod-env: ## Writes .env with random secrets for docker-compose.prod.yml; requires ADMIN_EMAIL=you@example.com
	@./scripts/write-production-env.sh '$(ADMIN_EMAIL)'

migrate: ## Migrates both databases, and seeds maindb (MAINDB_URL, MEDIASDB_URL)
	@./run-migrations.sh all up

migrate-undo: ## Reverts the last migration of each database
	@./run-migrations.sh all undo

migrate-status: ## Lists the migrations that have run
	@./run-migrations.sh all status

# Without psql on this machine, the psql in the container.
db-main: ## Opens psql in maindb (MAINDB_URL, or the server of make dev or make up)
	@if command -v psql >/dev/null; then exec psql "$$(./scripts/database-url.sh main)"; \
	else exec $(COMPOSE) exec db psql --username likeness maindb; fi

db-medias: ## Opens psql in mediasdb (MEDIASDB_URL, or the server of make dev or make up)
	@if command -v psql >/dev/null; then exec psql "$$(./scripts/database-url.sh medias)"; \
	else exec $(COMPOSE) exec medias-db psql --username likeness mediasdb; fi

clean: ## Lists build output, local data, containers and volumes, asks, and deletes them; YES=1 does not ask
	@YES='$(YES)' ./scripts/clean.sh
