"""Importing with lists of participants beside the files: what is kept, what changes, what is refused."""

from pathlib import Path

from service.settings import Settings
from service.store import documents, projects
from service.store import engine as store
from tests.integration.cli.conftest import Inkling


def _talk(folder: Path, name: str, said: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"Interviewer: How was it?\n\nParticipant: {said}\n", encoding="utf-8")
    return file


def _listed(folder: Path, *lines: str) -> None:
    (folder / "participants.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _attributes(document: str) -> dict[str, str]:
    """Return what the store knows of who speaks in a document."""
    engine = store.open_database(Settings().url)
    with store.reading(engine) as connection:
        project = projects.find(connection, "intake")
        assert project is not None
        found = documents.find(connection, project, document)
        assert found is not None
        known = dict(documents.attributes(connection, project).get(found.participant_id, {}))
    engine.dispose()
    return known


def test_a_later_interview_keeps_what_is_known_of_its_participant(team: Inkling, tmp_path: Path) -> None:
    """A list without the columns of an earlier one, or no list at all, leaves a participant's attributes alone."""
    first, second = tmp_path / "l1", tmp_path / "l2"
    _talk(first, "a.txt", "We moved the chairs.")
    _listed(first, "document_id,participant_id,organisation,region", "a.txt,P3,Larkspur,urban")
    assert team("import", str(first), "--project", "intake").code == 0
    _talk(second, "m9.txt", "They rewrote the form.")
    _listed(second, "document_id,participant_id", "m9.txt,P3")
    done = team("import", str(second), "--project", "intake")
    assert (done.code, "organisation" in done.err) == (0, False)
    (first / "participants.csv").unlink()
    assert team("import", str(first), "--project", "intake").code == 0
    for document in ("a.txt", "m9.txt"):
        assert _attributes(document) == {"organisation": "Larkspur", "region": "urban"}


def test_a_value_that_is_given_replaces_and_is_told(team: Inkling, tmp_path: Path) -> None:
    """Other values take the place of known ones, an empty cell clears, and the import says both."""
    folder = tmp_path / "in"
    _talk(folder, "a.txt", "We moved the chairs.")
    header = "document_id,participant_id,organisation,region"
    _listed(folder, header, "a.txt,P3,Larkspur,urban")
    assert "P3" not in team("import", str(folder), "--project", "intake").err
    _listed(folder, header, "a.txt,P3,Harbour House,")
    said = team("import", str(folder), "--project", "intake").err
    assert "P3: organisation was Larkspur and is now Harbour House." in said
    assert "P3: region was urban and is now empty." in said
    assert _attributes("a.txt") == {"organisation": "Harbour House", "region": ""}


def test_a_list_that_names_no_file_is_refused(team: Inkling, tmp_path: Path) -> None:
    """Where the whole folder is imported, an id of no file, or one without its suffix, stops it before anything."""
    folder = tmp_path / "in"
    _talk(folder, "a.txt", "We moved the chairs.")
    for written, said in (
        ("a,P3", "document_id a lacks its suffix; write a.txt."),
        ("a.txt,P3\nb.txt,P4", "document_id b.txt names no file here"),
        ("x" * 3000 + ",P3", "names no file here"),
    ):
        _listed(folder, "document_id,participant_id", written)
        done = team("import", str(folder), "--project", "intake")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert said in done.err
    _listed(folder, "document_id,participant,org", "a.txt,P3,Larkspur")
    assert "participant_id is missing" in team("import", str(folder), "--project", "intake").err
    (folder / "participants.csv").unlink()
    assert "unchanged" not in team("import", str(folder), "--project", "intake").out


def test_a_list_may_name_more_than_the_files_given(team: Inkling, tmp_path: Path) -> None:
    """Single files leave room for others: one that stands there or came before is fine, any other is a note."""
    folder = tmp_path / "in"
    first, second = _talk(folder, "a.txt", "We moved the chairs."), _talk(folder, "b.txt", "They rewrote the form.")
    _listed(folder, "document_id,participant_id", "a.txt,P1", "b.txt,P2")
    assert "names no file" not in team("import", str(first), "--project", "intake").err
    first.unlink()
    assert "names no file" not in team("import", str(folder), "--project", "intake").err
    _listed(folder, "document_id,participant_id", "a.txt,P1", "c.txt,P2")
    done = team("import", str(second), "--project", "intake")
    assert done.code == 0
    assert "document_id c.txt names no file here" in done.err
    assert "b.txt: note: participants.csv has no line for it" in done.err


def test_a_list_of_the_folder_above_names_paths(team: Inkling, tmp_path: Path) -> None:
    """Ids are paths below the list's own folder, with their suffix."""
    _talk(tmp_path / "in", "a.txt", "We moved the chairs.")
    _talk(tmp_path / "in" / "north", "b.txt", "They rewrote the form.")
    _listed(tmp_path / "in", "document_id,participant_id", "a.txt,P1", "north/b,P2")
    assert "write north/b.txt." in team("import", str(tmp_path / "in"), "--project", "intake").err
    _listed(tmp_path / "in", "document_id,participant_id,region", "a.txt,P1,south", "north/b.txt,P2,north")
    assert team("import", str(tmp_path / "in"), "--project", "intake").code == 0
    assert _attributes("north/b.txt") == {"region": "north"}
