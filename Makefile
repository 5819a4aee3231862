# make course   install, run every notebook, write build/course/index.html   (ONLY="11 12", JOBS=2, TIMEOUT=600)
# make test     install with all three backends, then everything that must hold
# make lab      open the first notebook in JupyterLab
# Everything is installed into .venv, nothing outside this folder.

PYTHON ?= python3
JOBS ?= 1
TIMEOUT ?= 600
ONLY ?=
BIN := .venv/bin
PIP := PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip --disable-pip-version-check install --quiet
QUIET := TF_CPP_MIN_LOG_LEVEL=3

.PHONY: course test lab index store lint clean

course: .venv/installed
	$(QUIET) $(BIN)/dlcourse run $(ONLY) --jobs $(JOBS) --timeout $(TIMEOUT)

lab: .venv/installed
	$(QUIET) $(BIN)/jupyter lab notebooks/00_welcome.ipynb

test: .venv/installed-all
	$(BIN)/python tests/run.py

lint: .venv/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

index: .venv/installed
	$(BIN)/dlcourse index

# Run notebooks and store them with their outputs: make store ONLY="11"
store: .venv/installed
	$(QUIET) $(BIN)/dlcourse store $(ONLY)

.venv/made:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	  "Python 3.11, 3.12 or 3.13 is needed, $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12" % v)'
	@echo "making .venv"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
	  || { $(PYTHON) -m venv --without-pip .venv && \
	       $(PYTHON) -m pip --python .venv/bin/python install --quiet pip; } \
	  || { rm -rf .venv; \
	  echo "python3 cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	@echo "installing the course (once; a few minutes)"
	@$(PIP) --editable .
	@touch $@

.venv/installed-all: .venv/installed
	@echo "installing the other backends and the test tools (once; a few minutes)"
	@$(PIP) --editable ".[all]"
	@touch $@

clean:
	rm -rf build .pytest_cache .ruff_cache
