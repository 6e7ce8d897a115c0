"""What the engine's tests have in common: how often to try, and values computed elsewhere."""

import json
from pathlib import Path
from typing import Any

from hypothesis import settings

quick = settings(max_examples=60, derandomize=True, database=None, deadline=None)
"""Repeatable runs that leave nothing on disk."""
thorough = settings(quick, max_examples=200)

VECTORS: dict[str, list[Any]] = json.loads(Path(__file__).with_name("vectors.json").read_text())
"""Made by `make_vectors.mjs`, which shares no code with the engine."""
