"""The figures as a Markdown table, with their ratios to django-q2 as it comes."""

from __future__ import annotations

from bench._task_figures import Figures
from bench.engines.catalog import STOCK, Engine

Found = tuple[Engine, int]  # and the number of workers
COLUMNS = (
    *("workers", "start p50", "start p99", "tasks/s", "CPU per task", "server's CPU", "CPU of a single one"),
    *("enqueued/s", "in one call", "idle", "memory"),
)


def print_figures(found: dict[Found, Figures]) -> None:
    """Print a row for each engine and number of workers, and one of ratios for each number of workers."""
    print(f"\n| Engine | {' | '.join(COLUMNS)} |\n|---|{'--:|' * len(COLUMNS)}")
    for (engine, workers), figures in found.items():
        stock = next((one for (peer, n), one in found.items() if peer.name == STOCK and n == workers), None)
        print(f"| {engine.title} | {workers} | {' | '.join(_cells(figures, stock))} |")


def _cells(one: Figures, stock: Figures | None) -> list[str]:
    # A tick of the CPU's clock is 10 ms: fifty tasks may take less.
    single = stock.single_cpu_s / one.single_cpu_s if stock and one.single_cpu_s else None
    pairs: list[tuple[str, float | None]] = [
        (_ms(one.start_p50_s), stock.start_p50_s / one.start_p50_s if stock else None),
        (_ms(one.start_p99_s), None),
        (f"{one.rate:,.0f}", one.rate / stock.rate if stock else None),
        (_ms(one.cpu_s), stock.cpu_s / one.cpu_s if stock else None),
        (_ms(one.server_cpu_s) if one.server_cpu_s is not None else "", None),
        (_ms(one.single_cpu_s), single),
        (f"{one.enqueue_rate:,.0f}", one.enqueue_rate / stock.enqueue_rate if stock else None),
        (f"{one.many_rate:,.0f}" if one.many_rate is not None else "", None),
        (f"{one.idle_share:.1%}", None),
        (f"{one.memory_mb:.0f} MB", None),
    ]
    return [text if not ratio or one is stock else f"{text} ({_times(ratio)})" for text, ratio in pairs]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.{0 if seconds >= 0.1 else 1 if seconds >= 0.002 else 2}f} ms"


def _times(ratio: float) -> str:
    """How many times better than django-q2; below 1 it is worse."""
    return f"{ratio:.{0 if ratio >= 9.95 else 1 if ratio >= 0.95 else 2}f}x"
