# make demo     train, evaluate, export and serve on drawn glyphs
# make test     lint, type check and unit tests
# make lint     lint and type check alone
# make docs     build the site of docs/ into site/
# make install  make .venv with the package and its commands
# make clean    remove what the others made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo

.PHONY: demo test lint docs install clean

# TensorFlow calls it an error that a machine has no GPU.
demo: export TF_CPP_MIN_LOG_LEVEL := 3
demo: $(VENV)/installed
	$(BIN)/python bin/train --flagfile=glyphs.flags --train_dir=$(DEMO)
	$(BIN)/python bin/evaluate --model=$(DEMO) --ways=5,10 --episodes=100
	$(BIN)/python bin/export --model=$(DEMO) --export_dir=$(DEMO)/export
	$(BIN)/python bin/draw_task --model=$(DEMO) --task_dir=$(DEMO)/task
	$(BIN)/python bin/classify --model=$(DEMO)/export \
		--support_dir=$(DEMO)/task/support $(DEMO)/task/query
	$(BIN)/python examples/saved_model.py $(DEMO)/export $(DEMO)/task
	@echo "Curves and pictures of the run: $(BIN)/tensorboard --logdir=$(DEMO)"

test: lint
	$(BIN)/python -m pytest --quiet --numprocesses=auto --dist=loadfile

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed-test
	$(BIN)/mkdocs build --strict

install: $(VENV)/installed

clean:
	rm -rf $(VENV) $(DEMO) build site *.egg-info .pytest_cache .ruff_cache .mypy_cache

# The stamps make the environment once, and again when pyproject.toml changes.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/installed
