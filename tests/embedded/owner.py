"""A process that opens a cluster and tells what happens, one JSON object a line, until told to end.

    python -m tests.embedded.owner <data dir> <"server" or "command"> <patience in seconds>

Standard library only: it also runs as users who cannot enter the project's environment.
"""

import json
import sys
from pathlib import Path

from app.embedded import EmbeddedError, open_cluster


def tell(**fields: object) -> None:
    """One line for the test that listens."""
    print(json.dumps(fields), flush=True)


def main(data_dir: str, role: str, patience_s: str) -> None:
    """Hold the cluster until the standard input ends."""
    try:
        with open_cluster(
            Path(data_dir),
            join=role == "command",
            patience_s=float(patience_s),
            on_progress=lambda line: tell(progress=line),
        ) as cluster:
            tell(uri=cluster.uri, joined=cluster.joined, pid=cluster.pid)
            sys.stdin.read()
    except EmbeddedError as error:
        tell(code=error.code, message=error.message)


if __name__ == "__main__":
    main(*sys.argv[1:])
