"""A Python of its own that holds nothing but what a program says it needs.

Made without a network: the packages that `pip install` would bring by the names' own metadata are linked from where
they are installed. What is not among them cannot be imported, and nothing can be reached over a network.
"""

import re
import sys
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

NAMED = re.compile(r'pip install ([^`\n]+?)[`;\n]')
OFF_LINE = """import socket

def _refuse(*_arguments, **_options):
    raise OSError('no network here')

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = _refuse
"""


def clean_python(home, program):
    """The interpreter of a new environment at ``home`` with the packages that ``program`` names in its first lines."""
    venv.create(home, with_pip=False, symlinks=True)
    site = home / 'lib' / f'python{sys.version_info.major}.{sys.version_info.minor}' / 'site-packages'
    named = NAMED.search(Path(program).read_text(encoding='utf-8'))[1]
    todo = [Requirement(one.strip('"')) for one in named.split()]
    known = set()
    while todo:
        wanted = todo.pop()
        found = metadata.distribution(wanted.name)
        if not wanted.specifier.contains(found.version):
            raise AssertionError(f'{wanted} is named, {found.version} is installed')
        if found.name in known:
            continue
        known.add(found.name)
        for name in {file.parts[0] for file in found.files} - {'..', '__pycache__'}:
            (site / name).symlink_to(Path(found.locate_file(name)).resolve())
        needs = [Requirement(one) for one in found.requires or ()]
        todo += [one for one in needs if one.marker is None or one.marker.evaluate({'extra': ''})]
    (site / 'sitecustomize.py').write_text(OFF_LINE, encoding='utf-8')
    return home / 'bin' / 'python'
