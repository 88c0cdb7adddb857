"""What a person says of a coded file, and what is answered about one."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.api.patterns import NO_NUL
from service.api.schemas import Line, Request
from service.domain import folding
from service.use_cases.import_codings import LONGEST_SENTENCE, Choices
from service.use_cases.preview_codings import Preview

#: The longest text of choices: more than a form's field takes.
LONGEST_CHOICES = 1_000_000

_MOST_CODES = 10_000
_Name = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)]
_Target = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=500)]
_Titles = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=20_000)]

Branches = Annotated[dict[_Name, _Target], Field(max_length=_MOST_CODES)]


class ChoicesIn(Request):
    """What the importing person says of a coded file; what is left out is matched by name, or asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dimensions": {"Change > Area": "domain"},
                    "codes": {"Change > Area > Feeling safe": "domain:safety", "To do": ""},
                    "coders": {"Ruth M.": "ruth"},
                    "unselected": "unknown",
                }
            ]
        }
    )

    dimensions: Branches = Field(
        default_factory=dict, description='By branch of the file\'s tree of codes; "" takes a branch for none.'
    )
    codes: Annotated[dict[_Name, _Target], Field(max_length=_MOST_CODES)] = Field(
        default_factory=dict, description='"dimension:code" by code of the file; "" leaves a code out.'
    )
    coders: Annotated[dict[_Name, Line], Field(max_length=1000)] = Field(
        default_factory=dict, description='Members of the project by coder of the file; "" is whom it does not name.'
    )
    unselected: Literal["none", "unknown"] | None = Field(
        None, description="What lies under no selection: no code applied, or nobody knows."
    )
    coded_by: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=LONGEST_SENTENCE)] = Field(
        "", description="Who coded it, in a sentence, where the file names nobody."
    )
    columns: Annotated[dict[Line, _Titles], Field(max_length=100)] = Field(
        default_factory=dict, description="Titles of a table's columns by what they hold, where the guess is wrong."
    )
    interviewers: Annotated[list[Line], Field(max_length=1000)] = Field(
        default_factory=list, description="Speakers who ask, in new documents."
    )
    queued: bool = Field(True, description="Whether people are to code new documents, too.")

    def choices(self) -> Choices:
        """Return them as the import takes them."""
        return Choices(
            folding.Choices(self.dimensions, self.codes),
            self.coders,
            self.unselected,
            self.coded_by,
            tuple(self.interviewers),
            self.queued,
        )


class ImportForm(Request):
    """The parts of the form, beside the file, once they are read."""

    choices: ChoicesIn = Field(default_factory=lambda: ChoicesIn.model_validate({}))


class ReadingForm(Request):
    """The same where only the codes are asked for."""

    dimensions: Branches = Field(default_factory=dict)


class ReadingOut(BaseModel):
    """The codebook that a coded file's tree of codes folds into, and what else the file holds."""

    codebook: dict[str, Any]
    preview: Preview


#: What an error may name.
REQUESTS: tuple[type[BaseModel], ...] = (ChoicesIn, ImportForm, ReadingForm)
