import pytest

from app.play import close_codes
from app.play.close_codes import ALL, Close, reconnects


def test_every_code_is_listed_once() -> None:
    named = [value for value in vars(close_codes).values() if isinstance(value, Close)]
    assert sorted(named, key=lambda close: close.code) == sorted(ALL, key=lambda close: close.code)
    assert len({close.code for close in ALL}) == len(ALL)


@pytest.mark.parametrize("close", ALL)
def test_a_reason_fits_a_control_frame(close: Close) -> None:
    assert close.reason.isascii()
    assert 0 < len(close.reason) <= 123


@pytest.mark.parametrize("code", [1001, 1006, 1009, 1011, 1012, 4000, 4001, 4099])
def test_accidents_and_the_4000s_invite_a_reconnect(code: int) -> None:
    assert reconnects(code)


@pytest.mark.parametrize("code", [1000, 4100, 4101, 4199])
def test_a_goodbye_and_the_4100s_do_not(code: int) -> None:
    assert not reconnects(code)
