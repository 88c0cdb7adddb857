"""What a researcher would write instead: encode with sentence-transformers, then a cross-validated regression."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegressionCV


def main(excerpts: Path, base: str) -> None:
    """Fit each dimension of a file of coded excerpts."""
    rows = [json.loads(line) for line in excerpts.read_text("utf-8").splitlines()]
    texts = list(dict.fromkeys(row["text"] for row in rows))
    model = SentenceTransformer(base, device="cpu", local_files_only=True)
    vectors = dict(zip(texts, model.encode(texts, show_progress_bar=False), strict=True))
    warnings.simplefilter("ignore")
    for dimension in sorted({row["dimension"] for row in rows}):
        mine = [row for row in rows if row["dimension"] == dimension]
        columns, codes = np.stack([vectors[row["text"]] for row in mine]), [row["codes"][0] for row in mine]
        LogisticRegressionCV(max_iter=1000).fit(columns, codes)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
