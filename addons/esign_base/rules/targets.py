"""Where a redirect may lead: browsers drop tabs and line breaks and read ``\\`` as ``/`` (URL Standard §4.4)."""

from .names import is_control

HOME = '/'


def is_plain(target: str) -> bool:
    """Whether a browser reads an address as it is written here, and not as one of another host."""
    return not ('\\' in target or target.startswith('//') or any(is_control(sign) for sign in target))


def local_path(target: object, home: str = HOME) -> str:
    """A path of this site that somebody else named, or ``home``: one leading slash, no blank, no control."""
    if not isinstance(target, str) or not target.startswith('/') or not is_plain(target):
        return home
    return home if any(sign.isspace() for sign in target) else target
