"""What one delivered tick costs the server's processor, next to floors and peers.

`python -m loadtests.fanout [--sockets 1000] [--seconds 5] [--rate 10] [--json]`

Each contestant is a server process on one core with its own client process on another, and all
broadcast the same ticks. Two of them are floors, bare loops of `send`: nothing that goes through
the kernel socket by socket can be cheaper. Contestants take turns in short windows, so that
whatever else the machine does falls on all of them; a window is started and ended while its server
is silent, so that the processor time belongs to exactly the frames counted.
"""
