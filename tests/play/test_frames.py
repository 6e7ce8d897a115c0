import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from app.play.frames import MAX_PAYLOAD, text_frame
from engine.errors import InvariantError


def parsed_by_a_client(data: bytes) -> Frame:
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parser = Frame.parse(reader.read_exact, mask=False)
    try:
        while True:
            next(parser)
    except StopIteration as parsed:
        frame: Frame = parsed.value
        return frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
def test_a_client_reads_back_one_final_text_frame(size: int) -> None:
    payload = b"x" * size
    frame = parsed_by_a_client(text_frame(payload))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)


@pytest.mark.parametrize(("size", "header"), [(125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_the_length_takes_the_fewest_bytes(size: int, header: int) -> None:
    assert len(text_frame(b"x" * size)) == size + header


def test_a_payload_over_the_bound_is_a_fault() -> None:
    with pytest.raises(InvariantError):
        text_frame(b"x" * (MAX_PAYLOAD + 1))
