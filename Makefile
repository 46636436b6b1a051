# make run     an executed experiment on the demo corpus: notebooks 01, 02 (one run a fold), 03, 05 and 06, in outputs/
# make test    lint, the examples of the docstrings, unit tests, and the notebooks as they are stored
# make quick   lint, examples and the unit tests that need no browser and no long training, in two processes
# make soak    kills at random moments while saving, caching and training, and what crash-safety costs (long)
# make api     pages of the library's functions and classes, from their docstrings, in build/api
# make lab     JupyterLab on the notebooks
# make stored  the notebooks executed in place, as they are committed
PYTHON ?= $(or $(shell command -v python3.11),python3)
FOLDS ?= 1 2
BIN := .venv/bin
PAPERMILL := $(BIN)/papermill --no-progress-bar --log-level WARNING
EXAMPLES := $(addprefix emokit/,class_weights.py emotions.py metrics.py padding.py splits.py targets.py \
    corpora/folder.py corpora/own/emotion_words.py corpora/own/layout.py)
comma := ,
space := $(subst ,, )
RUNS := $(subst $(space),$(comma),$(FOLDS:%=demo-fold%))

.PHONY: run test quick examples lint api lab stored soak
run: .venv/ready
	@mkdir -p outputs/demo $(FOLDS:%=outputs/demo-fold%)
	@echo "01  the demo corpus: what is there, and is it sound?"
	@$(PAPERMILL) notebooks/01_data.ipynb outputs/demo/01_data.ipynb
	@for fold in $(FOLDS); do echo "02  train fold $$fold"; \
	    $(PAPERMILL) notebooks/02_train.ipynb outputs/demo-fold$$fold/02_train.ipynb -p fold $$fold || exit 1; done
	@echo "03  evaluate $(RUNS)"
	@$(PAPERMILL) notebooks/03_evaluate.ipynb outputs/demo/03_evaluate.ipynb -p runs $(RUNS)
	@echo "05  compare the runs of outputs"
	@$(PAPERMILL) notebooks/05_compare.ipynb outputs/demo/05_compare.ipynb
	@echo "06  listen to $(firstword $(FOLDS:%=demo-fold%))"
	@$(PAPERMILL) notebooks/06_listen.ipynb outputs/demo/06_listen.ipynb -p runs $(firstword $(FOLDS:%=demo-fold%))
	@echo; echo "Executed notebooks, to read:"; ls outputs/demo/*.ipynb outputs/demo-fold*/*.ipynb
	@echo "Figures:"; ls outputs/demo*/figures/*
	@echo "All runs on one page:"; ls outputs/index.html

test: .venv/ready lint examples
	$(BIN)/python -m pytest tests --nbval notebooks -p no:cacheprovider -n 2 --durations=12

quick: .venv/ready lint examples
	$(BIN)/python -m pytest tests -m "not slow" -p no:cacheprovider -n 2 --dist loadfile

examples: .venv/ready
	$(BIN)/python -m pytest --doctest-modules $(EXAMPLES) -p no:cacheprovider

lint: .venv/ready
	$(BIN)/ruff check .

api: .venv/ready
	$(BIN)/python docs/api.py build/api
	@echo "To read: build/api/index.html"

soak: .venv/ready
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python benchmarks/safety.py

lab: .venv/ready
	$(BIN)/jupyter lab --notebook-dir=. notebooks

stored: .venv/ready
	EMOKIT_OUTPUTS_DIR=$$(mktemp -d)/outputs $(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level WARN \
	    --ClearMetadataPreprocessor.enabled=True --ClearMetadataPreprocessor.clear_notebook_metadata=False \
	    --ClearMetadataPreprocessor.preserve_cell_metadata_mask=tags \
	    notebooks/0*.ipynb

# One stamp file says that .venv holds what requirements.txt names.
.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# Kernels would warn at each start of an unencrypted loopback, and now and then of the interrupt that ends them.
	@mkdir -p .venv/etc/ipython && echo "c.IPKernelApp.log_level = 50" > .venv/etc/ipython/ipython_kernel_config.py
	@touch $@
