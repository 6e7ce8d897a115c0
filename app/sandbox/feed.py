"""Tells open lobby pages that something changed; what changed, they read from the books."""

import asyncio


class Feed:
    """One event per open page. Many changes before a page looks are one change to it."""

    def __init__(self) -> None:
        self._changed: set[asyncio.Event] = set()
        self._over = False

    @property
    def over(self) -> bool:
        """No page is to wait any more: the casino is closing."""
        return self._over

    def subscribe(self) -> asyncio.Event:
        """Set at every change from now on; the page clears it. Give it back to `unsubscribe`."""
        changed = asyncio.Event()
        self._changed.add(changed)
        return changed

    def unsubscribe(self, changed: asyncio.Event) -> None:
        """Forget a page."""
        self._changed.discard(changed)

    def notify(self) -> None:
        """Something changed."""
        for changed in self._changed:
            changed.set()

    def open(self) -> None:
        """Pages may wait again."""
        self._over = False

    def end(self) -> None:
        """Let every open stream finish. A server can then stop without waiting for them."""
        self._over = True
        self.notify()
