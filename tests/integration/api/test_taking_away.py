"""Export and report over HTTP."""

import csv
import io
import json

import pytest

from tests.fakes import AWARE, SAFE, Site, Someone


@pytest.fixture
def coder(site: Site) -> Someone:
    site.project()
    ada = site.person("Ada", member_of=("alpha",))
    ada.bring("alpha", "one.txt", participant_id="P1", attributes='{"organisation": "Harbour House"}')
    first, second, *_ = ada.get("/projects/alpha/queue")["items"]
    ada.decide(first["segment_id"], SAFE)
    ada.decide(second["segment_id"], AWARE)
    return ada


def test_an_export_is_a_file_of_coded_excerpts(coder: Someone) -> None:
    """CSV and JSON lines hold the same rows; the name says what it is."""
    answer = coder.ask("GET", "/projects/alpha/export?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''alpha-final.csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["dimension"], row["codes"]) for row in rows] == [
        ("domain", "safety"),
        ("level", "facilitator"),
        ("domain", "awareness"),
        ("level", "organization"),
    ]
    assert {(row["participant_id"], row["annotator_id"], row["attribute_organisation"]) for row in rows} == {
        ("P1", "", "Harbour House")
    }
    lines = [json.loads(line) for line in coder.ask("GET", "/projects/alpha/export?format=jsonl").text.splitlines()]
    assert [(line["dimension"], ";".join(line["codes"])) for line in lines] == [
        (row["dimension"], row["codes"]) for row in rows
    ]
    everyone = coder.ask("GET", "/projects/alpha/export?format=jsonl&codings=all").text.splitlines()
    assert {json.loads(line)["annotator_id"] for line in everyone} == {"", "Ada"}


def test_the_report_counts_final_codings(coder: Someone) -> None:
    """As JSON, CSV, a page and a figure; masked below a number of participants if asked."""
    found = coder.get("/projects/alpha/report")
    assert found["kind"] == "pairs"
    cells = {(row["domain"], row["level"]): row["segments"] for row in found["rows"]}
    assert cells["safety", "facilitator"] == 1
    assert cells["awareness", "organization"] == 1
    masked = coder.get("/projects/alpha/report?minimum=5")
    assert masked["minimum"] == 5
    hidden = {(row["domain"], row["level"]) for row in masked["rows"] if row["masked"]}
    assert ("safety", "facilitator") in hidden
    assert all(isinstance(row["segments"], str) for row in masked["rows"] if row["masked"])
    assert coder.ask("GET", "/projects/alpha/report?format=csv").text.startswith("domain,level,theme,segments")
    page = coder.ask("GET", "/projects/alpha/report?format=html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-disposition"].startswith("attachment")
    figure = coder.ask("GET", "/projects/alpha/report.svg")
    assert figure.headers["content-type"] == "image/svg+xml"
    assert figure.text.startswith("<?xml")
    assert "script" not in figure.headers["content-security-policy"]


@pytest.mark.parametrize("query", ["export?format=xml", "export?codings=mine", "report?format=pdf", "report?minimum=1"])
def test_unknown_formats_are_refused(coder: Someone, query: str) -> None:
    """422, naming the parameter."""
    answer = coder.ask("GET", f"/projects/alpha/{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"].startswith("query.")
