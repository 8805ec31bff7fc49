# `make` lists the targets. Without make (Windows): README.md, "Without make".
PYTHON_IN_VENV := .venv/bin/python
HAS_DISPLAY := $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s))

.PHONY: help setup run test lint docs audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## build or update .venv (PYTHON=python3.12, TORCH_INDEX_URL=... choose what goes in)
	@bash .ci/setup.sh

run: setup ## track the shipped clip: in a window, or on the terminal where there is no display
	@$(if $(strip $(HAS_DISPLAY)),bash .ci/system_libraries.sh window)
	@$(PYTHON_IN_VENV) main.py demo

test: setup lint ## run every check: lint, types, import rules, tests, documentation
	@bash .ci/system_libraries.sh offscreen
	@$(PYTHON_IN_VENV) -m pytest -n auto --dist worksteal

lint: setup ## ruff, mypy and the import rules
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m mypy
	@.venv/bin/lint-imports

docs: setup ## build the documentation as a site, build/site; a link that leads nowhere fails
	@$(PYTHON_IN_VENV) -m zensical build --strict --clean

audit: ## ask PyPI whether a locked version has a known vulnerability; fails also where it cannot tell
	@bash .ci/audit.sh

clean: ## remove .venv and everything else that is built
	@rm -rf .venv build dist *.egg-info .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
