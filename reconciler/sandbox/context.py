"""What every rule needs at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .library import Library
from .state.store import Store

Reply = Mapping[str, object]
Body = Mapping[str, object]

DAY_SECONDS = 86_400
BEIJING = 8 * 3_600  # WeChat's days begin at midnight in Beijing


@dataclass(frozen=True)
class Emulator:
    store: Store
    library: Library
    limit: int
    clock: Callable[[], float]
    penalties: bool = False
    """Whether violations are noticed and punished"""

    def now(self) -> float:
        return self.clock() + self.store.advanced()

    def day(self) -> int:
        return int((self.now() + BEIJING) // DAY_SECONDS)

    def count(self, appid: str, call: str) -> None:
        self.store.count_call(appid, call, self.day())


def ok(**fields: object) -> Reply:
    """A success: errcode and errmsg first, as on the page."""
    return {"errcode": 0, "errmsg": "ok", **fields}
