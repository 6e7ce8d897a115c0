"""The house rules as pure functions: a module in, its offences out.

The tables say where a thing may be; `test_structure.py` states the rules and walks the tree.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_FUNCTION_LINES = 60

TIERS = (
    # Rooms, from the core outwards. A room imports from tiers before its own, never from later
    # ones; from its own tier only where the flag says so.
    (True, ("engine",)),
    (True, ("app.clock", "app.config", "app.ids", "app.log", "app.secrets")),
    (True, ("app.operators.model", "app.wallet.ops")),
    (False, ("app.dialects", "app.ledger", "app.bus", "app.embedded", "app.metrics")),
    (True, ("app.operators", "app.wallet", "app.bets", "app.rounds", "app.fairness")),
    (False, ("app.play", "app.sandbox")),
    (False, ("app.system", "app.verification")),
    (True, ("app.main", "app.health", "app.playground", "app.serving")),
    (False, ("app.cli",)),
)
TIER_OF = {room: number for number, (_, rooms) in enumerate(TIERS) for room in rooms}

ONLY_IN = {
    "asyncpg": ("app.ledger",),
    "redis": ("app.bus",),
    "aiohttp": ("app.wallet.client", "app.sandbox"),
    "litestar": (
        "app.main",
        "app.dialects",
        "app.play",
        "app.fairness",
        "app.sandbox",
        "app.metrics",
        "app.health",
        "app.playground",
        "app.serving",
    ),
}
ENVIRONMENT_ONLY_IN = "app.config"

PURE = frozenset(
    {"base64", "binascii", "bisect", "collections", "dataclasses", "datetime", "enum", "functools"}
    | {"hashlib", "heapq", "hmac", "itertools", "json", "operator", "re", "struct", "types"}
    | {"typing", "uuid"}
)
"""What the engine may import besides itself: no clock, no randomness, no I/O."""
IMPURE_CALLS = frozenset(["open", "print", "input", "uuid1", "uuid4", "now", "utcnow", "today"])
EXACT = ("engine", "app.wallet", "app.dialects", "app.ledger", "app.bets", "app.operators")
VAGUE = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
    | {"service", "services"}
)

Offence = tuple[int, str]
Offences = Iterator[Offence]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name, its text and its syntax tree."""

    name: str
    is_package: bool
    source: str
    tree: ast.Module


def parse(path: str, source: str) -> Module:
    """`path` is relative to the project, with slashes."""
    parts = PurePosixPath(path).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, is_package, source, ast.parse(source, path))


def is_within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room_of(name: str) -> str | None:
    """The narrowest room of the table that holds a module or a name imported from one."""
    return max((room for room in TIER_OF if is_within(name, room)), key=len, default=None)


def imports(module: Module) -> Iterator[Offence]:
    """Every imported name, fully dotted, with its line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.name.split(".")
            above = above[: len(above) - node.level + module.is_package] if node.level else []
            base = ".".join([*above, node.module] if node.module else above)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def wrong_direction(module: Module) -> Offences:
    own = room_of(module.name)
    if own is None:
        if module.name != "app":
            yield 1, "is in no room: give it a place in TIERS"
        return
    for line, name in imports(module):
        room = room_of(name)
        if room is None or room == own or TIER_OF[room] < TIER_OF[own]:
            continue
        if TIER_OF[room] > TIER_OF[own] or not TIERS[TIER_OF[own]][0]:
            yield line, f"{own} imports {name}"


def wrong_library(module: Module) -> Offences:
    for line, name in imports(module):
        rooms = ONLY_IN.get(name.split(".")[0])
        if rooms and not any(is_within(module.name, room) for room in rooms):
            yield line, f"imports {name}, which only {', '.join(rooms)} may"


def dialect_reaches_dialect(module: Module, dialects: frozenset[str]) -> Offences:
    own = module.name.split(".")[2:3]
    if not module.name.startswith("app.dialects.") or own[0] not in dialects:
        return
    for line, name in imports(module):
        target = name.split(".")[2:3]
        if name.startswith("app.dialects.") and target != own and target[0] in dialects:
            yield line, f"imports {name}"


def reads_environment(module: Module) -> Offences:
    if module.name == ENVIRONMENT_ONLY_IN:
        return
    names = {"environ", "environb", "getenv"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            if isinstance(node.value, ast.Name) and node.value.id == "os":
                yield node.lineno, f"reads os.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            found = names & {alias.name for alias in node.names}
            yield from ((node.lineno, f"imports os.{name}") for name in sorted(found))


def impure(module: Module) -> Offences:
    """For the engine: foreign imports, clocks, randomness, I/O."""
    for line, name in imports(module):
        root = name.split(".")[0]
        if root != "engine" and root not in PURE:
            yield line, f"imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.split(".")[-1] in IMPURE_CALLS:
                yield node.lineno, f"calls {called}"


def inexact(module: Module) -> Offences:
    """Floats: literals, `float(…)`, `round(…)`, and in the engine true division."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"holds the float {node.value}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("float", "round"):
                yield node.lineno, f"calls {node.func.id}"
        elif (
            isinstance(node, ast.BinOp | ast.AugAssign)
            and isinstance(node.op, ast.Div)
            and is_within(module.name, "engine")
        ):
            yield node.lineno, "divides with /"


def long_functions(module: Module) -> Offences:
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines"


def undocumented(module: Module) -> Offences:
    """Public functions and classes, and the public methods of public classes."""
    found: list[ast.AST] = [module.tree]
    while found:
        for node in ast.iter_child_nodes(found.pop()):
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                if ast.get_docstring(node) is None:
                    yield node.lineno, f"{node.name} has no docstring"
                if isinstance(node, ast.ClassDef):
                    found.append(node)


def vague_definitions(module: Module) -> Offences:
    for node in ast.walk(module.tree):
        if isinstance(node, Function | ast.ClassDef):
            words = re.findall(r"[A-Z]+[a-z]*|[a-z]+", node.name)
            if words and words[-1].lower() in VAGUE:
                yield node.lineno, f"{node.name} says nothing: name what it does"


def asserts(module: Module) -> Offences:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assert):
            yield node.lineno, "asserts: use engine.errors.require"


def bare_excepts(module: Module) -> Offences:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "catches everything: name the exceptions"


def blanket_silencers(module: Module) -> Offences:
    """A checker is told to be quiet without being told about what."""
    if "ignore" not in module.source and "noqa" not in module.source:
        return
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT:
            blanket = re.search(r"#\s*(type:\s*ignore(?!\[)|noqa(?!: ?[A-Z]))", token.string)
            if blanket:
                yield token.start[0], f"has {blanket[0]} without a code"
