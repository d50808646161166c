"""Signals. Receivers of those about executions run in the worker; what they raise is logged, no more."""

from __future__ import annotations

from django.dispatch import Signal

# sender: the model; run: the row. Sent for every attempt, before the function is called.
run_started = Signal()

# Sent once a run has come to its end, whatever that is, after it is recorded.
run_finished = Signal()

# Sent with run_finished when the end is FAILED or LOST.
run_failed = Signal()

# sender: the class of the peer. A client called a name that is not there. Sent in the server's event loop.
unknown_method_called = Signal()
