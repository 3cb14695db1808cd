"""Value objects that addons hand to the portal shell. Plain data: no record, no rendering."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of the portal menu.

    `key` is what a page names as its `active_menu`; `icon` is a symbol of `esign_base.icon_sprite`
    without the prefix `es-icon-`; `badge` is a count shown beside the label (0 shows nothing).
    """

    key: str
    label: str
    url: str
    icon: str
    sequence: int = 50
    badge: int = 0


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A count on the home page that leads to its list; text where it was not counted to its end (10,000+)."""

    key: str
    label: str
    count: int | str
    url: str
    icon: str
    tone: str = 'info'
    sequence: int = 50


@dataclass(frozen=True, slots=True)
class HomeTask:
    """Something the user should do next; `action` is the label of the link to `url`."""

    key: str
    title: str
    text: str
    url: str
    action: str
    icon: str = 'alert'
    sequence: int = 50


@dataclass(frozen=True, slots=True)
class HomeAction:
    """A button at the top of the home page; the first one is the primary one."""

    key: str
    label: str
    url: str
    icon: str = 'plus'
    sequence: int = 50


@dataclass(frozen=True, slots=True)
class Inbox:
    """The messages of an identity: where to read them and how many are unread."""

    url: str
    unread: int = 0


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What stands on the page instead of one that cannot be shown; `action` leads home, or to the log-in."""

    title: str
    text: str
    icon: str
    action: str
