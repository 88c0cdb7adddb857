"""Put the parts of the command `inkling` together and run it."""

import sys

import typer

from service import errors
from service.cli import away, context, importing, models, people, registry, run, scoring, transcripts, worker

BAD_INPUT = 1
#: Ctrl-C, as shells say it.
INTERRUPTED = 130


def command() -> typer.Typer:
    """Build the command with all its subcommands."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Inkling suggests codes for interview segments; a person decides.",
    )
    for part in (run, worker, transcripts, importing, scoring, models, registry, away, people):
        part.register(app)
    return app


def main() -> None:
    """Run the command; bad input ends in one line on stderr and exit code 1."""
    try:
        command()()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer takes Ctrl-C for itself
            print("inkling: interrupted; what was finished is kept.", file=sys.stderr)
        raise
    except errors.InklingError as error:
        context.say(f"inkling: {error}")
        sys.exit(BAD_INPUT)
    except BrokenPipeError:
        sys.exit(BAD_INPUT)
