"""Every refusal by name. A class's docstring is its default message; none ever quotes transcript text."""

#: A name that is longer is no name: with columns out of place it is what somebody said.
_LONGEST_NAME = 40


def shown(name: object, most: int = _LONGEST_NAME) -> str:
    """Return a name that stands in a file as a refusal may quote it: cut short, on one line, and printable."""
    text = "".join(character if character.isprintable() else " " for character in str(name))
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


class InklingError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class BadInput(InklingError):
    """The input can't be used."""


class UnreadableFile(BadInput):
    """The file can't be read as a transcript."""


class CodedMaterial(UnreadableFile):
    """The file holds codings and is no mere transcript."""


class TooLarge(BadInput):
    """The input is larger than allowed."""


class BadCodebook(BadInput):
    """The codebook can't be used."""


class MachineOutput(BadInput):
    """This is machine output: suggestions are never accepted as codings."""


class BadExcerpts(BadInput):
    """The coded excerpts can't be used."""


class BadBundle(BadInput):
    """The model's files are damaged or were changed."""


class BadEncoder(BadInput):
    """The encoder's files are missing or damaged."""


class WrongCodebook(BadInput):
    """The model was trained for another codebook."""


class NoModel(BadInput):
    """There is no model yet."""


class FolderInUse(BadInput):
    """The folder belongs to another run or already holds something."""


class StorageFull(InklingError):
    """The disk is full; nothing was stored."""


class StoreBusy(InklingError):
    """The store is busy with something larger; nothing was stored: try again."""


class LostWorker(InklingError):
    """A worker was ended from outside, perhaps for want of memory; what was finished is kept: go on with --resume."""


class PortTaken(BadInput):
    """The port is taken by another program."""


class NotSignedIn(InklingError):
    """Sign in first."""


class WrongPassword(NotSignedIn):
    """Name or password is wrong."""


class NotAllowed(InklingError):
    """This is not allowed."""


class PersonsOnly(NotAllowed):
    """Only a signed-in person can decide; a program's token can't."""


class NotFound(InklingError):
    """There is no such thing here."""


class Conflict(InklingError):
    """This conflicts with what is stored."""


class Unprocessable(InklingError):
    """The request can't be carried out as it is."""


class UnknownCode(Unprocessable):
    """The codebook has no such code."""


class Throttled(InklingError):
    """Too many attempts; wait a little."""
