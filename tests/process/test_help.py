"""`--help`: every command is listed where people look, with all of its options."""

from pathlib import Path

import pytest
import rich_click as click
from click.testing import CliRunner

from app.cli import cli
from tests.process.command import run

Words = tuple[str, ...]


def _commands(command: click.Command, path: Words = ()) -> dict[Words, click.Command]:
    found = {path: command}
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            found |= _commands(one, (*path, name))
    return found


COMMANDS = _commands(cli)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_names_every_option_argument_and_subcommand(path: Words) -> None:
    command = COMMANDS[path]
    shown = CliRunner().invoke(cli, [*path, "--help"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0
    wanted = {option for one in command.params for option in one.opts if option.startswith("--")}
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    wanted |= {str(one.metavar or one.name).upper() for one in arguments}
    wanted |= set(command.commands) if isinstance(command, click.Group) else set()
    assert not [word for word in wanted if word not in shown.output]


def test_help_needs_no_settings_and_starts_nothing(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help", APOGEE_ENV="nonsense")
    assert (shown.code, shown.err) == (0, "")
    assert all(word in shown.out for word in ("serve", "play", "operator", "verify"))
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(tmp_path: Path) -> None:
    shown = run(tmp_path, "--version")
    assert shown.code == 0
    assert "0.1.0" in shown.out


@pytest.mark.parametrize("words", [["fly"], ["play", "--fast"], ["verify"]])
def test_what_is_no_command_exits_with_2(words: list[str], tmp_path: Path) -> None:
    ended = run(tmp_path, *words)
    assert ended.code == 2
    assert "Traceback" not in ended.err
