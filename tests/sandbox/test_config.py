"""Settings that cannot work are refused before anything is opened."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.serving import casino_at, casino_config

BOOKS = Path("books.db")


@pytest.mark.parametrize(
    "change",
    [
        {"currencies": ()},
        {"currencies": ("USD", "GOLD")},
        {"public_path": "/"},
        {"public_path": "sandbox"},
        {"public_path": "/sandbox/"},
        {"game_origin": "ftp://game.example"},
        {"game_origin": "https://game.example/"},
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        casino_config(BOOKS, "http://127.0.0.1:1", **change)


def test_the_game_is_framed_from_apogees_origin_unless_told_otherwise() -> None:
    config = casino_config(BOOKS, "http://127.0.0.1:8000/behind/a/path")
    assert config.framed_origin == "http://127.0.0.1:8000"
    assert config.wallet_path == "/sandbox/wallet"


async def test_a_casino_may_change_its_currencies_and_keeps_its_player(tmp_path: Path) -> None:
    for currencies in (("USD",), ("JPY", "KWD")):
        config = casino_config(tmp_path / "b.db", "http://127.0.0.1:1", currencies=currencies)
        async with casino_at(config) as casino:
            (player,) = (await casino.get("/players"))[1]["players"]
            assert (player["currency"], player["balance"]) == ("USD", "5000.00")


async def test_the_casino_may_live_below_another_path(tmp_path: Path) -> None:
    config = casino_config(tmp_path / "b.db", "http://127.0.0.1:1", public_path="/casino")
    async with casino_at(config) as casino:
        async with casino.http.get(f"{casino.base}/casino") as answer:
            page = await answer.text()
        assert '"/casino/assets/lobby.js"' in page
        assert "/sandbox" not in page
