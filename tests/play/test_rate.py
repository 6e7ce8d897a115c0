from app.play.rate import BURST, FRAMES_PER_S, TokenBucket


def taken(bucket: TokenBucket, now: float, tries: int = 1000) -> int:
    return sum(bucket.take(now) for _ in range(tries))


def test_a_burst_passes_and_no_more() -> None:
    assert taken(TokenBucket(0.0), 0.0) == BURST


def test_an_empty_bucket_refills_at_its_rate() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 0.0)
    assert taken(bucket, 1.0) == FRAMES_PER_S


def test_a_long_silence_earns_one_burst() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 0.0)
    assert taken(bucket, 3600.0) == BURST


def test_a_steady_stream_at_the_rate_is_never_refused() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 0.0)
    assert all(bucket.take(1 + number / FRAMES_PER_S) for number in range(1000))


def test_refused_frames_cost_nothing() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 0.0, tries=100_000)
    assert bucket.take(1 / FRAMES_PER_S)


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = TokenBucket(100.0)
    taken(bucket, 100.0)
    assert not bucket.take(50.0)
    assert not bucket.take(100.0)
