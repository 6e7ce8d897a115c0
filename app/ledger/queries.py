"""Named SQL: each `sql/*.sql` holds statements headed by `-- name: …`; read once at import."""

import re
from importlib.resources import files

_HEADER = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load(subject: str) -> dict[str, str]:
    """The statements of `sql/<subject>.sql` by name. Raises `ValueError` if a name stands twice."""
    text = files("app.ledger").joinpath("sql", f"{subject}.sql").read_text("utf-8")
    parts = _HEADER.split(text)[1:]
    names, bodies = parts[0::2], [body.strip() for body in parts[1::2]]
    if len(set(names)) != len(names):
        raise ValueError(f"sql/{subject}.sql names a statement twice")
    return dict(zip(names, bodies, strict=True))
