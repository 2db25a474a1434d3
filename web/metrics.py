"""Figures about this process for Prometheus. They hold no names, numbers or texts of anybody."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The requests of one process, and what the database told when it was last asked."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "kejie_requests", "Requests answered", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "kejie_request_seconds", "Time to answer", ["method", "route"], buckets=SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._now = Gauge(
            "kejie_now", "Counts as they stand: deliveries, sessions, the index", ["of"],
            registry=self._registry,
        )  # fmt: skip

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self, figures: Mapping[str, float]) -> bytes:
        """Everything, with these figures as they stand."""
        for name, value in figures.items():
            self._now.labels(name).set(value)
        return generate_latest(self._registry)
