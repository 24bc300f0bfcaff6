"""How long tests wait for what other tasks, threads and processes bring about, on the machine's own clock.

It comes within a second or so; the bound is there for what never comes, and for machines that do much else
meanwhile. Nothing is asserted to be quicker than this: durations are asserted on a clock that is moved.
"""

PATIENCE = 120.0  # s
