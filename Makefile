# The only entry points. Each needs Python >= 3.10 with pip and venv, make and git; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := libs/magento-client libs/sage200-client libs/outbox sandbox tap-magento tap-sage200 target-sage200 target-magento
STAMP := $(VENV)/.installed
# Editable installs are made without build isolation: their build backend is locked with the rest.
EDITABLE := $(foreach package,$(PACKAGES),-e ./$(package))
# Bytecode is kept, whatever the environment says: tests and the demonstration start many programs,
# and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export MELTANO_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: install demo test lint bench bench-tap-magento bench-tap-sage200 bench-faults bench-mapping bench-sage200 lock clean

install: $(STAMP)

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -o "^uv==[0-9.]*" requirements.lock)"

$(STAMP): $(BIN)/uv requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(PACKAGES))
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

demo: install ## bring everything up, run the main job on the recorded shop, show the result
	@$(BIN)/sandbox demo

# Three workers on two cores: the end-to-end tests wait for time-outs and leases more than they work.
test: install ## every test, end to end included
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: install
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: install ## every figure the README states
	@$(BIN)/python -m benchmarks

bench-tap-magento: install ## reading: orders/s and memory beside limits and peers; 50,000 that move
	@$(BIN)/python -m benchmarks reading moving

bench-mapping: install ## what becomes of each recorded order, to the penny; orders mapped a second
	@$(BIN)/python -m benchmarks mapping

bench-tap-sage200: install ## reading: rows/s and memory beside limit and peer, 1 % changed, a writer's worst wait
	@$(BIN)/python -m benchmarks reading-sage200

bench-faults: install ## 1,000 orders through every fault: none lost, none twice, none a penny out
	@$(BIN)/python -m benchmarks faults

bench-sage200: install ## the Sage 200 stand-in with 10,000 products and 50,000 orders
	@$(BIN)/python -m benchmarks sage200

lock: $(BIN)/uv ## renew requirements.lock (versions and hashes; no registry addresses)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header \
	  --group dev \
	  $(foreach package,$(PACKAGES),--no-emit-package $(notdir $(package))) \
	  pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .data .meltano transform/target transform/logs .pytest_cache .mypy_cache .ruff_cache
