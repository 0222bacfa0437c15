"""Every command, and how a mistake in the settings is told: one sentence, no traceback, exit code 2."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from notifier.cli.check import check_app
from notifier.cli.staff import staff
from notifier.customs.decoding import Encoding
from notifier.domain.errors import NotifierError
from notifier.domain.permissions import Principal, Role


class _Told(TyperGroup):
    """Turns what the product foresees into a sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except NotifierError as trouble:
            sentence = str(trouble)
        except Exception as failure:
            sentence = _of_database(failure)
            if not sentence:
                raise
        typer.echo(sentence, err=True)
        raise typer.Exit(2)


def _of_database(failure: Exception) -> str:
    """A sentence when it was the database that failed, else nothing."""
    from sqlalchemy.exc import DBAPIError

    from notifier.cli.database_trouble import tell

    return tell(failure) if isinstance(failure, DBAPIError) else ""


app = typer.Typer(cls=_Told, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_OPERATOR = Principal("operator", Role.OPS)
keys = typer.Typer(no_args_is_help=True, help="API keys: make, list, revoke.")
app.add_typer(keys, name="keys")
app.add_typer(check_app, name="check")
app.add_typer(staff, name="staff")
webhooks = typer.Typer(no_args_is_help=True, help="Webhooks that were not believed: try them again.")
app.add_typer(webhooks, name="webhooks")

# Imports stand inside the commands: `check` and `--help` should not load a web server.


@app.command()
def up() -> None:
    """Serve everything in one process: web, worker, scheduler and, without an account SID, the sandbox."""
    from notifier.cli.up import run_up

    run_up()


@app.command()
def web() -> None:
    """Serve HTTP alone; workers run beside it."""
    from notifier.cli.up import run_web

    run_web()


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from notifier.settings import load
    from notifier.storage.migrations.run import migrate as run

    settings = load()
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    run(settings.database)
    typer.echo("The database has the newest schema.")


@app.command()
def sandbox(port: Annotated[int, typer.Option(help="Where to listen on loopback.")] = 8010) -> None:
    """Serve the Twilio-compatible sandbox alone."""
    from notifier.cli.up import run_sandbox

    run_sandbox(port)


@app.command()
def doctor(
    only: Annotated[str | None, typer.Option(help="Look at this subject alone, say `scheduler`.")] = None,
) -> None:
    """Look at settings, servers, scheduler, wording, clock, sending and what is overdue, and say how to mend each."""
    from notifier.cli.doctor import run_doctor

    raise typer.Exit(run_doctor(only))


@app.command()
def pause(reason: Annotated[str, typer.Option(help="Why, for those who find it paused.")] = "by hand") -> None:
    """Stop sending; what is in flight finishes. Works with the web server down."""
    from notifier.runtime import open_runtime
    from notifier.service import steering

    with open_runtime() as runtime:
        steering.pause(runtime.ctx, _because(reason), _OPERATOR)
    typer.echo("Sending is paused.")


@app.command()
def resume(
    anyway: Annotated[bool, typer.Option(help="A copied database: send although the carrier was not asked.")] = False,
    as_new_identity: Annotated[bool, typer.Option(help="Send under these settings from now on.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for colleagues.")] = "by hand",
) -> None:
    """Send again. Refused for a copied database before `reconcile`, and as another sender than the one before."""
    from notifier.runtime import open_runtime
    from notifier.service import installation, steering

    with open_runtime() as runtime:
        installation.arrive(runtime.ctx)
        told = {"anyway": anyway, "as_new_identity": as_new_identity}
        steering.resume(runtime.ctx, _because(reason), _OPERATOR, **told)
    typer.echo("Sending goes on.")


@app.command()
def reconcile(
    since: Annotated[str, typer.Option(help="From when on, with its offset: 2026-11-24T00:00+08:00.")],
    until: Annotated[str | None, typer.Option(help="Until when; now, when left out.")] = None,
) -> None:
    """Ask the carrier for every text and reply of a span, and let what webhooks missed take effect.

    Works with the web server and the workers down. Exit code 1 when the carrier did not tell everything.
    """
    from notifier.cli.reconcile import run_reconcile

    raise typer.Exit(run_reconcile(since, until))


def _because(reason: str) -> str | None:
    """Who stops sending in a hurry is not kept from it by a reason that is too long, or is none."""
    return reason.strip()[:300] or None


@webhooks.command("replay")
def replay(reason: Annotated[str, typer.Option(help="Why, for colleagues.")] = "by hand") -> None:
    """Judge refused webhooks by the present settings, and work on those that are believed now. Exit code 1: not all."""
    from notifier.runtime import open_runtime
    from notifier.runtime.site import believer_of
    from notifier.service import steering
    from notifier.service.webhooks import process_webhooks

    with open_runtime() as runtime:
        done = steering.replay(runtime.ctx, believer_of(runtime).judge, _because(reason), _OPERATOR)
        while process_webhooks(runtime.ctx):
            pass
    typer.echo(f"{done.applied} worked on, {done.known} known already, {done.refused} still not believed.")
    raise typer.Exit(1 if done.refused else 0)


@keys.command("create")
def create(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(help="Whose it is; it stands in the history.")],
) -> None:
    """Make a key and show it once, alone on the last line."""
    from notifier.runtime import open_runtime
    from notifier.service.keys import create_key

    with open_runtime() as runtime:
        key = create_key(runtime.ctx, role, name)
    typer.echo(f"A key for {name} ({role}); it is not shown again:")
    typer.echo(key)


@keys.command("list")
def list_all() -> None:
    """Every key, without the keys themselves."""
    from notifier.runtime import open_runtime
    from notifier.service.keys import list_keys

    with open_runtime() as runtime:
        for key in list_keys(runtime.ctx):
            state = "revoked" if key.revoked_at else "in force"
            typer.echo(f"{key.id}  {key.role:8}  {state:9}  {key.name}")


@keys.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")]) -> None:
    """The key opens nothing from now on."""
    from uuid import UUID

    from notifier.domain.errors import NotFound
    from notifier.runtime import open_runtime
    from notifier.service.keys import revoke_key

    try:
        wanted = UUID(key_id)
    except ValueError:
        raise NotFound("That is not the id of a key: see `notifier keys list`.") from None
    with open_runtime() as runtime:
        revoke_key(runtime.ctx, wanted)
    typer.echo("The key is revoked.")


@app.command("import")
def import_referrals(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns of a referral.")],
    report: Annotated[Path | None, typer.Option(help="Write every row that needs a look to this CSV file.")] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="How the file is encoded, where it is not UTF-8.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Begin anew with a file that was taken before.")] = False,
) -> None:
    """Take referrals from a file; run it again after a stop, and it goes on where it was."""
    from notifier.cli.import_file import import_file

    raise typer.Exit(import_file(file, report, encoding, again=again))


@app.command()
def demo(
    file: Annotated[Path | None, typer.Option(help="Stories to play instead of the shipped ones.")] = None,
) -> None:
    """Play made-up queries through the real surfaces, and judge how each ended."""
    from notifier.cli.demo import run_demo

    raise typer.Exit(run_demo(file))
