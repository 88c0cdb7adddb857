"""The files of a bundle as bytes: which arrays and lists stand where, and their checks on the way back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as save_arrays

from service import errors
from service.domain.codebook import Codebook, Dimension
from service.suggest import held_out
from service.suggest.bundle_reader import Arrays, Checked, Fields, text_list
from service.suggest.calibration import Calibration
from service.suggest.features import Columns, Vocabulary
from service.suggest.held_out import HeldOut
from service.suggest.model import Bundle, DimensionModel, Manifest, canonical
from service.suggest.prototypes import Prototypes
from service.suggest.scorer import Head
from service.suggest.support import Excerpt, Support

WEIGHTS = "weights.safetensors"
VOCABULARY = "vocabulary.json"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
REPORT = "report.html"
#: These name the model's id, so the id can't rest on them.
NAMING = frozenset({CARD, REPORT})
EXCERPTS = "support/excerpts.jsonl"
EMBEDDINGS = "support/embeddings.safetensors"
TRAINED = "support/trained.json"
HELD_OUT = "held_out.safetensors"
HELD_OUT_NAMES = "held_out.json"
#: Outside these bounds a temperature makes nothing but noise or certainty of any scores.
_TEMPERATURES = (0.01, 100.0)
FILES = frozenset({WEIGHTS, VOCABULARY, METRICS, EXCERPTS, EMBEDDINGS, TRAINED, HELD_OUT, HELD_OUT_NAMES})


def write(bundle: Bundle) -> dict[str, bytes]:
    """Return the content of every file but manifest, card and report; the same bundle gives the same bytes."""
    support = bundle.support
    return {
        WEIGHTS: save_arrays(_weights(bundle)),
        VOCABULARY: canonical({"terms": list(bundle.vocabulary.terms), "heads": _heads(bundle)}),
        METRICS: json.dumps(bundle.metrics, sort_keys=True, ensure_ascii=False, indent=1).encode("utf-8"),
        EXCERPTS: b"".join(canonical(_excerpt(excerpt)) + b"\n" for excerpt in support.excerpts),
        EMBEDDINGS: save_arrays(_support_arrays(support)),
        TRAINED: canonical(
            {
                "texts": sorted(support.texts),
                "segments": sorted(support.segments),
                "real": support.real,
                "few_groups": support.few_groups,
            }
        ),
        HELD_OUT: save_arrays(held_out.arrays(bundle.held_out)),
        HELD_OUT_NAMES: canonical(held_out.names(bundle.held_out)),
    }


def _heads(bundle: Bundle) -> dict[str, Any]:
    return {
        name: {"codes": list(found.prototypes.codes), "head": None if found.head is None else _head(found.head)}
        for name, found in bundle.dimensions.items()
    }


def _head(head: Head) -> dict[str, Any]:
    return {"codes": list(head.codes), "none": head.none}


def _weights(bundle: Bundle) -> Arrays:
    out: Arrays = {"idf": bundle.vocabulary.idf}
    for row, dimension in enumerate(bundle.codebook.dimensions):
        found = bundle.dimensions.get(dimension.id)
        if found is None:
            continue
        prototypes = found.prototypes
        out["background"] = prototypes.background
        parts: Arrays = {"texts": prototypes.texts, "owners": prototypes.owners, "kinds": prototypes.kinds}
        if found.head is not None and found.calibration is not None:
            parts |= _head_arrays(found.head, found.calibration)
        out |= {f"{row}.{name}": np.ascontiguousarray(array) for name, array in parts.items()}
    return out


def _head_arrays(head: Head, calibration: Calibration) -> Arrays:
    return {
        "dense": head.dense,
        "terms": head.terms,
        "bias": head.bias,
        "examples": head.examples,
        "temperature": np.array([calibration.temperature]),
        "slope": calibration.slope,
        "intercept": calibration.intercept,
        "threshold": calibration.threshold,
        "in_set": np.array([] if calibration.in_set is None else [calibration.in_set], dtype=np.float64),
        "rival": np.array([calibration.rival]),
        "leading": calibration.leading,
        "doubt": np.array([calibration.doubt]),
    }


def _excerpt(excerpt: Excerpt) -> dict[str, Any]:
    return {
        "text": excerpt.text,
        "document_id": excerpt.document_id,
        "participant_id": excerpt.participant_id,
        "group": excerpt.group,
        "codes": {dimension: list(codes) for dimension, codes in excerpt.codes.items()},
        "origin": excerpt.origin,
        "project": excerpt.project,
        # Absent where there is none, as in the models of versions that did not keep it.
        **({"segment_id": excerpt.segment_id} if excerpt.segment_id else {}),
    }


def _support_arrays(support: Support) -> Arrays:
    keys = [sorted(document) for document in support.documents]
    ends = np.cumsum([len(document) for document in keys], dtype=np.int64) if keys else np.zeros(0, np.int64)
    flat = [key for document in keys for key in document]
    return {
        "embeddings": np.ascontiguousarray(support.embeddings, dtype=np.float32),
        "sentences": np.array(flat, dtype=np.uint64),
        "ends": ends,
    }


@dataclass(frozen=True)
class Parts:
    """What the files hold, checked."""

    dimensions: Mapping[str, DimensionModel]
    vocabulary: Vocabulary
    support: Support
    held_out: Mapping[str, HeldOut]


def read(files: Mapping[str, bytes], manifest: Manifest, codebook: Codebook, where: str) -> Parts:
    """Build a bundle's parts from the content of its files.

    Raises:
        BadBundle: naming the file and what is wrong with it.
    """
    arrays = Checked.parse(files[WEIGHTS], f"{where}/{WEIGHTS}")
    lists = Fields.parse(files[VOCABULARY], f"{where}/{VOCABULARY}")
    terms = lists.text_list("terms")
    vocabulary = Vocabulary(terms, arrays.take("idf", np.float64, (len(terms),)))
    dimensions = dict(_dimensions(arrays, lists.fields("heads"), codebook, manifest.encoder_size))
    arrays.done()
    said = held_out.read(
        Checked.parse(files[HELD_OUT], f"{where}/{HELD_OUT}"),
        Fields.parse(files[HELD_OUT_NAMES], f"{where}/{HELD_OUT_NAMES}"),
        codebook,
    )
    return Parts(dimensions, vocabulary, _support(files, manifest.encoder_size, where), said)


def _dimensions(arrays: Checked, heads: Fields, codebook: Codebook, size: int) -> Iterator[tuple[str, DimensionModel]]:
    background = arrays.take("background", np.float32, (None, size)) if heads.raw else np.zeros((0, size), np.float32)
    if heads.raw and not len(background):
        raise errors.BadBundle(f"{arrays.where}: array background is empty; definitions are measured against it.")
    for row, dimension in enumerate(codebook.dimensions):
        if not dimension.active and dimension.id not in heads.raw:
            continue
        fields = heads.fields(dimension.id)
        prototypes = _prototypes(arrays, row, _codes(fields, dimension), background)
        if prototypes.codes != tuple(code.id for code in dimension.active):
            raise errors.BadBundle(f"{fields.where}: codes are not those in use, in the codebook's order.")
        if fields.raw.get("head") is None:
            yield dimension.id, DimensionModel(prototypes)
        else:
            head = _read_head(arrays, row, dimension, fields.fields("head"), size)
            yield dimension.id, DimensionModel(prototypes, head, _calibration(arrays, row, len(head.codes)))


def _codes(fields: Fields, dimension: Dimension) -> tuple[str, ...]:
    codes = fields.text_list("codes")
    if not codes or len(set(codes)) != len(codes) or not set(codes) <= {code.id for code in dimension.codes}:
        raise errors.BadBundle(f"{fields.where}: codes are not those of the codebook.")
    return codes


def _prototypes(arrays: Checked, row: int, codes: tuple[str, ...], background: NDArray[np.float32]) -> Prototypes:
    texts = arrays.take(f"{row}.texts", np.float32, (None, background.shape[1]))
    owners = arrays.take(f"{row}.owners", np.int64, (len(texts),))
    kinds = arrays.take(f"{row}.kinds", np.int64, (len(texts),))
    ordered = np.array_equal(np.lexsort((kinds, owners)), np.arange(len(texts)))
    if not ordered or not np.array_equal(np.unique(owners), np.arange(len(codes))) or kinds.min(initial=0) < 0:
        raise errors.BadBundle(f"{arrays.where}: {row}.owners does not fit the codes.")
    return Prototypes(codes, texts, owners, kinds, background)


def _read_head(arrays: Checked, row: int, dimension: Dimension, fields: Fields, size: int) -> Head:
    codes, none = _codes(fields, dimension), fields.truth("none")
    if none and dimension.select == "many":
        raise errors.BadBundle(f"{fields.where}: none has a row of its own only where one code is taken.")
    rows = len(codes) + none
    terms = len(arrays.arrays["idf"])
    examples = arrays.take(f"{row}.examples", np.int64, (len(codes),))
    arrays.within(f"{row}.examples", examples, 0)
    return Head(
        codes,
        dimension.select,
        none,
        arrays.take(f"{row}.dense", np.float32, (rows, Columns.of(size).width)),
        arrays.take(f"{row}.terms", np.float32, (rows, terms)),
        arrays.take(f"{row}.bias", np.float64, (rows,)),
        examples,
    )


def _calibration(arrays: Checked, row: int, codes: int) -> Calibration:
    vectors = {n: arrays.take(f"{row}.{n}", np.float64, (codes,)) for n in ("slope", "intercept", "threshold")}
    in_set = arrays.take(f"{row}.in_set", np.float64, (None,))
    temperature, rival, doubt = (
        float(arrays.take(f"{row}.{name}", np.float64, (1,))[0]) for name in ("temperature", "rival", "doubt")
    )
    if len(in_set) > 1:
        raise errors.BadBundle(f"{arrays.where}: the calibration of dimension {row} is not one.")
    arrays.within(f"{row}.temperature", np.array([temperature]), *_TEMPERATURES)
    for name, probabilities in (("threshold", vectors["threshold"]), ("in_set", in_set)):
        arrays.within(f"{row}.{name}", probabilities, 0, 1)
    stated = float(in_set[0]) if len(in_set) else None
    leading = arrays.take(f"{row}.leading", np.float64, (3,))
    return Calibration(temperature, **vectors, rival=rival, leading=leading, in_set=stated, doubt=doubt)


def _support(files: Mapping[str, bytes], size: int, where: str) -> Support:
    lines = [line for line in files[EXCERPTS].split(b"\n") if line]
    excerpts = tuple(_read_excerpt(Fields.parse(line, f"{where}/{EXCERPTS}")) for line in lines)
    arrays = Checked.parse(files[EMBEDDINGS], f"{where}/{EMBEDDINGS}")
    embeddings = arrays.take("embeddings", np.float32, (len(excerpts), size))
    ends = arrays.take("ends", np.int64, (None,))
    sentences = arrays.take("sentences", np.uint64, (int(ends[-1]) if len(ends) else 0,))
    arrays.done()
    if np.any(np.diff(ends, prepend=0) < 0):
        raise errors.BadBundle(f"{where}/{EMBEDDINGS}: ends must rise.")
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    documents = tuple(frozenset(sentences[a:b].tolist()) for a, b in zip(starts, ends, strict=True))
    trained = Fields.parse(files[TRAINED], f"{where}/{TRAINED}")
    return Support(
        excerpts,
        embeddings,
        documents,
        frozenset(trained.text_list("texts")),
        frozenset(trained.text_list("segments")),
        {dimension: trained.fields("real").fields(dimension).integers() for dimension in trained.mapping("real")},
        trained.truth("few_groups"),
    )


def _read_excerpt(fields: Fields) -> Excerpt:
    codes = fields.mapping("codes")
    return Excerpt(
        fields.text("text"),
        fields.text("document_id"),
        fields.text("participant_id"),
        fields.text("group"),
        {dimension: text_list(given, f"{fields.where}: codes") for dimension, given in codes.items()},
        fields.text("origin"),
        fields.text("project"),
        fields.text("segment_id") if "segment_id" in fields.raw else "",
    )
