"""What can go wrong with the embedded server."""


class EmbeddedError(Exception):
    """The embedded server cannot be used.

    `message` says what stands in the way and what to do, in one line; `start_failed`,
    `create_failed` and `start_timeout` add the last lines of the server's log. `code` is one of:

    - `not_main_thread`, `binaries_missing`, `directory_unusable`, `directory_not_private`,
      `identity_missing`: this process, or this directory, cannot run a server;
    - `already_running`: another server owns the directory, or PostgreSQL was started by hand;
    - `busy`: its owner did not make room in time;
    - `create_failed`, `start_failed`, `start_timeout`, `stop_failed`: PostgreSQL's own failures.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
