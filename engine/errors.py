"""What the rules refuse, as one code and one sentence a player or an engineer can act on."""


class RuleError(Exception):
    """A command the rules refuse.

    `code` is stable and machine-readable (snake case); `message` is for people. Neither ever holds
    a seed, a crash point or anything derived from one.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class InvariantError(AssertionError):
    """Something that cannot happen did. Raised in production: the caller stops, never repairs."""


def require(condition: bool, statement: str) -> None:
    """Assert an invariant whatever the interpreter's flags (`python -O` strips `assert`)."""
    if not condition:
        raise InvariantError(statement)
