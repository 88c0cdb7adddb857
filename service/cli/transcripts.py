"""`inkling read`, `suggest`: from files to segments and suggestions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import context, holdings
from service.domain.counting import counted
from service.settings import Settings
from service.use_cases.read_transcript import Options

if TYPE_CHECKING:
    from service.use_cases.read_transcript import Understanding

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
Interviewer = Annotated[list[str] | None, typer.Option(help="A speaker who asks; may be given several times.")]
Model = Annotated[str | None, typer.Option(help="A model's folder or id; default: the starter codebook's current one.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("read")(read)
    app.command("suggest")(suggest)


def read(file: Path, as_json: Json = False, interviewer: Interviewer = None) -> None:
    """Show how a transcript is understood, or what a file of another tool holds; nothing is stored."""
    from service.readers import codes
    from service.use_cases import read_transcript

    if holdings.is_coded(file):
        holdings.show_coded(file, as_json=as_json)
        return
    if codes.lists_codes(file):
        holdings.show_codes(file, as_json=as_json)
        return
    options = options_for(interviewer)
    understood = read_transcript.read(file, options=options)
    read_transcript.check_interviewers(options.interviewers, read_transcript.speakers_in([understood]))
    if as_json:
        context.print_json(read_transcript.as_json(understood))
    else:
        _print_understood(understood)


def _print_understood(understood: "Understanding") -> None:
    """Print what a person checks before importing: who speaks, what was noted, and the segments as they are cut."""
    transcript, segments = understood.transcript, understood.segments
    for turn in transcript.turns:
        print(f"{turn.speaker or '?'} ({turn.role or 'role unknown'}): {transcript.text[turn.start : turn.end]}")
    print(f"\n{counted(len(segments), 'segment')} to code:")
    for segment in segments:
        print(f"{segment.position + 1:>4}  {segment.speaker or '?'}: {segment.text}")
    print(f"\n{counted(len(transcript.turns), 'turn')}, {counted(len(segments), 'segment')}.")
    for note in transcript.notes:
        print(f"Note: {note}")


def options_for(interviewers: list[str] | None) -> Options:
    """Return how to read transcripts, by the settings and who is said to ask."""
    settings = Settings()
    return Options(interviewers or (), settings.max_upload_bytes, segment_words=settings.segment_words)


def suggest(
    text: Annotated[str | None, typer.Option(help="One segment's text; - reads stdin.")] = None,
    file: Annotated[Path | None, typer.Option(help="A transcript.")] = None,
    model: Model = None,
    as_json: Json = False,
    interviewer: Interviewer = None,
) -> None:
    """Suggest codes for one segment or a whole transcript; nothing is stored."""
    from service.use_cases.suggest_freely import suggest_file, suggest_text

    if (text is None) == (file is None):
        raise typer.BadParameter("give either --text or --file")
    suggester = suggester_for(model)
    if text is not None:
        answer = suggest_text(suggester, context.read_input(text))
    else:
        answer = suggest_file(suggester, Path(str(file)), options_for(interviewer))
    if as_json:
        context.print_json(answer)
    else:
        _print_suggestions(answer)


def suggester_for(model: str | None) -> Any:
    """Return the suggester of a named model, or the starter codebook's current one."""
    from service.suggest.suggester import Suggester

    if model is None:
        return context.shelf().current(context.codebook(None))
    return Suggester(context.registry().open(model), context.encoder())


def _print_suggestions(answer: dict[str, Any]) -> None:
    for suggestion in answer["suggestions"]:
        for advice in suggestion["dimensions"]:
            leading = ", ".join(f"{c['code']} {c['probability']:.2f}" for c in advice["candidates"][:3])
            said = ", ".join(advice["suggested"]) or (
                f"({advice['reason']})" if advice["abstained"] else "none applies"
            )
            print(f"{advice['dimension']}: {said}   [{leading}]")
        print()
    print("Suggestions need a human decision.")
