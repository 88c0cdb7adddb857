"""The part of the stand-in for the REST API that is about codings of other tools; files are read as they are."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from service import errors
from service.domain import codebook, folding
from service.domain.coded_file import CodedFile
from service.readers import coded, codes
from service.use_cases.import_codings import Choices, questions
from service.use_cases.preview_codings import preview
from tests.browser.fake_state import Fake, Json, Project, Refusal

API = "/api/v1"
Found = TypeVar("Found")


def add(
    app: FastAPI, fake: Fake, person: Callable[[Fake, Request], str], project: Callable[[Fake, str, Request], Project]
) -> None:
    """Add these routes; who asks and which project they may see is for the others to say."""

    def researcher(request: Request) -> str:
        name = person(fake, request)
        if fake.people[name] != "researcher":
            raise Refusal(403, "Importing codings is for the project's researchers.")
        return name

    @app.post(API + "/projects/{name}/coded-files")
    async def look(name: str, request: Request) -> Json:
        found, _ = project(fake, name, request), researcher(request)
        read, said, _ = await _sent(fake, request)
        book = codebook.parse(found.codebook, "book", short_name="book")
        return asdict(preview(read, book, said))

    @app.post(API + "/projects/{name}/imports", status_code=201)
    async def store(name: str, request: Request) -> Json:
        found, by = project(fake, name, request), researcher(request)
        read, said, raw = await _sent(fake, request)
        asked = questions(read, said)
        if asked:
            raise Refusal(422, f"{read.name}: {' '.join(asked.values())}")
        found.imports.append(_listed(read, said, by, len(found.imports), raw))
        documents = [{"document_id": d.name, "turns": 4, "segments": 12, "notes": []} for d in read.documents]
        rest = {"left": found.imports[-1]["left"], "notes": [], "unchanged": False}
        figures = {"codings": read.codings, "kept": read.codings, "segment_codings": read.codings + 20}
        head = {"import_id": found.imports[-1]["import_id"], "file": read.name, "tool": read.tool}
        return {**head, "documents": [{**d, "unchanged": False} for d in documents], **figures, **rest}

    @app.get(API + "/projects/{name}/imports")
    def listed(name: str, request: Request) -> Json:
        researcher(request)
        return {"items": project(fake, name, request).imports, "next_cursor": None}

    @app.delete(API + "/projects/{name}/imports/{import_id}", status_code=204)
    def withdraw(name: str, import_id: str, request: Request) -> Response:
        researcher(request)
        for one in project(fake, name, request).imports:
            one["ended"] = one["ended"] or one["import_id"] == import_id
        return Response(status_code=204)

    @app.post(API + "/codebooks/readings")
    async def read_codes(request: Request) -> Json:
        researcher(request)
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            content, chosen = await file.read(), json.loads(str(form.get("dimensions", "{}")))
        found, used = _read(lambda: codes.read_codes(content, str(file.filename)))
        book = folding.codebook_of(PurePosixPath(str(file.filename)).stem, found, chosen, used)
        branches = {folding.path_text(path): name for path, name in folding.branches(found, chosen).items()}
        return {"codebook": codebook.as_dict(book), "preview": {"branches": branches, "codes": [], "tool": "Some tool"}}


async def _sent(fake: Fake, request: Request) -> tuple[CodedFile, Choices, Json]:
    async with request.form() as form:
        file = form["file"]
        assert isinstance(file, UploadFile)
        content, raw = await file.read(), json.loads(str(form["choices"]))
    fake.looked.append(raw)
    if fake.refuse_next is not None:
        refusal, fake.refuse_next = fake.refuse_next, None
        raise refusal
    told = folding.Choices(raw["dimensions"], raw["codes"])
    said = Choices(told, raw["coders"], raw["unselected"], raw["coded_by"], raw["interviewers"], raw["queued"])
    columns = coded.Reading(raw["columns"])
    return _read(lambda: coded.read_coded(content, str(file.filename), columns)), said, raw


def _read(reader: Callable[[], Found]) -> Found:
    try:
        return reader()
    except errors.BadInput as error:
        raise Refusal(422, str(error)) from None


def _listed(read: CodedFile, said: Choices, by: str, number: int, raw: Json) -> Json:
    head = {"import_id": f"import-{number}", "file": read.name, "sha256": read.sha256, "tool": read.tool}
    rest = {"imported_at": datetime.now(UTC).isoformat(), "ended": False, "said": raw}
    left = [asdict(item) for item in read.left]
    return {**head, "coded_by": said.coded_by, "unselected": said.unselected, "imported_by": by, **rest, "left": left}
