"""The journeys use the command line as their users do."""

from tests.integration.cli.conftest import inkling, interview, team

__all__ = ["inkling", "interview", "team"]
