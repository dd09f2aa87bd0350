"""What happens to central's machine: its process, its database, its disk."""

from collections.abc import Callable
from random import Random

from gateway.core.units import NS_PER_S
from simulation.office import Office
from simulation.world import World


class OfficeFaults:
    def __init__(
        self,
        world: World,
        office: Office,
        later: Callable[[int, Callable[[], None]], None],
    ) -> None:
        self._world, self._office, self._later = world, office, later

    def database_refuses(self, chance: Random) -> None:
        """Central's database takes nothing for a while: full, or locked by somebody else."""
        how = chance.choice(("database or disk is full", "database is locked"))
        self._world.fault("central", "central's database refuses", how)
        self._office.refuses = how
        self._later(
            chance.randrange(5, 900) * NS_PER_S, lambda: setattr(self._office, "refuses", "")
        )

    def restored(self, chance: Random) -> None:
        if self._office.life is None:
            return
        self._world.fault("central", "central restored from a backup")
        self._office.crash("its disk is gone")
        self._office.restore()
        self._world.after(chance.randrange(2, 7200) * NS_PER_S, self._office.boot)

    def dies(self, chance: Random) -> None:
        how = chance.choice(("", "before_commit", "before_publish"))
        if how:
            self._office.die_at = how
        elif self._office.life is not None:
            self._world.fault("central", "central killed")
            self._office.crash("killed")
            self._world.after(chance.randrange(2, 7200) * NS_PER_S, self._office.boot)
