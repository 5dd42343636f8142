"""Random worlds: a wish, a lock and an account that have to do with each other, and are often wrong.

Ids stand twice in the lock, templates have twins, titles are old, rows are due or not, content can't be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace

from reconciler.core.errors import InputError
from reconciler.core.model import (
    Account,
    Desired,
    Entry,
    KeywordRef,
    LibraryKeyword,
    Live,
    Lock,
    LockedKeyword,
    Place,
    Retired,
    Slot,
    Spec,
    Title,
    Unwanted,
    Wanted,
    bare,
)
from reconciler.library.resolve import Titles, recorded, resolve
from reconciler.plan.decide import questions
from reconciler.plan.facts import Facts, Orders

NAMES, IDS = "abcde", [f"I{number}" for number in range(8)]
TITLES = {"AT1": "购买成功通知", "AT2": "购买失败通知", "AT3": "预约提醒", "AT4": "购买成功通知"}
OLD_TITLE = "旧的通知"
KEYWORDS = {
    "AT1": ((10, "甲"), (11, "乙"), (12, "丙：")),
    "AT2": ((20, "甲"), (21, "乙"), (22, "丙：")),
    "AT3": ((7, "时间"), (8, "时间"), (9, "甲")),
    "AT4": ((30, "甲"), (31, "乙"), (32, "丙")),
}
LOOKS = ("甲", "乙", "甲乙", "乙甲", "丙", "")
SINCE = (
    "2026-11-01T10:00:00Z",
    "2026-11-16T10:00:00Z",
    "2026-11-16T18:00:00+08:00",
    "2026-11-16T10:00:01Z",
    "2026-11-22T23:00:00Z",
    "9999-12-31T23:59:59Z",
)


@dataclass(frozen=True)
class World:
    """What a plan is made from; `library` is what look-ups say, None for an id that is unknown."""

    desired: Desired
    lock: Lock
    live: tuple[Live, ...]
    orders: Orders
    appid: str | None
    library: dict[str, Title | None]

    def answered(self) -> tuple[Facts, dict[str, Spec] | None]:
        """The facts once all questions are answered, and the specs; None where YAML is wrong."""
        catalogue: dict[str, Title | None] = {}
        while True:
            facts = Facts.of(self.desired, self.lock, self.live, catalogue, self.orders)
            asked = questions(facts)
            if not asked.titles:
                break
            catalogue = catalogue | {id_: self.library[id_] for id_ in asked.titles}
        left = [one for one in self.desired.templates if one.name in asked.names]
        known = {id_: title for id_, title in catalogue.items() if title is not None}
        if any(one.id not in known for one in left):
            return facts, None
        try:
            return facts, resolve(left, known, "t.yaml", Titles(asked.own, recorded(self.lock)))
        except InputError:
            return facts, None


def world(seed: int) -> World:
    """The same seed, the same world."""
    return _Maker(Random(seed)).world()


class _Maker:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._dialect = random.choice(["wxopen", "wxopen", "subscribe", "official"])
        self._few = random.random() < 0.5  # looks: then there are many twins
        self._wanted: list[Wanted] = []

    def _once_in(self, count: int) -> bool:
        return self._random.randrange(count) == 0

    def world(self) -> World:
        random = self._random
        self._wanted = [self._wish(name) for name in random.sample(NAMES, random.randint(0, 5))]
        templates = {name: self._entry(name) for name in sorted(random.sample(NAMES, random.randint(0, 5)))}
        if not self._once_in(3):  # else an id may stand there twice
            ids = random.sample(IDS, len(templates))
            templates = {
                name: replace(entry, template_id=id_)
                for (name, entry), id_ in zip(templates.items(), ids, strict=True)
            }
        retired = [self._retired() for _ in range(random.choice([0, 0, 0, 1, 1, 2, 3, 4, 6]))]
        if retired and self._once_in(6):
            retired.append(retired[0])
        account = random.choice([None, None, Account("prod", "wx1", self._once_in(3))])
        lock = Lock(
            self._dialect,
            random.choice([None, "wx1"]),
            templates,
            tuple(retired),
            random.choice([None, "prod"]),
            self._once_in(7),
        )
        orders = Orders(
            random.choice([None, None, None, 0, 1, 5]),
            frozenset(random.sample(NAMES, random.choice([0, 0, 0, 1, 2]))),
            self._once_in(8),
        )
        wish = Desired(
            tuple(self._wanted),
            self._dialect,
            random.choice(["owned", "owned", "all", "none"]),
            random.choice([0, 1, 3, 9]),
            random.choice([0, 0, 0, 7 * 86400, 86400, 9999 * 86400]),
            unwanted=self._unwanted(lock),
            account=account,
        )
        appid = random.choice([None, "wx1", "wx2"])
        return World(wish, lock, self._account(lock), orders, appid, self._library())

    def _look(self) -> tuple[str, list[str]]:
        if self._few:
            return self._random.choice(["AT1", "AT2"]), list(self._random.choice(LOOKS[:3]))
        id_ = self._random.choice(["AT1", "AT1", "AT2", "AT3", "AT4"])
        if id_ == "AT3":
            return id_, self._random.choice([["时间"], ["甲"], ["时间", "甲"]])
        return id_, list(self._random.choice(LOOKS[:-1] if self._dialect == "wxopen" else LOOKS))

    def _number(self, id_: str, name: str) -> int | None:
        numbers = [number for number, keyword in KEYWORDS[id_] if bare(keyword) == name]
        return self._random.choice([*numbers, *numbers, *numbers, None])

    def _wish(self, name: str) -> Wanted:
        random, (id_, names) = self._random, self._look()
        refs = tuple(
            KeywordRef(
                random.choice([one, one, f"{one} ", f"{one}："]),
                self._number(id_, one) if one == "时间" or self._once_in(10) else None,
            )
            for one in names
        )
        titles = [None, TITLES[id_], TITLES[id_], TITLES[id_]]
        title = random.choice([*titles, None, OLD_TITLE] if self._dialect == "wxopen" else titles)
        scene = random.choice([None, None, None, "支付"])
        return Wanted(name, id_, refs, title, self._once_in(5), scene, Place(random.randint(1, 99), 3))

    def _entry(self, name: str | None = None) -> Entry:
        """Of a name mostly what is wanted for it, or for another."""
        random = self._random
        own = [one for one in self._wanted if one.name == name and random.random() < 0.7]
        others = self._wanted if random.random() < 0.5 else []
        if own or others:
            wish = random.choice(own or others)
            id_, names = wish.id, [bare(ref.name) for ref in wish.keywords]
        else:
            id_, names = self._look()
        keywords = tuple(
            LockedKeyword(
                random.choice([one, one, f"{one}："]),
                None if self._dialect == "official" else self._number(id_, one),
                random.choice([f"keyword{place}"] * 6 + ["thing9", None]),
            )
            for place, one in enumerate(names, 1)
        )
        title = random.choice([TITLES[id_]] * 6 + [OLD_TITLE, ""])
        scene = random.choice([None, None, None, "支付", "旧"])
        protect, listed = self._once_in(5), not self._once_in(6)
        return Entry(random.choice(IDS), id_, title, keywords, protect, scene, listed)

    def _retired(self) -> Retired:
        name = self._random.choice([*NAMES, *NAMES, None])
        reason = self._random.choice(["removed", "replaced", "unmanaged"])
        return Retired(name, self._entry(name), reason, self._random.choice(SINCE))

    def _unwanted(self, lock: Lock) -> tuple[Unwanted, ...]:
        owned = {entry.template_id for entry in _entries(lock)}
        free = [id_ for id_ in IDS if id_ not in owned]
        count = min(len(free), self._random.choice([0, 0, 0, 1, 2]))
        return tuple(Unwanted(id_, Place(9, 9)) for id_ in self._random.sample(free, count))

    def _account(self, lock: Lock) -> tuple[Live, ...]:
        """Most of what the lock has, some of what is wanted, and what somebody else has added."""
        random, there = self._random, dict[str, Live]()
        for entry in _entries(lock):
            if random.random() < 0.75:
                honest = random.random() < 0.85
                there[entry.template_id] = self._as(entry) if honest else self._live(entry.template_id)
        for wish in self._wanted:
            if self._once_in(4):
                one = Live(
                    random.choice(IDS), TITLES[wish.id], _slots([bare(ref.name) for ref in wish.keywords])
                )
                there.setdefault(one.template_id, _emptied(one))
        for _ in range(random.choice([0, 0, 1, 2, 3])):
            one = self._live(random.choice(IDS))
            there.setdefault(one.template_id, one)
        listed = [] if self._once_in(20) else list(there.values())
        random.shuffle(listed)
        return tuple(listed)

    def _as(self, entry: Entry) -> Live:
        title = OLD_TITLE if self._once_in(10) else entry.title
        return _emptied(Live(entry.template_id, title, _slots([one.name for one in entry.keywords])))

    def _live(self, template_id: str) -> Live:
        id_, names = self._look()
        title = self._random.choice([TITLES[id_]] * 6 + [OLD_TITLE, ""])
        one = _emptied(Live(template_id, title, _slots(names)))
        return replace(one, slots=None) if self._once_in(12) else one

    def _library(self) -> dict[str, Title | None]:
        """What look-ups tell in the dialect; some ids are not known any more."""
        told = self._dialect == "wxopen" or self._once_in(5)
        keywords = {
            id_: tuple(LibraryKeyword(number, name) for number, name in pairs)
            for id_, pairs in KEYWORDS.items()
        }
        return {
            id_: None
            if self._once_in(20)
            else Title(id_, title if told else None, None if self._dialect == "official" else keywords[id_])
            for id_, title in TITLES.items()
        }


def _entries(lock: Lock) -> Sequence[Entry]:
    return [*lock.templates.values(), *(one.entry for one in lock.retired)]


def _slots(names: Sequence[str]) -> tuple[Slot, ...]:
    return tuple(Slot(name, f"keyword{place}") for place, name in enumerate(names, 1))


def _emptied(one: Live) -> Live:
    """What has no keywords has no content at all."""
    return one if one.slots else replace(one, slots=None, empty=True)
