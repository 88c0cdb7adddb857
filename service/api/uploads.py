"""Files that come with a request, and the JSON that comes in a field beside them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic_core
from fastapi import UploadFile
from pydantic import BaseModel, ValidationError

from service import errors
from service.api import problems
from service.api.state import State

Form = TypeVar("Form", bound=BaseModel)


def read(state: State, file: UploadFile) -> tuple[str, bytes]:
    """Return an upload's name, without folders, and its bytes.

    Raises:
        UnreadableFile: it has no name.
        TooLarge: it is larger than allowed.
    """
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    if not name:
        raise errors.UnreadableFile("The file needs a name that says its format, such as interview-1.docx.")
    content = file.file.read(state.settings.max_upload_bytes + 1)
    if len(content) > state.settings.max_upload_bytes:
        raise errors.TooLarge(f"{name}: larger than the allowed {state.settings.max_upload_bytes:,} bytes.")
    return name, content


def parsed(form: type[Form], fields: Mapping[str, str | None]) -> Form:
    """Return a form whose fields hold JSON; those that are None are as if they were not sent.

    Raises:
        InvalidBody: naming the field and what would be right.
    """
    given: dict[str, Any] = {}
    for name, text in fields.items():
        if text is not None:
            given[name] = _json(form, name, text)
    try:
        # As JSON, so that what is strict is strict about JSON's types.
        return form.model_validate_json(pydantic_core.to_json(given))
    except ValidationError as error:
        found = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_input=False)]
        raise problems.InvalidBody(found, form) from None


def _json(form: type[BaseModel], name: str, text: str) -> Any:
    try:
        return pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError:
        raise problems.InvalidBody([{"type": "dict_type", "loc": ("body", name)}], form) from None
