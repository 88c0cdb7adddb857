"""Score a table with two processes in small shards: what a test kills. Arguments: model, table, output, cache."""

import sys
from pathlib import Path

from service.suggest.encoder import HASHING
from service.use_cases.score_archive import ScoreOptions, score
from service.use_cases.score_engines import Processes, Recipe


def main() -> None:
    """Go on until all is scored."""
    model, table, out, cache = (Path(word) for word in sys.argv[1:])
    engine = Processes(Recipe(model.name, model, HASHING, cache), 2)
    score([table], engine, None, out, ScoreOptions(resume=True, segments_per_shard=5))


if __name__ == "__main__":
    main()
