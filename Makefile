# The portal's commands. A fresh machine needs Python 3.11, 3.12 or 3.13 and make, nothing else.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && echo "$$p" && break; done)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help python run test realdata check bench lock clean

help: ## this list
	@echo "Usage: make <target>"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 was not found: install one, or name it: make PYTHON=/path/to/python3.11 ..."; exit 1; }

run: python ## start the portal on http://127.0.0.1:8000 (PORT, HOST, DATABASE_URL, REDIS_URL, DEMO_PASSWORD, PORTAL_CLOCK)
	@exec $(PYTHON) -m deploy.run

test: python ## run every test on PostgreSQL and Redis, and what depends on the database again on SQLite (ARGS="tests/postal -k name")
	@exec $(PYTHON) -m deploy.test $(ARGS)

realdata: python ## check the portal against the real data in SHARED (default ../shared)
	@exec $(PYTHON) -m deploy.test --realdata $(ARGS)

check: python ## linters, types, templates, migrations, translations and production settings
	@exec $(PYTHON) -m deploy.check

bench: python ## measure the hot paths; figures are ratios and milliseconds on this machine
	@exec $(PYTHON) -m deploy.bench $(ARGS)

lock: ## pin requirements again (needs uv)
	@for name in requirements requirements-dev; do \
	  { echo "# Pinned with hashes from $$name.in by 'make lock', for Python 3.11 to 3.13 on Linux."; \
	    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $$name.in; } \
	  > $$name.new && mv $$name.new $$name.txt || exit 1; done

clean: ## remove the virtual environment and caches; the data in var/ stays
	rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
