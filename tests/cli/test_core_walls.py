"""The gate finds what leans the wrong way inside the signing core."""

import pytest

from config.cli import core_walls, paths

GOOD = {
    '__init__.py': 'from .errors import E\n',
    'errors.py': '',
    'pages/__init__.py': '',
    'pages/paper.py': 'from ..errors import E\nimport io\n',
    'keys/__init__.py': '',
    'keys/port.py': 'from . import cms\n',
    'keys/cms.py': '',
    'acts/__init__.py': '',
    'acts/sign.py': 'from ..keys.port import SigningKey\nfrom ..pages import paper\n',
    'apart/__init__.py': '',
    'apart/jobs.py': 'from ..acts.sign import sign\n',
}


@pytest.fixture
def core(tmp_path):
    for name, text in GOOD.items():
        path = tmp_path / 'signing' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / 'signing'


def found(core):
    return [fault.rpartition(': ')[2] for fault in core_walls.faults(core)]


def test_a_good_house(core):
    assert found(core) == []


def test_our_own():
    assert core_walls.faults(paths.ROOT / 'addons/esign_base/signing') == []


@pytest.mark.parametrize(
    ('module', 'text', 'fault'),
    [
        ('pages/paper.py', 'from ..acts.sign import sign\n', 'pages.paper imports acts.sign'),
        ('pages/paper.py', 'from ..keys import cms\n', 'pages.paper imports keys.cms'),
        ('pages/paper.py', 'def f():\n    from ..apart.jobs import x\n', 'pages.paper imports apart.jobs'),
        ('keys/cms.py', 'from ..pages.paper import x\n', 'keys.cms imports pages.paper'),
        ('acts/sign.py', 'from .. import apart\n', 'acts.sign imports apart'),
        ('acts/sign.py', 'import odoo.addons.esign_base.signing.apart.jobs\n', 'acts.sign imports apart.jobs'),
        ('acts/sign.py', 'from signing.apart import jobs\n', 'acts.sign imports apart.jobs'),
        ('errors.py', 'from .acts.sign import sign\n', 'errors imports acts.sign'),
        ('rules/__init__.py', '', 'rules is no room of the core'),
    ],
)
def test_what_leans_the_wrong_way_is_named(core, module, text, fault):
    (core / module).parent.mkdir(exist_ok=True)
    (core / module).write_text(text)
    # What leans the wrong way often closes a circle, too, which is told besides.
    assert [one for one in found(core) if '→' not in one] == [fault]


def test_circles_are_named(core):
    (core / 'keys/cms.py').write_text('from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .port import X\n')
    assert found(core) == ['keys.cms → keys.port → keys.cms']
    (core / 'keys/cms.py').write_text('from .far import x\n')
    (core / 'keys/far.py').write_text('from .port import x\n')
    assert found(core) == ['keys.cms → keys.far → keys.port → keys.cms']
