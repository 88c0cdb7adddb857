"""Retraining: decisions become a model, a person signs, and the service goes on with it."""

from collections.abc import Callable

from service.store import projects
from service.store.engine import reading
from service.use_cases.training_rows import training_rows
from tests.fakes import AWARE, SAFE, Site
from training.promote import promote
from training.retrain import Material, retrain

SAID = {"We always lock the side door, said number {}.": SAFE, "I read about what trauma does, in book {}.": AWARE}


def test_from_decisions_to_the_next_model(sites: Callable[..., Site]) -> None:
    """A model fitted on final codings serves only once a person promoted it, and moves no final coding."""
    site = sites()
    site.project("alpha", blind_share=0.0)
    rita = site.person("rita", "researcher", member_of=("alpha",))
    for document in range(4):
        for place, (text, codes) in enumerate(SAID.items()):
            asked = {"document_id": f"d{document}", "position": place, "text": text.format(document)}
            rita.decide(rita.suggest("alpha", asked)[0]["segment_id"], codes)
    before = rita.get("/projects/alpha/codings")["items"]
    (old,) = rita.suggest("alpha", {"text": "They lock the door."})

    with reading(site.engine) as connection:
        project = projects.find(connection, "alpha")
        assert project is not None
        material = Material(training_rows(connection, project), projects.codebook_of(connection, project))
    shelf = site.app.state.inkling.shelf
    trained = retrain(material, shelf.encoder, shelf.registry)
    (still,) = rita.suggest("alpha", {"text": "They lock the door."})
    assert still["model_id"] == old["model_id"]

    promote(shelf.registry, trained.bundle.manifest.model_id, "rita", "the first of our own")
    (new,) = rita.suggest("alpha", {"text": "They lock the door."})
    assert new["model_id"] == trained.bundle.manifest.model_id
    assert rita.get("/projects/alpha/codings")["items"] == before
