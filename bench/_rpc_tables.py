"""The figures as Markdown tables, with their ratios to Channels on the same server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.rpc_load.job import Figures

Rows = Mapping[str, Figures]  # by title, of one part


@dataclass(frozen=True)
class Column:
    """``grows``: more is better, which the ratio in brackets takes into account; None: no ratio."""

    title: str
    key: str
    text: Callable[[float], str]
    grows: bool | None = None


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:,.{0 if seconds >= 1e-4 else 1}f} µs"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.{0 if seconds >= 0.1 else 1 if seconds >= 0.01 else 2}f} ms"


def _share(value: float) -> str:
    return f"{value:.1%}" if value else "0"


def _kb(value: float) -> str:
    return f"{value:.0f} kB"


TABLES: dict[str, tuple[str, list[Column]]] = {
    "calls": (
        "Calls",
        [
            Column("1 connection, 30 at a time: calls/s", "pipelined_rate", _count, grows=True),
            Column("server's CPU", "pipelined_server_s", _us),
            Column("50 connections: calls/s", "many_rate", _count, grows=True),
            Column("server's CPU ", "many_server_s", _us, grows=False),
            Column("p99", "many_p99_s", _ms),
            Column("one after the other: p50", "single_p50_s", _us, grows=False),
            Column("p99 ", "single_p99_s", _us),
            Column("client's CPU", "many_client_share", _share),
        ],
    ),
    "isolation": (
        "Another connection's calls",
        [
            Column("before: p99", "quiet_p99_s", _ms),
            Column("while one blocks: p50", "p50_s", _ms),
            Column("p99", "p99_s", _ms),
            Column("worst", "worst_s", _ms),
        ],
    ),
    "fanout": (
        "Fan-out",
        [
            Column("100 listeners: deliveries/s", "100_rate", _count, grows=True),
            Column("server's CPU", "100_server_s", _us),
            Column("until all have it", "100_all_s", _ms),
            Column("1,000 listeners: deliveries/s", "1000_rate", _count, grows=True),
            Column("server's CPU ", "1000_server_s", _us, grows=False),
            Column("until all have it ", "1000_all_s", _ms, grows=False),
            Column("client's CPU", "1000_client_share", _share),
        ],
    ),
    "loss": (
        "300 publications at once to 100 listeners",
        [
            Column("lost", "lost", _share),
            Column("lost and not told", "unreported", _share),
            Column("until the last came", "all_s", _ms),
        ],
    ),
    "latency": (
        "From another process to the client",
        [Column("p50", "p50_s", _ms), Column("p99", "p99_s", _ms)],
    ),
    "memory": (
        "1,000 idle connections",
        [
            Column("each", "kb", _kb, grows=False),
            Column("CPU to connect", "connect_s", _us, grows=False),
            Column("process without any", "base_mb", lambda value: f"{value:.0f} MB"),
        ],
    ),
}


def print_part(part: str, found: Rows) -> None:
    """Print a row for each title."""
    title, columns = TABLES[part]
    rows = _by_listeners(found) if part == "fanout" else found
    print(f"\n| {title} | {' | '.join(column.title.strip() for column in columns)} |")
    print(f"|---|{'--:|' * len(columns)}")
    for name, figures in rows.items():
        stock = rows.get(_stock_of(name, rows) or "")
        print(f"| {name} | {' | '.join(_cell(column, figures, stock) for column in columns)} |")


def _by_listeners(found: Rows) -> Rows:
    """Make one row of the rows ``title|100`` and ``title|1000``."""
    rows: dict[str, Figures] = {}
    for name, figures in found.items():
        title, _, count = name.partition("|")
        rows.setdefault(title, {}).update({f"{count}_{key}": value for key, value in figures.items()})
    return rows


def _stock_of(name: str, rows: Rows) -> str | None:
    """Name Channels' own on the same server, the in-memory layer where there are several."""
    engine = "daphne" if "daphne" in name else "uvicorn"
    candidates = [other for other in rows if other.startswith("Channels") and engine in other]
    return next((other for other in candidates if "in-memory" in other or "AsyncJson" in other), None)


def _cell(column: Column, figures: Figures, stock: Figures | None) -> str:
    value = figures.get(column.key)
    if value is None:
        return ""
    text = column.text(value)
    other = (stock or {}).get(column.key)
    if column.grows is None or not other or not value or stock is figures:
        return text
    ratio = value / other if column.grows else other / value
    return f"{text} ({ratio:.{0 if ratio >= 9.95 else 1 if ratio >= 0.95 else 2}f}x)"
