"""Score an archive as one would without Inkling: fit a classifier, then go through a table. A program of its own.

Arguments: the way, a JSON file of what to learn and to judge, the archive (Parquet), a folder for the answer. A file
`begun` there says that the archive's turn has come; what is before it, imports and fitting, is not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Texts to the codes' ids.
Predict = Callable[[list[str]], list[str]]


def by_hand(asked: dict[str, Any]) -> Predict:
    """Fit a logistic regression on the vectors of sentence-transformers, with its defaults."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    encoder = SentenceTransformer(asked["base"], device="cpu", local_files_only=True)
    columns = encoder.encode(asked["texts"], show_progress_bar=False)
    head = LogisticRegression(max_iter=1000, class_weight="balanced").fit(columns, asked["codes"])
    return lambda texts: list(head.predict(encoder.encode(texts, show_progress_bar=False)))


def setfit(asked: dict[str, Any]) -> Predict:
    """Fit SetFit to eight examples a code; how it predicts does not depend on how many there were."""
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    taken: dict[str, int] = {}
    few = []
    for text, code in zip(asked["texts"], asked["codes"], strict=True):
        taken[code] = taken.get(code, 0) + 1
        few += [(text, code)] if taken[code] <= 8 else []
    names = sorted(taken)
    model = SetFitModel.from_pretrained(asked["base"], local_files_only=True)
    data = Dataset.from_dict({"text": [t for t, _ in few], "label": [names.index(c) for _, c in few]})
    arguments = TrainingArguments(report_to="none", save_strategy="no", show_progress_bar=False)
    Trainer(model=model, args=arguments, train_dataset=data).train()
    return lambda texts: [names[int(row)] for row in model.predict(texts, as_numpy=True)]


def textcat(asked: dict[str, Any]) -> Predict:
    """Fit spaCy's text categoriser, with its defaults, for five rounds."""
    import random

    import spacy
    from spacy.training import Example

    pipeline, names = spacy.blank("en"), sorted(set(asked["codes"]))
    pipeline.add_pipe("textcat")
    pairs = list(zip(asked["texts"], asked["codes"], strict=True))
    examples = [
        Example.from_dict(pipeline.make_doc(text), {"cats": {name: float(name == code) for name in names}})
        for text, code in pairs
    ]
    pipeline.initialize(lambda: examples)
    order = random.Random(0)
    for _ in range(5):
        order.shuffle(examples)
        for start in range(0, len(examples), 32):
            pipeline.update(examples[start : start + 32])
    return lambda texts: [max(doc.cats.items(), key=lambda pair: pair[1])[0] for doc in pipeline.pipe(texts)]


def main(way: str, question: Path, archive: Path, folder: Path) -> None:
    """Fit, judge, and go through the archive."""
    import pyarrow
    import pyarrow.parquet

    asked = json.loads(question.read_text("utf-8"))
    predict = {"by-hand": by_hand, "setfit": setfit, "textcat": textcat}[way](asked)
    judged = predict(asked["judged"])
    (folder / "begun").touch()
    begun = time.monotonic()
    if way == "by-hand":
        import pandas

        frame = pandas.read_parquet(archive)
        frame["code"] = predict(frame["text"].tolist())
        frame.drop(columns="text").to_parquet(folder / "scores.parquet")
    else:
        table = pyarrow.parquet.read_table(archive)
        codes = predict(table["text"].to_pylist())
        scores = table.drop_columns("text").append_column("code", [codes])
        pyarrow.parquet.write_table(scores, folder / "scores.parquet")
    answer = {"seconds": time.monotonic() - begun, "judged": [str(code) for code in judged]}
    (folder / "answer.json").write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
