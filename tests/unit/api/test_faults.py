"""What is wrong in a request is said in sentences of ours, which name the field and repeat nothing that was sent."""

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from service.api import patterns, schemas, training_schemas
from service.api.faults import faults
from service.api.schemas import DecisionIn, NewPerson, NewProject, SignIn, SuggestionsIn
from service.api.training_schemas import NewPromotion, NewTraining

CANARY = "zebracanary"
NAMES = schemas.names(training_schemas.REQUESTS)
SEGMENT = {"text": "They lock the door."}

CASES: tuple[tuple[type[BaseModel], Any, str], ...] = (
    (NewPromotion, {}, "reason is missing."),
    (NewPromotion, {"reason": ""}, "reason must not be blank."),
    (NewPromotion, {"reason": " \n"}, "reason must not be blank."),
    (NewPromotion, {"reason": 3}, "reason must be a text."),
    (NewPromotion, {"reason": "x" * 2001}, "reason must have at most 2,000 characters."),
    (NewPromotion, {"reason": "x", CANARY: 1}, "The body has a field that is not known here; it takes reason."),
    (NewPromotion, [], "The body must be a JSON object."),
    (NewTraining, {"budget": 0}, "budget must be greater than 0."),
    (NewTraining, {"budget": 20_000}, "budget must be at most 10,000."),
    (NewTraining, {"budget": "x"}, "budget must be a number."),
    (NewTraining, {"steps": 1.5}, "steps must be a whole number."),
    (NewTraining, {"seed": 2**31}, "seed must be less than 2,147,483,648."),
    (NewTraining, {"tune": "yes"}, "tune must be true or false."),
    (NewProject, {"name": "x", "advice": CANARY}, "advice must be 'always', 'after_own_choice' or 'never'."),
    (NewProject, {"name": f"{CANARY}\n"}, "name must be one line, without control characters."),
    (NewProject, {"name": "x", "codebook": CANARY}, "codebook must be a JSON object."),
    (NewPerson, {"name": "x", "password": CANARY[:5]}, "password must have at least 8 characters."),
    (SignIn, {"name": "", "password": "x"}, "name must not be empty."),
    (SuggestionsIn, {"project": "x", "segments": CANARY}, "segments must be a list."),
    (SuggestionsIn, {"project": "x", "segments": [SEGMENT] * 257}, "segments must hold at most 256 entries."),
    (SuggestionsIn, {"project": "x", "segments": [SEGMENT, {}]}, "segments.1.text is missing."),
    (
        SuggestionsIn,
        {"project": "x", "segments": [{**SEGMENT, CANARY: CANARY}]},
        "segments.0 has a field that is not known here; it takes document_id, position, speaker, text, context, queue.",
    ),
    (DecisionIn, {"codes": {CANARY: CANARY}}, "codes.… must be a list."),
    (DecisionIn, {"suggestion_id": f"{CANARY}!"}, "suggestion_id may hold only letters from A to Z, digits, - and _."),
)


def _said(model: Any, content: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_json(content)
    found = [{**fault, "loc": ("body", *fault["loc"])} for fault in caught.value.errors()]
    return [fault["message"] for fault in faults(found, NAMES, model)]


@pytest.mark.parametrize(("model", "body", "sentence"), CASES)
def test_each_fault_is_one_sentence(model: type[BaseModel], body: Any, sentence: str) -> None:
    """It names the field and what would be right."""
    assert _said(model, json.dumps(body)) == [sentence]


def test_a_body_that_is_no_json_is_said_so() -> None:
    """Where in it the mistake is stays unsaid, and so does what stands there."""
    assert _said(NewPromotion, f'{{"reason": {CANARY}') == ["The body must be JSON in UTF-8."]


def test_what_is_not_foreseen_is_said_without_pydantics_words() -> None:
    """The API's page says what is taken."""
    kept = Annotated[int, Field(multiple_of=2)]
    assert _said(kept, "3") == ["The body is not what is taken here; /api/docs says what is."]


def test_a_body_that_may_be_left_out_has_its_fields_too() -> None:
    """The model is found among the alternatives of an annotation."""
    (said,) = _said(NewTraining | None, json.dumps({CANARY: 1}))
    assert said.startswith("The body has a field that is not known here; it takes tune, budget, ")


def _patterns(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        return own.union(*map(_patterns, schema.values()))
    return set().union(*map(_patterns, schema)) if isinstance(schema, list) else set()


@pytest.mark.parametrize("model", [*schemas.REQUESTS, *training_schemas.REQUESTS])
def test_every_pattern_has_words(model: type[BaseModel]) -> None:
    """No field has a pattern that could only be refused by showing it."""
    assert _patterns(model.model_json_schema()) <= set(patterns.WORDS)
