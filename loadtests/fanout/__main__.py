"""Run the comparison and print it."""

import argparse
import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loadtests.fanout.measure import Contest, Window, pick_cores

HERE = Path(__file__).parent
TURNS = 5


class Result(msgspec.Struct, frozen=True):
    name: str
    us_per_frame: float
    """Median of the windows."""
    ratio: float
    """To the floor, median of the ratios within each round of windows."""
    frames: int
    delivered: float
    """Share of the ticks that were due in the time given."""
    kib_per_socket: float


class Report(msgspec.Struct, frozen=True):
    sockets: int
    rate: float
    seconds: float
    floor: str
    results: tuple[Result, ...]
    left_out: tuple[str, ...]


def contestants(workshop: Path) -> dict[str, Sequence[str] | None]:
    """Commands by name, the floor first; `None` where this machine lacks what it takes."""
    python = [sys.executable, "-m", "loadtests.fanout.servers"]
    return {
        "C send() loop": _compiled_floor(workshop),
        "Python socket.send loop": [*python, "python"],
        "uvloop transport.write": [*python, "uvloop"],
        "apogee: Litestar + hub": [*python, "apogee"],
        "websockets broadcast": [*python, "websockets"],
        "Node ws": _node_ws(),
        "Litestar send_text loop": [*python, "litestar"],
    }


def _compiled_floor(workshop: Path) -> Sequence[str] | None:
    gcc = shutil.which("gcc")
    if gcc is None:
        return None
    program = workshop / "floor"
    subprocess.run([gcc, "-O2", "-o", program, HERE / "floor.c"], check=True)
    return [str(program)]


def _node_ws() -> Sequence[str] | None:
    """Needs `ws` where Node finds it, say through NODE_PATH."""
    node = shutil.which("node")
    if node is None:
        return None
    found = subprocess.run([node, "-e", "require('ws')"], capture_output=True, check=False)
    return [node, str(HERE / "node_ws.cjs")] if found.returncode == 0 else None


def compare(sockets: int, seconds: float, rate: float) -> Report:
    cores = pick_cores()
    with contextlib.ExitStack() as stack:
        commands = contestants(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        contests = {
            name: stack.enter_context(Contest(command, sockets, rate, cores))
            for name, command in commands.items()
            if command is not None
        }
        windows: dict[str, list[Window]] = {name: [] for name in contests}
        for turn in range(TURNS):
            # Backwards every other time: nobody always follows the same neighbour.
            for name in tuple(contests)[:: -1 if turn % 2 else 1]:
                windows[name].append(contests[name].run(seconds / TURNS))
    floor = next(iter(contests))
    return Report(
        sockets=sockets,
        rate=rate,
        seconds=seconds,
        floor=floor,
        results=tuple(
            _result(name, windows[name], windows[floor], contest.kib_per_socket)
            for name, contest in contests.items()
        ),
        left_out=tuple(name for name, command in commands.items() if command is None),
    )


def _result(
    name: str, windows: Sequence[Window], floor: Sequence[Window], kib_per_socket: float
) -> Result:
    ratios = [
        mine.us_per_frame / theirs.us_per_frame for mine, theirs in zip(windows, floor, strict=True)
    ]
    frames = sum(window.frames for window in windows)
    return Result(
        name=name,
        us_per_frame=round(statistics.median(window.us_per_frame for window in windows), 2),
        ratio=round(statistics.median(ratios), 3),
        frames=frames,
        delivered=round(frames / sum(window.expected for window in windows), 3),
        kib_per_socket=round(kib_per_socket, 1),
    )


def table(report: Report) -> str:
    lines = [
        f"{report.sockets} sockets, {report.rate:g} ticks/s, {report.seconds:g} s each "
        f"in {TURNS} turns; × is to: {report.floor}",
        f"{'server':<26}{'µs/frame':>9}{'×':>7}{'frames':>10}{'delivered':>11}{'KiB/socket':>12}",
    ]
    lines += [
        f"{result.name:<26}{result.us_per_frame:>9.2f}{result.ratio:>7.2f}{result.frames:>10}"
        f"{result.delivered:>11.0%}{result.kib_per_socket:>12.1f}"
        for result in report.results
    ]
    lines += [f"{name:<26}not on this machine" for name in report.left_out]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.fanout", description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0, help="measured, per server")
    parser.add_argument("--rate", type=float, default=10.0, help="ticks a second")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    arguments = parser.parse_args()
    report = compare(arguments.sockets, arguments.seconds, arguments.rate)
    print(msgspec.json.encode(report).decode() if arguments.json else table(report))


if __name__ == "__main__":
    main()
