# make run     an executed experiment on the demo corpus: notebooks 01, 02 (one run a fold), 03, 05 and 06, in outputs/
# make test    lint, the examples of the docstrings, unit tests, and the notebooks as they are stored
# make quick   lint, examples and the unit tests that need no browser and no long training, in two processes
# make soak    kills at random moments while saving, caching and training, and what crash-safety costs (long)
# make api     pages of the library's functions and classes, from their docstrings, in build/api
# make lab     JupyterLab on the notebooks
# make stored  the notebooks executed in place, as they are committed
PYTHON ?= $(or $(shell command -v python3.11),python3)
FOLDS ?= 1 2
OUTPUTS := $(or $(EMOKIT_OUTPUTS_DIR),outputs)
BIN := .venv/bin
NOTEBOOK := $(BIN)/python -m emokit.papermill
STEPS = $(words 01 $(FOLDS) 03 05 06)
EXAMPLES := $(addprefix emokit/,class_weights.py emotions.py metrics.py padding.py splits.py targets.py \
    corpora/folder.py corpora/own/emotion_words.py corpora/own/layout.py)
comma := ,
space := $(subst ,, )
RUNS := $(subst $(space),$(comma),$(FOLDS:%=demo-fold%))

.PHONY: run test quick examples lint api lab stored soak
run: .venv/ready
	@$(NOTEBOOK) notebooks/01_data.ipynb $(OUTPUTS)/demo/01_data.ipynb --step "1 of $(STEPS)"
	@step=1; for fold in $(FOLDS); do step=$$((step + 1)); \
	    $(NOTEBOOK) notebooks/02_train.ipynb $(OUTPUTS)/demo-fold$$fold/02_train.ipynb -p fold $$fold \
	    --step "$$step of $(STEPS)" || exit 1; done
	@$(NOTEBOOK) notebooks/03_evaluate.ipynb $(OUTPUTS)/demo/03_evaluate.ipynb -p runs $(RUNS) \
	    --step "$$(($(STEPS) - 2)) of $(STEPS)"
	@$(NOTEBOOK) notebooks/05_compare.ipynb $(OUTPUTS)/demo/05_compare.ipynb --step "$$(($(STEPS) - 1)) of $(STEPS)"
	@$(NOTEBOOK) notebooks/06_listen.ipynb $(OUTPUTS)/demo/06_listen.ipynb -p runs $(firstword $(FOLDS:%=demo-fold%)) \
	    --step "$(STEPS) of $(STEPS)"
	@echo; $(BIN)/python -m emokit.run_folder result $(FOLDS:%=$(OUTPUTS)/demo-fold%)
	@echo "All runs on one page: $(OUTPUTS)/index.html; the notebooks as they ran: $(OUTPUTS)/demo, $(FOLDS:%=$(OUTPUTS)/demo-fold%)"

# Two processes test on two cores: more threads of TensorFlow in each would only wait for each other.
test quick: export TF_NUM_INTRAOP_THREADS = 1
test quick: export TF_NUM_INTEROP_THREADS = 1

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
