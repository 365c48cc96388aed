"""What other packages add to Comparia by entry points: metrics, backends, readers of transcripts, reports.

Entry points are read when a table is asked for what it does not ship, never at start-up. A plug-in that cannot be used
is named with what is wrong; everything else goes on as if it were not installed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from comparia.errors import CompariaError, PluginError
from comparia.messages import gettext as _

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

Group = Literal["metrics", "backends", "readers", "reports"]
GROUPS: tuple[Group, ...] = ("metrics", "backends", "readers", "reports")
"""What can be added; an entry point stands in the group `comparia.` and this name."""


@dataclass(frozen=True)
class Plugin:
    """One entry point of another package."""

    group: Group
    """What it adds."""
    name: str
    """Name that it is asked for by."""
    package: str
    """Name and version of the package that brings it: `comparia-haiku 1.2`."""
    entry: EntryPoint
    """Where its object lies."""

    def load(self) -> Any:
        """Return its object.

        Raises:
            PluginError: it cannot be imported.
        """
        try:
            return self.entry.load()
        except CompariaError:
            raise
        except Exception as error:
            raise self.failed(error) from error

    def failed(self, error: Exception) -> PluginError:
        """Return the error that says that this plug-in failed, with what it said."""
        said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return self.refused(said)

    def refused(self, problem: str) -> PluginError:
        """Return the error that says that this plug-in cannot be used, and why."""
        message = _("The plug-in {name} of {package} ({group}) cannot be used: {problem}").format(
            name=self.name, package=self.package, group=self.entry.group, problem=problem.rstrip(".") + "."
        )
        cure = _("Update or repair this package, or remove it: pip uninstall {package}").format(
            package=self.package.partition(" ")[0]
        )
        page = _("Ask whoever installed Comparia to update or remove this package.")
        return PluginError(message, cure, on_page=page)


@cache
def installed(group: Group) -> tuple[Plugin, ...]:
    """Return the plug-ins of a group, by package and name. None of them is imported."""
    from importlib.metadata import entry_points

    found = [
        Plugin(group, entry.name, f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module, entry)
        for entry in entry_points(group=f"comparia.{group}")
    ]
    return tuple(sorted(found, key=lambda plugin: (plugin.package, plugin.name)))


class Table(Mapping[str, T], Generic[T]):
    """What is shipped by name, then what plug-ins add.

    Looking up a shipped name reads no entry point. Iterating gives the plug-ins that work; a plug-in that does not work
    raises PluginError when it is asked for by name.

    Args:
        group: what it holds.
        shipped: what comes with Comparia, by name.
        prepare: makes an entry of the table from a plug-in and its object, or raises PluginError.
    """

    def __init__(self, group: Group, shipped: Mapping[str, T], prepare: Callable[[Plugin, Any], T]) -> None:
        self._group: Group = group
        self._shipped = shipped
        self._prepare = prepare
        self._loaded: dict[Plugin, T | PluginError] = {}

    def __getitem__(self, name: str) -> T:
        if name in self._shipped:
            return self._shipped[name]
        for plugin in installed(self._group):
            if plugin.name == name:
                return self._entry(plugin)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._shipped or any(plugin.name == name for plugin in installed(self._group))

    def __iter__(self) -> Iterator[str]:
        yield from self._shipped
        yield from self.added()

    def __len__(self) -> int:
        return len(self._shipped) + len(self.added())

    def added(self) -> dict[str, T]:
        """Return the plug-ins that work, by name."""
        found: dict[str, T] = {}
        for plugin in installed(self._group):
            with contextlib.suppress(PluginError):
                found.setdefault(plugin.name, self._entry(plugin))
        return found

    def plugin_of(self, name: str) -> Plugin | None:
        """Return the plug-in that an entry comes from; None for what is shipped, and for a name that nobody has."""
        if name in self._shipped:
            return None
        return next((plugin for plugin in installed(self._group) if plugin.name == name), None)

    def state(self) -> Iterator[tuple[Plugin, PluginError | None]]:
        """Give every plug-in of the table, and what is wrong with it."""
        for plugin in installed(self._group):
            try:
                self._entry(plugin)
            except PluginError as error:
                yield plugin, error
            else:
                yield plugin, None

    def _entry(self, plugin: Plugin) -> T:
        if plugin not in self._loaded:
            self._loaded[plugin] = self._made(plugin)
        made = self._loaded[plugin]
        if isinstance(made, PluginError):
            raise made
        return made

    def _made(self, plugin: Plugin) -> T | PluginError:
        if plugin.name in self._shipped:
            return plugin.refused(_("this name is the name of one that comes with Comparia"))
        first = next(other for other in installed(self._group) if other.name == plugin.name)
        if first != plugin:
            return plugin.refused(_("{package} has one of the same name").format(package=first.package))
        try:
            return self._prepare(plugin, plugin.load())
        except PluginError as error:
            return error
        except CompariaError as error:
            return plugin.refused(error.message)
        except Exception as error:
            return plugin.failed(error)


def require(plugin: Plugin, thing: Any, *names: str) -> None:
    """Make sure that the object of a plug-in has these attributes. Raises PluginError."""
    lacking = [name for name in names if not hasattr(thing, name)]
    if lacking:
        raise plugin.refused(_("it lacks {names}").format(names=", ".join(lacking)))
