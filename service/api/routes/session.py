"""Sign in and out."""

from typing import Any

from fastapi import APIRouter, Request, Response

from service.api import deps, problems
from service.api.deps import PersonDep, SignedInDep, StateDep
from service.api.schemas import PersonOut, SessionOut, SignIn
from service.domain.people import Person
from service.use_cases import sign_in


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/session", tags=["session"])

    @routes.post("", response_model=PersonOut, responses=problems.documented(429, 507), openapi_extra={"security": []})
    def post_session(body: SignIn, request: Request, response: Response, state: StateDep) -> dict[str, Any]:
        """Sign in; the answer sets the session's cookie."""
        address = request.client.host if request.client else ""
        with state.passwords:
            credentials = sign_in.Credentials(body.name, body.password, address)
            person, secret = sign_in.sign_in(state.engine, credentials, state.sign_in_rules, state.clock())
        before = request.cookies.get(deps.cookie_name(request))
        if before:
            sign_in.sign_out(state.engine, before, state.clock())
        _set_cookie(request, response, secret, int(state.sign_in_rules.session_seconds))
        return {"name": person.name, "role": person.role}

    @routes.get("", response_model=SessionOut, responses=problems.documented())
    def get_session(person: PersonDep) -> dict[str, Any]:
        """Say who is signed in, and what they may do."""
        return {"name": person.name, "role": person.role, "rights": _rights(person)}

    @routes.delete("", status_code=204, responses=problems.documented(507))
    def delete_session(who: SignedInDep, request: Request, state: StateDep) -> Response:
        """Sign out."""
        sign_in.sign_out(state.engine, who.secret, state.clock())
        response = Response(status_code=204)
        _set_cookie(request, response, "", 0)
        return response

    return routes


def _set_cookie(request: Request, response: Response, secret: str, seconds: int) -> None:
    response.set_cookie(
        deps.cookie_name(request),
        secret,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _rights(person: Person) -> dict[str, bool]:
    return {
        "decide": person.may_decide,
        "adjudicate": person.may_adjudicate,
        "research": person.may_research,
        "promote": person.may_promote,
        "administer": person.may_administer,
    }
