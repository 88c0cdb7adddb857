"""`inkling people`, `tokens`, `projects`: who works on what."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from service import errors
from service.cli import context
from service.cli.importing import Dimensions, pairs
from service.domain.codebook import Codebook
from service.domain.counting import counted
from service.domain.people import PersonRole
from service.domain.projects import AdvicePolicy, ProjectSettings, QueueOrder

#: Codebooks whose dimensions are their own.
_OWN = (".yaml", ".yml", ".json")

PasswordFile = Annotated[Path | None, typer.Option(help="A file whose first line is the password; else it is asked.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_people(), name="people")
    app.add_typer(_tokens(), name="tokens")
    app.add_typer(_projects(), name="projects")


def _people() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Add people, change passwords, bar people.")

    @app.command()
    def add(name: str, role: PersonRole = "coder", password_file: PasswordFile = None) -> None:
        """Add a person."""
        from service.use_cases.manage_people import add_person

        password = _password(password_file)
        with context.store() as engine:
            add_person(engine, name, role, password, context.now())
        print(f"{name} can sign in as {role}.")

    @app.command()
    def password(name: str, password_file: PasswordFile = None) -> None:
        """Change a person's password and end their sessions."""
        from service.use_cases.manage_people import change_password

        new = _password(password_file)
        with context.store() as engine:
            change_password(engine, name, new, context.now())
        print(f"{name} has a new password.")

    @app.command()
    def disable(name: str) -> None:
        """Bar a person from signing in; their decisions stay."""
        from service.use_cases.manage_people import disable_person

        with context.store() as engine:
            disable_person(engine, name, context.now())
        print(f"{name} can no longer sign in.")

    return app


def _password(file: Path | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            raise errors.BadInput("No terminal to ask for the password; give --password-file FILE, or - for stdin.")
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        lines = (context.read_input("-") if str(file) == "-" else file.read_text(encoding="utf-8")).splitlines()
    except (OSError, UnicodeDecodeError):
        raise errors.BadInput(f"{file}: can't be read; give a UTF-8 file whose first line is the password.") from None
    if not lines:
        raise errors.BadInput(f"{file}: is empty; its first line is the password.")
    return lines[0]


def _tokens() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Give programs access to one project.")

    @app.callback()
    def _group() -> None:
        """Give programs access to one project."""

    @app.command()
    def create(
        name: str,
        project: Annotated[str, typer.Option()],
        scope: Annotated[Literal["suggest"], typer.Option()] = "suggest",
        as_json: Annotated[bool, typer.Option("--json")] = False,
    ) -> None:
        """Create a token; it is shown once."""
        from service.use_cases.manage_people import create_token

        with context.store() as engine:
            token = create_token(engine, name, scope, project, context.now())
        if as_json:
            context.print_json({"name": name, "scope": scope, "token": token})
        else:
            print(token)

    return app


def _print_folded(book: Codebook | None) -> None:
    """Say which dimensions a tree of codes became."""
    if book is not None:
        sizes = (f"{d.id} ({counted(len(d.codes), 'code')})" for d in book.dimensions)
        print(f"Dimensions: {', '.join(sizes)}.")


def _projects() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Create projects and name their members.")

    @app.command()
    def create(
        name: str,
        codebook: Annotated[
            Path | None, typer.Option(help="YAML, JSON, or another tool's file; default: the starter codebook.")
        ] = None,
        dimension: Dimensions = None,
        coders_required: Annotated[int, typer.Option(help="People each segment needs.")] = 1,
        double_share: Annotated[float, typer.Option(help="Share of segments that need them all.")] = 1.0,
        advice: Annotated[AdvicePolicy, typer.Option(help="When coders see suggestions.")] = "always",
        blind_share: Annotated[float, typer.Option(help="Share of segments that never get advice.")] = 0.1,
        order: Annotated[QueueOrder, typer.Option(help="In which order the queue offers segments.")] = "transcript",
    ) -> None:
        """Create a project."""
        from service.use_cases.create_project import create_project

        settings = ProjectSettings(coders_required, double_share, advice, blind_share, order)
        book = context.codebook(codebook, pairs(dimension, "--dimension"))
        with context.store() as engine:
            create_project(engine, name, book, settings, context.now())
        print(f"Project {name} uses codebook {book.name}, version {book.version}.")
        _print_folded(book if codebook is not None and codebook.suffix.lower() not in _OWN else None)

    @app.command("list")
    def list_projects(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        """List the projects, with their codebook and the order of their queue."""
        from service.store import projects
        from service.store.engine import reading

        with context.store() as engine, reading(engine) as connection:
            found = projects.every(connection)
        if as_json:
            listed = [{"name": p.name, "codebook": p.codebook_name, "order": p.settings.order} for p in found]
            context.print_json(listed)
        for project in [] if as_json else found:
            print(f"{project.name}\t{project.codebook_name}\t{project.settings.order} order")

    @app.command()
    def order(name: str, order: QueueOrder) -> None:
        """Say in which order the queue offers segments: as transcripts have them, or what teaches the model most."""
        from service.use_cases.create_project import change_order

        with context.store() as engine:
            change_order(engine, name, order)
        print(f"The queue of {name} is in {order} order.")

    @app.command()
    def member(name: str, person: str) -> None:
        """Make a person a member of a project."""
        from service.use_cases.create_project import add_member

        with context.store() as engine:
            add_member(engine, name, person)
        print(f"{person} is a member of {name}.")

    return app
