"""Running the page's modules under Node, which knows ES modules and WebCrypto as browsers do."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "static"
TIMEOUT_S = 60


def run_node(*arguments: str, stdin: str = "") -> str:
    """Node's standard output; a failure shows everything it wrote. Skips where Node is absent."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    done = subprocess.run(
        [node, *arguments],
        cwd=HERE,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"node {' '.join(arguments)}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout
