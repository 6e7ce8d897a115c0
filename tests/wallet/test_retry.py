from app.wallet.retry import delay_s


def test_the_schedule_grows_from_a_second_to_an_hour() -> None:
    middle = [delay_s(attempt, 0.5, None) for attempt in range(1, 13)]
    assert middle == [1, 2, 5, 10, 30, 120, 300, 600, 1800, 3600, 3600, 3600]


def test_jitter_spreads_by_a_fifth_either_way() -> None:
    assert delay_s(5, 0, None) == 24
    assert delay_s(5, 1, None) == 36


def test_a_wallet_may_ask_for_more_time_but_not_for_more_than_an_hour() -> None:
    assert delay_s(1, 0.5, 7) == 7
    assert delay_s(10, 0.5, 7) == 3600
    assert delay_s(1, 0.5, 10**9) == 3600


def test_after_72_hours_an_op_is_parked_for_a_person() -> None:
    waited, attempt = 0.0, 1
    while (delay := delay_s(attempt, 0.5, None)) is not None:
        waited += delay
        attempt += 1
        assert attempt < 200
    assert 72 * 3600 <= waited <= 74 * 3600
