"""What is served as the lobby, and under which policy."""

import re
from pathlib import Path

from tests.sandbox.serving import Caller, FakeApogee

PAGES = Path(__file__).resolve().parents[2] / "app/sandbox/pages"


async def test_the_policy_frames_only_the_game_and_runs_only_our_files(
    casino: Caller, apogee: FakeApogee
) -> None:
    async with casino.http.get(f"{casino.base}/sandbox") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        policy = answer.headers["content-security-policy"]
        page = await answer.text()
    assert f"frame-src {apogee.url};" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "{{" not in page


async def test_only_the_pages_own_files_are_served(casino: Caller) -> None:
    for path in PAGES.glob("[!.]*.[!h]*"):
        name = path.name
        async with casino.http.get(f"{casino.base}/sandbox/assets/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("lobby.html", "..%2Fcasino.py", "%2Fetc%2Fpasswd"):
        async with casino.http.get(f"{casino.base}/sandbox/assets/{name}") as answer:
            assert answer.status == 404, name


def test_no_file_of_the_page_reaches_outside() -> None:
    for path in PAGES.iterdir():
        hosts = set(re.findall(r"https?://[^\s\"'`)<>]+", path.read_text()))
        assert hosts <= {"http://www.w3.org/2000/svg"}, path.name
