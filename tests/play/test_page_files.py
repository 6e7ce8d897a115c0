"""What the page costs to fetch, and what must never be compressed."""

from pathlib import Path

import aiohttp

from tests.live import Live

STATIC = Path(__file__).resolve().parents[2] / "static"
BUDGET = 120 * 1024


async def _bytes_on_the_wire(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status == 200, url
        return len(await answer.read())


async def test_the_whole_page_stays_within_its_budget_on_the_wire(world: Live) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        total = await _bytes_on_the_wire(http, f"{world.base_url}/play")
        for path in STATIC.rglob("*"):
            if path.is_file() and path.name != "index.html":
                name = path.relative_to(STATIC).as_posix()
                total += await _bytes_on_the_wire(http, f"{world.base_url}/static/{name}")
    assert total <= BUDGET


async def test_contract_answers_go_out_as_they_were_written(world: Live) -> None:
    async with world.http.get(
        f"{world.base_url}/api/public/rgs/nothing", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert answer.status == 404
        assert "Content-Encoding" not in answer.headers
