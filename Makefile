# Every target goes through bootstrap.py, which makes .venv first. Arguments: make test ARGS="-k splice"
PYTHON ?= python3
TARGETS = run test nightly lint types bench matrix lock

.PHONY: help $(TARGETS)

help:
	@$(PYTHON) bootstrap.py 2>&1 | sed 's/python3 bootstrap.py COMMAND \[arguments\]/make TARGET [ARGS="arguments"]/' || true

$(TARGETS):
	@$(PYTHON) bootstrap.py $@ $(ARGS)
