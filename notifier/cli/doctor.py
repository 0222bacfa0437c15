"""Looking at everything that can be looked at before trusting it with a text, and saying how to mend it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from notifier.audit import read_audit
from notifier.cli.policies import tell_policies
from notifier.domain.alarms import Urgency
from notifier.domain.errors import CarrierSilent, NotifierError, SettingsWrong
from notifier.domain.phone import NumberKind, read_number
from notifier.domain.wording import prove_budgets
from notifier.runtime import Runtime, assemble
from notifier.runtime.assemble import config_folder
from notifier.runtime.broker import check_broker
from notifier.service.alarms import list_alarms
from notifier.service.figures import count
from notifier.service.gap import since_sweep
from notifier.service.switches import see_sending, told
from notifier.settings import Settings, load
from notifier.settings.policy_files import load_policies
from notifier.storage.migrations.run import is_current

_NO_TICK = timedelta(seconds=30)
_APART = timedelta(seconds=5)  # how far the database's clock may be from ours
_LATE = timedelta(minutes=1)  # what a sweep each second leaves lying no longer
_AUDITS = 3  # usual pauses between two audits, after which one is missed
_START = "Start `notifier up`, or `celery -A workers worker` and `celery -A workers beat`"
_FIRST = "cannot be read without the database: mend that first"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and what to do when it is not well."""

    subject: str
    well: bool
    found: str


class Trouble(NotifierError):
    """Something is not well; the message says how to mend it."""


def run_doctor(only: str | None = None) -> int:
    """Print what was found; 0 when all is well, 1 otherwise. Raises SettingsWrong for a subject it does not know."""
    if only is not None and only not in _LOOKS:
        raise SettingsWrong(f"--only: {only} is no subject: use one of {', '.join(_LOOKS)}.")
    findings = list(examine(only))
    table = Table(show_header=False, box=None, padding=(0, 1))
    for finding in findings:
        table.add_row("ok" if finding.well else "!!", finding.subject, finding.found)
    Console().print(table)
    return 0 if all(finding.well for finding in findings) else 1


def examine(only: str | None = None) -> Iterator[Finding]:
    """Look at one thing after the other; what cannot be looked at without an earlier one is left out."""
    try:
        settings = load()
        runtime = assemble(settings)
    except SettingsWrong as wrong:
        yield Finding("settings", False, str(wrong))
        return
    yield Finding("settings", True, f"profile {settings.profile}")
    for subject, look in _LOOKS.items():
        if only in (None, subject):
            yield _look(subject, look, settings, runtime)
    runtime.close()


def _look(subject: str, look: Callable[[Settings, Runtime], str], settings: Settings, runtime: Runtime) -> Finding:
    try:
        return Finding(subject, True, look(settings, runtime))
    except NotifierError as trouble:
        return Finding(subject, False, str(trouble))


def _database(_settings: Settings, runtime: Runtime) -> str:
    with _mended("the database cannot be reached: start it, or mend NOTIFIER_DATABASE_URL"):
        current = is_current(runtime.ctx.database.engine)
    if not current:
        raise Trouble("the schema is not the newest: run `notifier migrate`")
    return f"{runtime.ctx.database.engine.dialect.name}, newest schema"


def _scheduler(settings: Settings, runtime: Runtime) -> str:
    with _mended("the sweep's heartbeat cannot be read"), runtime.ctx.database.read() as session:
        ago = since_sweep(session, runtime.ctx)
    if ago is None:
        raise Trouble("no sweep has ever run: start `notifier up`, or a worker and a beat")
    seconds = round(ago.total_seconds())
    if ago > max(_NO_TICK, 10 * settings.sweep.every):
        raise Trouble(f"the scheduler has not ticked for {seconds} s: see whether a beat and a worker run")
    return f"ticked {seconds} s ago"


def _broker(settings: Settings, _runtime: Runtime) -> str:
    check_broker(settings.broker)
    return settings.broker.partition(":")[0]


def _carrier(settings: Settings, runtime: Runtime) -> str:
    try:
        runtime.ctx.carrier.find(settings.sender_ids[0], settings.sender_ids[0], datetime.now(UTC))
    except CarrierSilent as silent:
        hint = "start `notifier up` first" if settings.sandbox_mounted else "mend NOTIFIER_TWILIO__* or the network"
        raise Trouble(f"{silent} {hint}") from None
    for number in settings.sender_ids:
        if number.startswith("+") and read_number(number).kind is NumberKind.UNREADABLE:
            raise Trouble("a number in NOTIFIER_TWILIO__FROM is in no number plan: write it as +852...")
    return f"answers; {len(settings.sender_ids)} number(s) to send from"


def _sender(settings: Settings, _runtime: Runtime) -> str:
    """What a sender's phone shows, and where an answer goes."""
    voice = settings.voice
    shown = f"texts come from {', '.join(settings.sender_ids)}; the public is told {voice.names}"
    if settings.reply_number is None:
        return f"{shown}; answers come to the same number"
    if settings.reply_number == read_number(settings.hotline.number).e164:
        raise Trouble("answers would be texted to the hotline: give NOTIFIER_SENDER__REPLY_NUMBER a number for SMS")
    if read_number(settings.reply_number).kind in (NumberKind.UNREADABLE, NumberKind.LANDLINE):
        raise Trouble("NOTIFIER_SENDER__REPLY_NUMBER gets no SMS by its number plan: write a mobile as +852...")
    return f"{shown}; answers are texted to {voice.reply_number}"


