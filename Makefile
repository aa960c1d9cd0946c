# Two commands on a fresh machine with python3 (3.11 or newer, with venv and pip) and make:
#   make serve    sets up, loads the sample catalog into an empty database, serves it
#   make test     sets up, runs the tests
# make serve PORT=8123 DATABASE=sqlite:////tmp/x.db

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATABASE ?= sqlite:///dcip.db
VENV := .venv
DCIP := $(VENV)/bin/dcip-server --database "$(DATABASE)"

.PHONY: serve test lint bench clean

serve: $(VENV)/installed
	$(DCIP) sample
	$(DCIP) serve --host $(HOST) --port $(PORT)

test: $(VENV)/installed-test
	$(VENV)/bin/python -m pytest -n auto --dist worksteal

lint: $(VENV)/installed-test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy --config-file setup.cfg

bench: $(VENV)/installed-test
	$(VENV)/bin/python -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e ".[postgresql]"
	touch $@

$(VENV)/installed-test: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	# For the axe.min.js in it: what it depends on is another driver of browsers.
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps "axe-playwright-python >=0.1.8"
	touch $(VENV)/installed $@
