# make demo       train, evaluate, export and serve on drawn glyphs
# make test       lint, type check and all tests
# make test-fast  lint and the tests of the paper's parts: a minute, after each change
# make lint       lint and type check alone
# make lowest     smoke tests with the lowest versions of the dependencies
# make lock       renew requirements.lock and docs/licences.md
# make docs       build the site of docs/ into site/
# make install    make .venv with the package and its commands
# make clean      remove what the others made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo

# A worker that has nothing left takes tests of another; files stay together till then.
PYTEST := $(BIN)/python -m pytest --quiet --numprocesses=auto --dist=worksteal

# Algorithm 1 and what it stands on.
FAST_TESTS := $(addprefix tests/,config_test.py data/episodes_test.py \
	data/image_classes_test.py docstrings_test.py evaluation generators \
	imports_test.py layers layers_contract_test.py learners memory_test.py \
	meta_information_test.py model_test.py training/step_test.py utils)

# Files that use each dependency of the package.
SMOKE_TESTS := tests/model_test.py tests/figures_test.py tests/training/run_test.py \
	tests/saved_model/export_test.py tests/one_shot/scikit_learn_test.py \
	tests/server/server_test.py tests/demo/app_test.py tests/data/mnist_test.py

.PHONY: demo test test-fast lint lowest lock docs install clean

# TensorFlow calls it an error that a machine has no GPU.
demo: export TF_CPP_MIN_LOG_LEVEL := 3
demo: $(VENV)/installed
	$(BIN)/python bin/train --flagfile=glyphs.flags --train_dir=$(DEMO)
	$(BIN)/python bin/evaluate --model=$(DEMO) --n_way=5,10 --episodes=100
	$(BIN)/python bin/export --model=$(DEMO) --export_dir=$(DEMO)/export
	$(BIN)/python bin/draw_task --model=$(DEMO) --task_dir=$(DEMO)/task
	$(BIN)/python bin/classify --model=$(DEMO)/export \
		--support_dir=$(DEMO)/task/support $(DEMO)/task/query
	$(BIN)/python examples/saved_model.py $(DEMO)/export $(DEMO)/task
	@echo "Curves and pictures of the run: $(BIN)/tensorboard --logdir=$(DEMO)"

test: lint
	$(PYTEST)

test-fast: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(PYTEST) $(FAST_TESTS)

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lowest: $(VENV)-lowest/installed-test
	$(VENV)-lowest/bin/python -m pytest --quiet $(SMOKE_TESTS)

lock: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet pyproject.toml --extra=test --universal \
		--python-version=3.10 --prerelease=disallow --upgrade \
		--generate-hashes --no-header --output-file=requirements.lock
	$(BIN)/python docs/list_licences.py

docs: $(VENV)/installed-test
	$(BIN)/mkdocs build --strict

install: $(VENV)/installed

clean:
	rm -rf $(VENV) $(VENV)-lowest $(DEMO) build site *.egg-info .pytest_cache .ruff_cache .mypy_cache

# The stamps make the environment once, and again when pyproject.toml changes.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# The tests run with the versions that are known to be good.
$(VENV)/installed-test: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement=requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@ $(VENV)/installed

$(VENV)-lowest/installed-test: pyproject.toml
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet uv
	$(VENV)-lowest/bin/uv pip install --quiet --python=$(VENV)-lowest/bin/python \
		--resolution=lowest-direct --prerelease=disallow --editable '.[test]'
	touch $@
