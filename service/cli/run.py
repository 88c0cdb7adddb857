"""`inkling serve` and `inkling set-up`: start the service, and make a first model and a first project."""

import contextlib
import ipaddress
import secrets
import socket
import ssl
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from service import errors, files
from service.cli import companion, context
from service.domain.people import PersonRole

DEMO = "demo"
DEMO_PEOPLE: dict[str, PersonRole] = {
    "coder": "coder",
    "second": "coder",
    "adjudicator": "adjudicator",
    "researcher": "researcher",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("serve")(serve)
    app.command("set-up")(set_up)


def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    certfile: Annotated[Path | None, typer.Option(help="TLS certificate, with --keyfile.")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="TLS key, with --certfile.")] = None,
    behind_proxy: Annotated[bool, typer.Option(help="A proxy on this machine speaks HTTPS to the world.")] = False,
    worker: Annotated[bool, typer.Option(help="Also run `inkling worker`, which does trainings.")] = True,
) -> None:
    """Serve the pages and the REST API; other hosts than loopback need TLS or a proxy."""
    if (certfile is None) != (keyfile is None):
        raise typer.BadParameter("give --certfile and --keyfile together")
    if not _is_loopback(host) and certfile is None and not behind_proxy:
        raise typer.BadParameter(f"{host} is reachable from outside: give --certfile and --keyfile, or --behind-proxy")
    for file in (certfile, keyfile):
        if file is not None and not file.is_file():
            raise errors.BadInput(f"{file}: there is no such file.")
    if certfile is not None:
        _check_pair(certfile, keyfile)
    _check_free(host, port)
    with companion.beside() if worker else contextlib.nullcontext():
        _serve(host, port, (certfile, keyfile), behind_proxy=behind_proxy)


def _serve(host: str, port: int, tls: tuple[Path | None, Path | None], *, behind_proxy: bool) -> None:
    import uvicorn

    from service.app import create_app
    from service.settings import Settings

    settings = Settings()
    settings = settings.model_copy(update={"hosts": (*settings.hosts, host.lower())})
    scheme = "http" if tls[0] is None else "https"
    context.say(f"Inkling is at {scheme}://{host}:{port}  (Ctrl-C stops it)")
    _say_how_to_sign_in(settings.home)
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        ssl_certfile=tls[0],
        ssl_keyfile=tls[1],
        proxy_headers=behind_proxy,
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def _check_pair(certfile: Path, keyfile: Path | None) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A password would be asked for on a terminal that a service may not have.
        context.load_cert_chain(certfile, keyfile, password="")
    except (ssl.SSLError, OSError):
        raise errors.BadInput(
            f"{certfile} and {keyfile} are no certificate and its key; give PEM files, the key without password."
        ) from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise errors.PortTaken(
                f"{host}:{port} can't be used; is Inkling running already? Choose another with --port."
            ) from None


def set_up(
    demo: Annotated[bool, typer.Option(help="Also make the project `demo` with invented interviews.")] = False,
) -> None:
    """Create the store and the starter model, if they are not there yet."""
    from service.settings import Settings

    settings = Settings()
    with context.store() as engine:
        _starter_model()
        if demo:
            _demo(engine, settings.home, settings.data)


def _starter_model() -> None:
    """Fit the starter model from the excerpts of `data/`, on the ordinary training path."""
    from service.settings import Settings

    registry, book = context.registry(), context.codebook(None)
    if registry.current(book.name) is not None and registry.outgrown(book.name) is None:
        return
    context.say("Fitting the starter model on invented excerpts (once, one to three minutes) …")
    from service.cli.models import fit

    excerpts = Settings().data / "excerpts" / "trauma-informed-practice.jsonl"
    registry.set_up(str(fit([excerpts], Settings().starter_codebook)["model_id"]))


def _demo(engine: sa.Engine, home: Path, data: Path) -> None:
    """Make the demo project; each step can be repeated, and the import, which is last, is all or nothing."""
    from service.domain.projects import ProjectSettings
    from service.store import documents, people, projects
    from service.store.engine import reading
    from service.use_cases.create_project import add_member, create_project
    from service.use_cases.import_transcript import import_files
    from service.use_cases.manage_people import add_person
    from service.use_cases.read_transcript import Options

    with reading(engine) as connection:
        project = projects.find(connection, DEMO)
        if project is not None and documents.every(connection, project):
            return
        known = {person.name for person in people.every(connection)}
    password, now = _demo_password(home), context.now()
    if project is None:
        create_project(engine, DEMO, context.codebook(None), ProjectSettings(), now)
    for name, role in {**DEMO_PEOPLE, "admin": "admin"}.items():
        if name not in known:
            add_person(engine, name, role, password, now)
    for name in DEMO_PEOPLE:
        add_member(engine, DEMO, name)
    import_files(engine, DEMO, [data / "transcripts"], Options(("Interviewer", "Maren", "Ruth")), now)


def _demo_password(home: Path) -> str:
    """Return the demo people's password, kept where only this account can read it."""
    file = home / "demo-password"
    if not file.is_file():
        with files.replacing(file, permissions=0o600) as out:
            out.write(secrets.token_urlsafe(9) + "\n")
    return file.read_text(encoding="utf-8").strip()


def _say_how_to_sign_in(home: Path) -> None:
    file = home / "demo-password"
    if not file.is_file():
        context.say("Sign in as a person added with `inkling people add NAME`.")
        return
    names = ", ".join(DEMO_PEOPLE)
    context.say(f"Project {DEMO}: sign in as {names} or admin, password {file.read_text(encoding='utf-8').strip()}")
