"""Serves the page shells and the static files. A page holds no data: its scripts ask the REST API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import jinja2
from fastapi import APIRouter, FastAPI, Request, Response

from service import errors
from service.readers import codebook, coded, files

#: Nothing inline, nothing foreign, no HTML from strings: text can enter a page only as text.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

#: Path of each page, the template of its shell, and its title until the script knows better.
_PAGES = (
    ("/", "projects.html", "Projects"),
    ("/sign-in", "sign_in.html", "Sign in"),
    ("/projects/{project}", "project.html", "Project"),
    ("/projects/{project}/adjudicate", "adjudicate.html", "Settle differences"),
    ("/projects/{project}/report", "report.html", "Report"),
    ("/projects/{project}/import", "import.html", "Bring codings"),
    ("/projects/{project}/models", "models.html", "Models"),
    ("/projects/{project}/code/{document_id:path}", "desk.html", "Coding"),
)

#: A request without either of these has no session, so its page asks nothing before it offers to sign in.
SESSION_COOKIES = ("inkling_session", "__Host-inkling_session")

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_FOR_EVER = "public, max-age=31536000, immutable"


def security_headers() -> Mapping[str, str]:
    """Return the headers that every answer of the application carries."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def mount(app: FastAPI) -> None:
    """Add the pages and the static files to the application."""
    app.include_router(router())


def router() -> APIRouter:
    """Return the routes of the pages and of `/static`; every file is read once, here."""
    assets = Assets.read(Path(__file__).parent / "static")
    templates = _templates()
    routes = APIRouter(include_in_schema=False)
    for path, template, title in _PAGES:
        shell = templates.get_template(template)
        known, unknown = (shell.render(static=assets.base, title=title, session=s) for s in ("maybe", "none"))
        routes.add_api_route(path, _page(known, unknown), methods=["GET", "HEAD"], response_class=Response)
    routes.add_api_route("/static/{path:path}", assets.answer, methods=["GET", "HEAD"], response_class=Response)
    return routes


def not_found() -> Callable[[], Response]:
    """Return what answers a person whose address leads nowhere; it holds nothing of the address."""
    base = Assets.read(Path(__file__).parent / "static").base
    body = _templates().get_template("not_found.html").render(static=base)
    headers = {**security_headers(), "Cache-Control": "no-store"}
    return lambda: Response(body, 404, headers=headers, media_type="text/html; charset=utf-8")


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("service.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What file dialogs offer.
    environment.globals["transcripts"] = ",".join(files.SUFFIXES)
    environment.globals["codebooks"] = ",".join((*codebook.SUFFIXES, *coded.SUFFIXES))
    return environment


def _page(known: str, unknown: str) -> Callable[[Request], Response]:
    """Return a route that answers with a page's shell: one where a session may exist, one where none can."""
    headers = {**security_headers(), "Cache-Control": "no-store"}

    def page(request: Request) -> Response:
        has_cookie = any(name in request.cookies for name in SESSION_COOKIES)
        return Response(known if has_cookie else unknown, headers=headers, media_type="text/html; charset=utf-8")

    return page


@dataclass(frozen=True)
class Asset:
    """One static file in memory."""

    body: bytes
    media_type: str
    etag: str


@dataclass(frozen=True)
class Assets:
    """All static files; their addresses begin with a digest of all of them, so a browser may keep them for ever."""

    files: Mapping[str, Asset]
    digest: str

    @classmethod
    def read(cls, folder: Path) -> "Assets":
        """Read every file below the folder."""
        found = {}
        whole = sha256()
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _MEDIA_TYPES):
            name, body = path.relative_to(folder).as_posix(), path.read_bytes()
            whole.update(f"{name}\0{len(body)}\0".encode() + body)
            found[name] = Asset(body, _MEDIA_TYPES[path.suffix], f'"{sha256(body).hexdigest()[:32]}"')
        return cls(found, whole.hexdigest()[:16])

    @property
    def base(self) -> str:
        """The address below which the files of this version stand."""
        return f"/static/v-{self.digest}"

    def answer(self, path: str, request: Request) -> Response:
        """Answer with a file: kept for ever under this version's address, asked for again under any other."""
        prefix, _, rest = path.partition("/")
        asset = self.files.get(rest if prefix.startswith("v-") else path)
        if asset is None:
            raise errors.NotFound("There is no such file.")
        lasting = prefix == f"v-{self.digest}"
        headers = {
            **security_headers(),
            "ETag": asset.etag,
            "Cache-Control": _FOR_EVER if lasting else "no-cache",
        }
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers=headers, media_type=asset.media_type)
