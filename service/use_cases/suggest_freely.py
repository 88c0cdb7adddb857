"""Suggest codes for text that is not stored anywhere: the command line's way."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.domain.suggestion import Passage, around, place
from service.domain.transcript import Segment
from service.suggest.suggester import Suggester
from service.use_cases import read_transcript
from service.use_cases.read_transcript import Options
from service.use_cases.suggestion_body import suggestion_body


def suggest_text(suggester: Suggester, text: str) -> dict[str, Any]:
    """Suggest codes for one segment that stands alone; the REST body without ids."""
    return _body(suggester, [Passage(text)])


def suggest_file(suggester: Suggester, file: Path, options: Options) -> dict[str, Any]:
    """Suggest codes for each segment of a transcript, in order; the REST body without ids.

    Raises:
        BadInput: it can't be read, or has no speaker of the name of one who is said to ask.
    """
    understood = read_transcript.read(file, options=options)
    read_transcript.check_interviewers(options.interviewers, read_transcript.speakers_in([understood]))
    return _body(suggester, passages(understood.segments, understood.transcript.document_id))


def passages(segments: Sequence[Segment], document_id: str) -> list[Passage]:
    """Return a document's segments as a model reads them, each with its neighbours."""
    texts = [segment.text for segment in segments]
    return [
        Passage(s.text, s.speaker, s.role, *around(texts, row), place(row, len(texts)), document_id, document_id)
        for row, s in enumerate(segments)
    ]


def _body(suggester: Suggester, asked: Sequence[Passage]) -> dict[str, Any]:
    return {"suggestions": [suggestion_body(said) for said in suggester.suggest(asked)]}
