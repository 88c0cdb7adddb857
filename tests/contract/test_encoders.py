"""What every encoder promises, held against the stand-in, the graph and torch; and what serving must not load."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from service import errors
from service.suggest import encoder_source, openvino_graph
from service.suggest.encoder import Encoder, load_encoder
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.torch_encoder import TorchEncoder
from tests import tiny_encoders

ROOT = Path(__file__).parents[2]
TEXTS = [
    "Yes.",
    "We went back to that first meeting because nobody had asked us before what we needed.",
    "uh I mean it was it was hard you know and then they said come back on Tuesday",
    "Ça fait longtemps qu’on travaille ensemble – vingt ans, peut-être. 🙂",
    "They trained all of us, every facilitator, twice, and we rewrote the sign-in form together. " * 12,
    "word " * 700,
    "…",
    "مرحبا بكم",
]

#: torch and its friends warn of their own affairs.
pytestmark = [pytest.mark.encoder, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all: compiling takes seconds, and under xdist the workers share it."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / "encoder-cache"


@pytest.fixture(scope="session")
def served(cache: Path) -> Encoder:
    return load_encoder(None, cache)


@pytest.fixture(scope="session")
def exact(cache: Path) -> Encoder:
    return load_encoder(None, cache, "f32")


@pytest.fixture(scope="session")
def reference(cache: Path) -> Encoder:
    found = encoder_source.find(None, cache)
    return TorchEncoder(found.folder, found.encoder_id)


@pytest.fixture(params=["hashing", "served", "exact", "reference"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hashing":
        return HashingEncoder()
    found: Encoder = request.getfixturevalue(request.param)
    return found


class TestEveryEncoder:
    def test_gives_unit_rows_of_its_size(self, encoder: Encoder) -> None:
        """One float32 row per text, of length one."""
        rows = encoder.encode(TEXTS)
        assert rows.shape == (len(TEXTS), encoder.size)
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-4)

    def test_empty_texts_give_zeros(self, encoder: Encoder) -> None:
        """Nothing said is no direction; no texts are no rows."""
        rows = encoder.encode(["", "Something.", " \n\t "])
        assert not rows[[0, 2]].any()
        assert rows[1].any()
        assert encoder.encode([]).shape == (0, encoder.size)
        assert encoder.encode([""]).shape == (1, encoder.size)

    def test_a_text_keeps_its_vector_in_any_company(self, encoder: Encoder) -> None:
        """Alone, among others, in another order or twice: cosine at least 0.9999 (bf16 was seen to give 0.99997)."""
        together = encoder.encode(TEXTS)
        alone = np.vstack([encoder.encode([text]) for text in TEXTS])
        turned = encoder.encode(TEXTS[::-1])[::-1]
        twice = encoder.encode([*TEXTS, *TEXTS])
        assert np.sum(together * alone, axis=1).min() >= 0.9999
        assert np.sum(together * turned, axis=1).min() >= 0.9999
        assert np.sum(together * twice[: len(TEXTS)], axis=1).min() >= 0.9999
        assert np.sum(together * twice[len(TEXTS) :], axis=1).min() >= 0.9999

    def test_takes_lone_surrogates(self, encoder: Encoder) -> None:
        """Text that is not valid Unicode is no reason to stop."""
        assert np.isfinite(encoder.encode(["half \ud83d a face"])).all()

    def test_answers_several_threads(self, encoder: Encoder) -> None:
        """Threads calling at once get what they asked for."""
        expected = encoder.encode(TEXTS)
        with ThreadPoolExecutor(6) as pool:
            asked = [[TEXTS[i % len(TEXTS)], TEXTS[(i + 1) % len(TEXTS)]] for i in range(24)]
            for i, rows in enumerate(pool.map(encoder.encode, asked)):
                wanted = expected[[i % len(TEXTS), (i + 1) % len(TEXTS)]]
                assert np.sum(rows * wanted, axis=1).min() >= 0.9999


class TestServed:
    def test_has_the_packaged_id(self, served: Encoder, exact: Encoder, reference: Encoder) -> None:
        """All ways of running the weights share one id and one size."""
        assert {e.encoder_id for e in (served, exact, reference)} == {"all-MiniLM-L6-v2@53aa5117"}
        assert {e.size for e in (served, exact, reference)} == {384}

    def test_f32_is_the_reference(self, exact: Encoder, reference: Encoder) -> None:
        """In f32 the graph gives what torch gives, truncation included."""
        assert np.sum(exact.encode(TEXTS) * reference.encode(TEXTS), axis=1).min() >= 0.99999

    def test_default_precision_is_near_the_reference(self, served: Encoder, reference: Encoder) -> None:
        """bf16, where the processor has it, stays within rounding (0.99989 was seen on 3,600 interview turns)."""
        assert np.sum(served.encode(TEXTS) * reference.encode(TEXTS), axis=1).min() >= 0.9995

    def test_many_texts_of_all_lengths(self, served: Encoder, exact: Encoder) -> None:
        """More texts than are tokenised at a time, repeats among them, each keep their row."""
        texts = [f"{'and ' * (i % 37)}number {i}" for i in range(2100)]
        texts += texts[:400]
        rows = served.encode(texts)
        some = list(range(0, 2500, 197))
        assert np.sum(rows[some] * exact.encode([texts[i] for i in some]), axis=1).min() >= 0.9995
        assert np.array_equal(rows[2100:], rows[:400])

    def test_short_call_passes_a_long_one(self, served: Encoder) -> None:
        """A page's text need not wait for the end of an archive's call."""
        texts = [f"{i} " + "we talked about it " * 40 for i in range(300)]
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(served.encode, texts)
            threading.Event().wait(0.1)
            served.encode(["Short."])
            assert not long.done()
            assert long.result().shape == (300, 384)

    def test_failing_request_reaches_the_caller_and_the_next_call_works(
        self, served: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error between requests leaves the encoder whole."""
        monkeypatch.setattr(served, "_land", lambda *_: (_ for _ in ()).throw(RuntimeError("lost")))
        with pytest.raises(RuntimeError, match="lost"):
            served.encode(TEXTS)
        monkeypatch.undo()
        assert served.encode(TEXTS).any(axis=1).all()

    def test_serving_loads_neither_torch_nor_its_friends(self, served: Encoder, cache: Path) -> None:
        """A start from the cache imports nothing heavy and nothing that reports to others."""
        heavy = (
            "torch transformers sentence_transformers spacy sklearn scipy pandas pyarrow openvino_telemetry requests"
        )
        program = (
            "import sys; from pathlib import Path; from service.suggest.encoder import load_encoder;"
            "load_encoder(None, Path(sys.argv[1])).encode(['A first text.']);"
            f"print([name for name in {heavy.split()!r} if sys.modules.get(name)])"
        )
        command = [sys.executable, "-c", program, str(cache)]
        assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == "[]"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small encoders with random weights: with and without token types, and one that is no transformer."""
    return tiny_encoders.make(tmp_path_factory.mktemp("tiny"))


class TestLocalFolder:
    @pytest.mark.parametrize("kind", ["bert", "distilbert", "static"])
    def test_any_folder_gives_what_sentence_transformers_gives(
        self, tiny: dict[str, Path], cache: Path, kind: str
    ) -> None:
        """A local folder works as the packaged encoder does, whatever its architecture; without unit vectors too."""
        ours = load_encoder(tiny[kind], cache, "f32")
        texts = ["a bad day", "some words of a longer sentence that must be cut off at the end of what it can read"]
        theirs = TorchEncoder(tiny[kind], "x").encode(texts)
        assert np.sum(ours.encode(texts) * theirs, axis=1).min() >= 0.9999
        assert ours.size == theirs.shape[1]
        assert ours.encoder_id == load_encoder(str(tiny[kind]), cache).encoder_id

    def test_only_what_can_be_one_graph_is_served_without_torch(self, tiny: dict[str, Path], cache: Path) -> None:
        """Transformers become graphs; what can't is left to torch."""
        assert type(load_encoder(tiny["bert"], cache)).__name__ == "OpenVINOEncoder"
        assert type(load_encoder(tiny["static"], cache)).__name__ == "TorchEncoder"

    def test_damaged_weights_are_one_clear_refusal(self, tiny: dict[str, Path], tmp_path: Path) -> None:
        """Weights that can't be loaded are refused, and nothing stays in the cache."""
        damaged = tmp_path / "damaged"
        subprocess.run(["cp", "-r", str(tiny["bert"]), str(damaged)], check=True)
        (damaged / "model.safetensors").write_bytes(b"\xff" * 100)
        with pytest.raises(errors.BadEncoder, match=r"damaged can't be loaded"):
            load_encoder(damaged, tmp_path / "cache")
        assert [path.name for path in (tmp_path / "cache" / "encoders").iterdir()] == ["digests.json"]

    def test_two_processes_may_start_at_once(self, tiny: dict[str, Path], tmp_path: Path) -> None:
        """Whoever is second takes what the first made."""
        program = (
            "import sys; from pathlib import Path; from service.suggest.encoder import load_encoder;"
            "print(load_encoder(sys.argv[1], Path(sys.argv[2])).encode(['abc']).shape)"
        )
        command = [sys.executable, "-c", program, str(tiny["bert"]), str(tmp_path / "cache")]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
        assert [process.communicate(timeout=120)[0].strip() for process in both] == ["(1, 32)"] * 2
        left = [path.name for path in (tmp_path / "cache" / "encoders").iterdir()]
        assert not [name for name in left if name.startswith(openvino_graph._WORK)]


_NO_NETWORK = """
import json, os, socket
def refuse(*given, **named):
    with open(os.environ["ASKED"], "a") as file:
        file.write(json.dumps(str(given)) + "\\n")
    raise OSError("no network here")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.create_connection = refuse
"""


def test_nobody_is_asked_over_the_network(tiny: dict[str, Path], tmp_path: Path) -> None:
    """Converting, compiling and encoding open no connection and look up no name, in any of the processes."""
    (tmp_path / "sitecustomize.py").write_text(_NO_NETWORK, encoding="utf-8")
    program = (
        "import sys, socket; from pathlib import Path; from service.suggest.encoder import load_encoder;"
        "assert socket.create_connection.__name__ == 'refuse';"
        "print(load_encoder(sys.argv[1], Path(sys.argv[2])).encode(['abc']).shape)"
    )
    home = tmp_path / "home"
    home.mkdir()
    asked = tmp_path / "asked"
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "ASKED": str(asked), "HOME": str(home), "PATH": ""}
    command = [sys.executable, "-c", program, str(tiny["bert"]), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.strip() == "(1, 32)", done.stderr
    assert not asked.exists(), json.loads(asked.read_text("utf-8").splitlines()[0])
    assert not (home / "intel").exists()