def _public_url(settings: Settings, _runtime: Runtime) -> str:
    url = settings.public_base + "/healthz"
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310  # the scheme was checked with the settings
            if answer.status == 200:
                return f"{settings.public_base} answers"
    except (URLError, OSError, ValueError):
        pass
    raise Trouble(f"{url} does not answer: start the web server, or mend NOTIFIER_PUBLIC_URL and the proxy")


def _wording(_settings: Settings, runtime: Runtime) -> str:
    prove_budgets(runtime.ctx.catalogue, runtime.ctx.guard)
    return "every text fits its budget and passes the link guard"


def _policies(settings: Settings, _runtime: Runtime) -> str:
    return tell_policies(settings, load_policies(config_folder(settings)))


def _clock(_settings: Settings, runtime: Runtime) -> str:
    with _mended(f"the database's clock {_FIRST}"), runtime.ctx.database.read() as session:
        offset = runtime.ctx.clock.offset(session)
        theirs = session.scalar(select(func.now()))
    if isinstance(theirs, datetime):
        aware = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        if abs(aware - runtime.ctx.clock.wall()) > _APART:
            raise Trouble("this machine's clock and the database's differ by more than 5 s: set both by NTP")
    return f"wound forward by {offset}" if offset else "as the wall clock"


def _sending(_settings: Settings, runtime: Runtime) -> str:
    with _mended(f"whether it is paused {_FIRST}"):
        sending = see_sending(runtime.ctx)
    if (pause := sending.pause) is not None:
        why = str(pause.reason).rstrip(".")
        goes_on = "When it may go on, run `notifier resume`"
        if pause.resume_at is not None:
            goes_on = f"It goes on by itself at {told(pause.resume_at)}; to let it go on before, run `notifier resume`"
        raise Trouble(f"paused by {pause.actor}, because: {why}. {goes_on}")
    pace = f"{runtime.ctx.pace.rate.segments_per_second:g} segments/s and number" if runtime.ctx.pace else "no pace set"
    cap = runtime.ctx.sending.segments_per_day
    return f"not paused; {pace}; " + (f"{sending.segments_today} of {cap} segments today" if cap else "no daily cap")


def _sweep(_settings: Settings, runtime: Runtime) -> str:
    with _mended(f"what is overdue {_FIRST}"):
        figures = count(runtime.ctx)
    if figures.sweep_lag > _LATE:
        raise Trouble(f"due times wait for {_minutes(figures.sweep_lag)}: is a worker running, and beat? {_START}")
    # Paused texts wait because somebody wants them to; that is told above.
    if figures.oldest_unsent > _LATE and figures.pause is None:
        hint = "at the set pace, or is no worker running?" if runtime.ctx.pace else "is a worker running?"
        raise Trouble(f"texts wait for {_minutes(figures.oldest_unsent)} to be sent: {hint} {_START}")
    return "nothing is overdue"


def _audit(_settings: Settings, runtime: Runtime) -> str:
    with _mended(f"the auditor's findings {_FIRST}"), runtime.ctx.database.read() as session:
        audited = read_audit(session, runtime.ctx)
    if audited.ago is None or audited.ago > _AUDITS * runtime.ctx.audit.every:
        when = "never" if audited.ago is None else f"last {_minutes(audited.ago)} ago"
        raise Trouble(f"the auditor ran {when}: is a worker running, and beat? {_START}")
    wrong = [one.words for one in audited.findings if not one.silent and one.kind != "quarantine"]
    if wrong:
        raise Trouble(f"{'; '.join(wrong)}: see GET /api/v1/audit; restart what does not run, nothing fires twice")
    return "what should have fired has"


def _alarms(_settings: Settings, runtime: Runtime) -> str:
    with _mended(f"the alarms {_FIRST}"):
        standing = list_alarms(runtime.ctx)
    told = len(runtime.ctx.teller.receivers())
    reach = f"{told} receiver(s)" if told else "in the log alone: to tell staff, set NOTIFIER_ALARMS__URLS"
    waking = [one for one in standing if one.alarm.urgency is Urgency.WAKE]
    if waking:
        raise Trouble(" ".join(f"{one.means}: {one.step}" for one in waking))
    return f"{len(standing)} stand(s), none wakes anybody; {reach}"


def _minutes(period: timedelta) -> str:
    return f"{period // timedelta(minutes=1)} min"


@contextmanager
def _mended(sentence: str) -> Iterator[None]:
    """Any failure of a driver becomes one sentence."""
    try:
        yield
    except Exception as failure:
        raise Trouble(f"{sentence} ({type(failure).__name__})") from None


_LOOKS: dict[str, Callable[[Settings, Runtime], str]] = {
    "database": _database,
    "scheduler": _scheduler,
    "broker": _broker,
    "wording": _wording,
    "policies": _policies,
    "clock": _clock,
    "sending": _sending,
    "sweep": _sweep,
    "audit": _audit,
    "alarms": _alarms,
    "carrier": _carrier,
    "sender": _sender,
    "public URL": _public_url,
}
