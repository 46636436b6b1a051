# make run    an executed experiment on the demo corpus, in outputs/
# make test   lint, unit tests, and the notebooks
# make lab    JupyterLab on the notebooks
PYTHON ?= python3.11
BIN := .venv/bin
FOLDS ?= 1 2
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0

.PHONY: run test lint lab soak clean
run: .venv/ready
	$(BIN)/python -m emokit.experiment --folds $(FOLDS)

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
