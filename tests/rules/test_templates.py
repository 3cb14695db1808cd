"""Templates of the browser: what a loop is called must be free.

Owl gives a loop its variable by assignment to the context, whose prototype is the component: where a
getter of the component bears that name, the assignment is lost and every turn of the loop shows the getter's value.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

ADDONS = Path(__file__).parents[2] / 'addons'
CLASS = re.compile(r'^export class (\w+)[^\n]*\{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
TEMPLATE = re.compile(r'static template = "([\w.]+)"')
GETTER = re.compile(r'^    get (\w+)\(', re.MULTILINE)


def templates() -> dict[str, ElementTree.Element]:
    """All templates by name."""
    found = {}
    for path in ADDONS.glob('*/static/src/**/*.xml'):
        for node in ElementTree.parse(path).getroot().iter():
            if 't-name' in node.attrib:
                found[node.attrib['t-name']] = node
    return found


def loops(name: str, known: dict[str, ElementTree.Element]) -> set[str]:
    """Variables of the loops in a template and in those it calls."""
    names = set()
    for node in known[name].iter():
        names.update(filter(None, [node.attrib.get('t-as')]))
        called = node.attrib.get('t-call')
        if called in known and called != name:
            names |= loops(called, known)
    return names


def test_loops_do_not_bear_the_names_of_getters() -> None:
    known, clashes, seen = templates(), {}, 0
    for path in ADDONS.glob('*/static/src/**/*.js'):
        for component, body in CLASS.findall(path.read_text(encoding='utf-8')):
            template = TEMPLATE.search(body)
            if template and template[1] in known:
                seen += 1
                both = loops(template[1], known) & set(GETTER.findall(body))
                clashes.update({component: both} if both else {})
    assert seen > 8
    assert clashes == {}
