"""An embedded PostgreSQL: one directory, one owner, a server that ends when its owner does.

The rules, and the files they live in:

- **One owner.** `ownership.py`: whoever holds `owner.lock` may start, stop and clean up; nobody
  else touches anything. The holder writes down whether it is a *server*, whose cluster may be
  joined, or a *command*, which ends soon and is waited for instead, so that nobody works on a
  cluster that is about to be stopped.
- **No two servers on one directory.** `processes.lock` is held by every process of the cluster,
  by inheritance: it is free when the last of them has gone, whatever became of the owner.
- **No orphans.** `launch.py`: the server is a direct child that the kernel interrupts when its
  parent dies, however it dies.
- **Nothing as root.** `identity.py`: under root the server runs in a user namespace, or as another
  user.
- **Nothing by network.** `layout.py`: a socket in a directory that only its owner can enter.
"""

from app.embedded.cluster import Cluster, open_cluster
from app.embedded.errors import EmbeddedError

__all__ = ["Cluster", "EmbeddedError", "open_cluster"]
