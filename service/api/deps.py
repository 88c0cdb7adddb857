"""Who is asking: a signed-in person by cookie, or a program by its token."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service import errors
from service.api import state
from service.api.coalescer import Credentials
from service.api.state import State
from service.domain.people import Coder, Person, Program
from service.store import engine as store
from service.store import projects
from service.use_cases import sign_in

COOKIE = "inkling_session"


def cookie_name(request: Request) -> str:
    """Return the session cookie's name; over HTTPS browsers hold it to this host and path."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def credentials(request: Request) -> Credentials:
    """Return the secret that a request carries; a token goes before a cookie.

    Raises:
        NotSignedIn: it carries none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token.strip():
            raise errors.NotSignedIn("Give the token as `Authorization: Bearer TOKEN`.")
        return Credentials(token.strip(), is_token=True)
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        raise errors.NotSignedIn
    return Credentials(secret, is_token=False)


@dataclass(frozen=True)
class SignedIn:
    """A person in a session of theirs."""

    person: Person
    coder: Coder
    secret: str


def identify(state: State, given: Credentials) -> tuple[Person, Coder] | Program:
    """Return who a secret stands for.

    Raises:
        NotSignedIn: nobody, or no longer.
    """
    if not given.is_token:
        return sign_in.who(state.engine, given.secret, state.clock())
    with store.reading(state.engine) as connection:
        program = projects.program(connection, given.secret)
    if program is None:
        raise errors.NotSignedIn("This token is not known, or no longer good.")
    return program


def signed_in(request: Request) -> SignedIn:
    """Return the person who asks; raise `PersonsOnly` for a program."""
    given = credentials(request)
    found = identify(state.of(request), given)
    if isinstance(found, Program):
        raise errors.PersonsOnly("This is for signed-in people; a program's token can only ask for suggestions.")
    return SignedIn(*found, given.secret)


def person(who: Annotated[SignedIn, Depends(signed_in)]) -> Person:
    """Return the person who asks."""
    return who.person


def caller(request: Request) -> Person | Program:
    """Return who asks, be it a person or a program."""
    found = identify(state.of(request), credentials(request))
    return found if isinstance(found, Program) else found[0]


StateDep = Annotated[State, Depends(state.of)]
SignedInDep = Annotated[SignedIn, Depends(signed_in)]
PersonDep = Annotated[Person, Depends(person)]
CallerDep = Annotated[Person | Program, Depends(caller)]
