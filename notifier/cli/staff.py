"""`notifier staff`: who may sign in to the console."""

from typing import Annotated

import typer

from notifier.domain.permissions import Role

staff = typer.Typer(no_args_is_help=True, help="People who sign in to the console: add, list, role, reset, disable.")

Email = Annotated[str, typer.Option(help="Their mail address, which they sign in with.")]


@staff.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="The name colleagues see.")],
    role: Annotated[Role, typer.Option(help="What they are here for.")],
) -> None:
    """Add somebody, and print the link by which they choose a password and a second factor."""
    from notifier.runtime import open_runtime
    from notifier.service.staff import add_staff

    with open_runtime() as runtime:
        _tell(runtime.settings.public_base, add_staff(runtime.ctx, email, name, role))


@staff.command("list")
def list_them() -> None:
    """Everybody, with what they may do and whether they can sign in."""
    from notifier.runtime import open_runtime
    from notifier.service.staff import list_staff

    with open_runtime() as runtime:
        for person in list_staff(runtime.ctx):
            ready = "set up" if person.password_hash else "not set up"
            typer.echo(f"{person.email}\t{person.role}\t{'disabled' if person.disabled_at else ready}\t{person.name}")


@staff.command()
def role(email: Email, to: Annotated[Role, typer.Option(help="Their new role.")]) -> None:
    """Give somebody another role; they sign in anew."""
    from notifier.runtime import open_runtime
    from notifier.service.staff import change_role

    with open_runtime() as runtime:
        change_role(runtime.ctx, email, to)
    typer.echo("Changed; they are signed out.")


@staff.command()
def reset(email: Email) -> None:
    """Lost phone or password: what opened the account opens nothing, and a new link sets it up."""
    from notifier.runtime import open_runtime
    from notifier.service.staff import reset_staff

    with open_runtime() as runtime:
        _tell(runtime.settings.public_base, reset_staff(runtime.ctx, email))


@staff.command()
def disable(email: Email) -> None:
    """They can no longer sign in, and are signed out at once."""
    from notifier.runtime import open_runtime
    from notifier.service.staff import disable_staff

    with open_runtime() as runtime:
        disable_staff(runtime.ctx, email)
    typer.echo("Disabled, and signed out.")


def _tell(base: str, token: str) -> None:
    typer.echo(f"Give them this link; it works once, for three days:\n{base}/console/set-up/{token}")
