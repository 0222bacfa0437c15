"""Figures for Prometheus: counted from the rows when somebody asks, so several processes never disagree."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from notifier.audit import Audited, Finding, read_audit
from notifier.domain.alarms import AlarmKind
from notifier.domain.lifecycle import State
from notifier.service.context import Context
from notifier.service.figures import Figures, count
from notifier.service.text_status import text_status
from notifier.storage.models.house import Cause
from notifier.storage.models.texts import TextState

_TEXT_LABELS = ("status", "state", "delivery")


class _Counted(Collector):
    """Figures in Prometheus' shape."""

    def __init__(self, figures: Figures, audited: Audited) -> None:
        self._figures = figures
        self._audited = audited

    def collect(self) -> Iterable[Metric]:
        """Every family, those without rows too: a series that vanishes raises no alarm."""
        figures = self._figures
        states = {(state.value,): figures.queries.get(state.value, 0) for state in State}
        yield _gauge("notifier_queries", "Queries by state.", ("state",), states)
        texts = {
            (text_status(TextState(state), delivery).value, state, delivery): number
            for (state, delivery), number in figures.texts.items()
        }
        yield _gauge("notifier_texts", "Texts by status; state and delivery say more.", _TEXT_LABELS, texts)
        yield _gauge("notifier_handoffs_open", "Open handoffs.", ("team", "reason"), figures.handoffs)
        waiting = {(state,): number for state, number in figures.webhooks.items()}
        yield _gauge("notifier_webhooks_waiting", "Webhooks not worked on yet, or given up.", ("state",), waiting)
        refused = CounterMetricFamily("notifier_webhooks_refused", "Webhooks that were not believed.")
        refused.add_metric([], figures.refused_webhooks)
        yield refused
        causes = {(cause.value,): int(figures.pause == cause) for cause in Cause}
        yield _gauge("notifier_sending_pause", "1 for the cause of a pause that is on.", ("cause",), causes)
        yield from self._single()
        yield from self._hearing()
        yield from self._auditing()
        messages = {(state,): number for state, number in figures.alarm_messages.items()}
        yield _gauge("notifier_alarm_messages", "Messages to staff by state.", ("state",), messages)
        alarms = {(kind.value,): figures.alarms.get(kind.value, 0) for kind in AlarmKind}
        yield _gauge("notifier_alarms", "1 for each alarm that stands.", ("kind",), alarms)

    def _auditing(self) -> Iterator[Metric]:
        """What the last audit found; every kind, also those without a finding."""
        lag = GaugeMetricFamily("notifier_audit_lag_seconds", "Lag of the oldest, by kind.", labels=("kind",))
        for found in self._audited.findings:
            lag.add_metric((found.kind,), found.lag.total_seconds())
        yield lag
        counted: dict[str, tuple[str, Callable[[Finding], int]]] = {
            "overdue": ("What should have fired and has not, by kind.", lambda found: found.overdue),
            "missing": ("What is open without a due time, by kind.", lambda found: found.missing),
            "doubled": ("What happened twice and must happen once, by kind.", lambda found: found.doubled),
            "held": ("1 where what is overdue waits by the gap rule.", lambda found: int(found.held)),
        }
        for name, (words, number) in counted.items():
            numbers = {(found.kind,): number(found) for found in self._audited.findings}
            yield _gauge(f"notifier_audit_{name}", words, ("kind",), numbers)
        ago = float("inf") if self._audited.ago is None else self._audited.ago.total_seconds()
        yield GaugeMetricFamily(
            "notifier_seconds_since_audit", "When an audit was last finished; +Inf: never.", value=ago
        )

    def _hearing(self) -> Iterator[Metric]:
        """Whether the scheduler lives, and how much we know of what the carrier has."""
        figures = self._figures
        asked = GaugeMetricFamily(
            "notifier_seconds_since_reconciliation", "Until when we know what the carrier has.", labels=("direction",)
        )
        for direction, ago in sorted(figures.since_reconciliation.items()):
            asked.add_metric((direction,), ago.total_seconds())
        yield asked
        since = float("inf") if figures.since_sweep is None else figures.since_sweep.total_seconds()
        yield GaugeMetricFamily("notifier_seconds_since_sweep", "When a sweep last came by; +Inf: never.", value=since)
        words = "How long reminders and closings have waited for the carrier to be asked."
        yield GaugeMetricFamily("notifier_held_seconds", words, value=figures.held.total_seconds())

    def _single(self) -> Iterator[Metric]:
        figures = self._figures
        single = {
            "sweep_lag_seconds": ("How long the oldest due time has been waiting.", figures.sweep_lag.total_seconds()),
            "oldest_unsent_seconds": (
                "How long the oldest text that may go out has been waiting.",
                figures.oldest_unsent.total_seconds(),
            ),
            "sending_paused": ("1 while sending is turned off.", float(figures.pause is not None)),
            "segments_today": (
                "Segments counted against the daily cap, where one is set.",
                float(figures.segments_today),
            ),
        }
        for name, (words, value) in single.items():
            yield GaugeMetricFamily(f"notifier_{name}", words, value=value)


def exposition(ctx: Context) -> tuple[bytes, str]:
    """The text to answer, and its media type. Two short reads of the database."""
    registry = CollectorRegistry()
    with ctx.database.read() as session:
        audited = read_audit(session, ctx)
    registry.register(_Counted(count(ctx), audited))
    return generate_latest(registry), CONTENT_TYPE_LATEST


_Labels = TypeVar("_Labels", bound=tuple[str, ...])


def _gauge(name: str, words: str, labels: tuple[str, ...], numbers: Mapping[_Labels, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, number in sorted(numbers.items()):
        family.add_metric(values, number)
    return family
