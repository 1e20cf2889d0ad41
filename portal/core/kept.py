"""Values that are read once and kept while their key stays the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """At most `most` values in this process; the oldest go first.

    A key must hold all that the value depends on, for example a ticket's version, which grows with every event.
    """

    def __init__(self, most: int):
        self.most = most
        self.values: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key, made now when there is none."""
        value = self.values.get(key)
        if value is None:
            value = self.values[key] = make()
            while len(self.values) > self.most:
                try:
                    self.values.popitem(last=False)
                except KeyError:  # another thread was quicker
                    break
        return value

    def clear(self) -> None:
        """Forget everything."""
        self.values.clear()
