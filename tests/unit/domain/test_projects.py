"""The draws that fix what a segment needs."""

import pytest

from service.domain import projects
from service.domain.projects import ADHOC, Project, ProjectSettings


def project(name: str = "study", **settings: float | int) -> Project:
    return Project("1", name, "change", ProjectSettings(**settings))  # type: ignore[arg-type]


def test_defaults_are_the_contracts() -> None:
    """One coder, advice always, a tenth without advice."""
    assert ProjectSettings() == ProjectSettings(1, 1.0, "always", 0.1)


@pytest.mark.parametrize(("share", "expected"), [(0.0, {1}), (1.0, {3})])
def test_all_or_none_are_coded_by_several(share: float, expected: set[int]) -> None:
    """With a share of nothing every segment needs one person, with all of it the number required."""
    found = project(coders_required=3, double_share=share)
    assert {projects.needs(found, "a.txt", position) for position in range(50)} == expected


def test_shares_are_met_about() -> None:
    """A share of the segments is drawn, neither far more nor far fewer."""
    found = project(coders_required=2, double_share=0.3, blind_share=0.2)
    places = [(f"{document}.txt", position) for document in range(20) for position in range(100)]
    doubled = sum(projects.needs(found, *place) == 2 for place in places)
    blind = sum(projects.is_blind(found, *place) for place in places)
    assert 500 < doubled < 700
    assert 320 < blind < 480


def test_draws_repeat_and_have_nothing_to_do_with_one_another() -> None:
    """The same place draws the same; another project, and the other draw, draw differently."""
    places = [("a.txt", position) for position in range(300)]
    half = project(coders_required=2, double_share=0.5, blind_share=0.5)
    doubled = [projects.needs(half, *place) == 2 for place in places]
    blind = [projects.is_blind(half, *place) for place in places]
    other = [projects.is_blind(project("other", blind_share=0.5), *place) for place in places]
    assert doubled == [projects.needs(half, *place) == 2 for place in places]
    for one, two in ((doubled, blind), (blind, other)):
        assert 100 < sum(a == b for a, b in zip(one, two, strict=True)) < 200


def test_a_segment_that_stands_alone_is_never_blind() -> None:
    """Posted segments without a document always get advice."""
    assert not any(projects.is_blind(project(blind_share=1.0), ADHOC, position) for position in range(50))
    assert projects.is_blind(project(blind_share=1.0), "a.txt", 0)
