"""The start: what is fetched side by side, what is left out, and tests wherever the checkout lies."""

import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from config.cli import commands, floors, paths, python_env, server, shelves, testing, ui

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('ESIGN_CACHE', str(tmp_path / 'cache'))
    paths.make_cache()
    return tmp_path / 'cache'


def test_threads_of_one_process_wait_for_each_other_without_words(cache, capsys):
    built = []

    def build(folder):
        time.sleep(0.2)
        built.append(folder)

    threads = [threading.Thread(target=paths.cached, args=('thing', build)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert 'waiting' not in capsys.readouterr().out


def test_a_failure_beside_is_told_by_whoever_needs_the_thing(cache):
    def fetch():
        paths.cached('thing', fail)

    def fail(_folder):
        raise ui.Failure('No network.')

    thread = threading.Thread(target=commands._fetch, args=(fetch,))
    thread.start()
    thread.join()
    with pytest.raises(ui.Failure, match='No network'):
        fetch()


def test_the_server_alone_needs_no_packages_of_tests(cache, monkeypatch):
    monkeypatch.setattr(python_env._Chosen, 'lock', 'dev')
    python_env.serve_only()
    assert python_env._Chosen.lock == 'runtime'
    monkeypatch.setattr(python_env._Chosen, 'lock', 'dev')
    whole = cache / python_env._name('dev')
    whole.mkdir()
    (whole / paths.MARK).touch()
    python_env.serve_only()
    assert python_env._Chosen.lock == 'dev', 'an environment that is there serves as well'


def test_two_servers_of_one_process_get_two_ports(cache):
    ports = [server.choose_port(None, 18640) for _ in range(2)]
    assert len(set(ports)) == 2, 'the first one has not begun to listen yet'
    assert server.choose_port(ports[0]) == ports[0], 'what was promised stays ours'


@pytest.mark.parametrize(
    ('tags', 'expected'),
    [
        (['/esign_base', '/esign_sign', '/esign_verify'], [['/esign_sign', '/esign_verify'], ['/esign_base']]),
        (['/esign_base:TestTurns'], [['/esign_base:TestTurns']]),
        (['/esign_sign:TestRoom'], [['/esign_sign:TestRoom']]),
        (['a_tag_of_many'], [['a_tag_of_many']]),
    ],
)
def test_the_lowest_addon_is_a_share_of_its_own(tags, expected):
    assert testing.shares(tags) == expected


@pytest.mark.parametrize('above', ['plain', 'tests', 'node_modules'])
def test_the_walls_stand_wherever_the_checkout_lies(tmp_path, above):
    addons = tmp_path / above / 'addons'
    for addon in floors.FLOORS:
        (addons / addon / 'data').mkdir(parents=True)
        shutil.copy(ROOT / 'addons' / addon / '__manifest__.py', addons / addon)
    core = addons / 'esign_base' / 'signing'
    core.mkdir()
    (core / 'bad.py').write_text('import odoo\n')
    (addons / 'esign_base' / 'data' / 'bad.xml').write_text('<x ref="esign_sign.y"/>\n')
    assert [fault.rpartition(': ')[2] for fault in floors.faults(addons)] == [
        'the signing core imports odoo',
        'esign_base refers to esign_sign.y',
    ]


def test_links_lead_to_the_port_that_runs(monkeypatch, tmp_path):
    """The address is said before the server starts; one of somebody's own stays."""
    asked = []

    class Databases:
        def __init__(self, reached):
            pass

        def query(self, sql, *values, database):
            asked.append((sql, *values, database))
            raise ui.Failure('That is enough.')

    monkeypatch.setattr(server.postgres, 'Databases', Databases)
    monkeypatch.setattr(server, 'choose_port', lambda insisted, default=0: default)
    monkeypatch.setattr(paths, 'LOGS', tmp_path)
    with pytest.raises(ui.Failure, match='enough'), server.running(server.House(tmp_path, None), 'x', 'demo', 8123):
        pass
    assert asked == [(server.SAY_ADDRESS, 'http://localhost:8123', 'demo')]
    [kept] = re.findall(r"~ '(.+)'", server.SAY_ADDRESS)
    for address, ours in (
        ('http://localhost:8069', True), ('http://127.0.0.1:8070/', True), ('https://localhost', True),
        ('https://sign.example', False), ('http://10.0.0.7:8069', False), ('http://localhost.example', False),
    ):  # fmt: skip
        assert bool(re.search(kept, address)) is ours, address


ENGINE = """
from ..room.b import B


class A:
    _name = 'x.a'

    def _low(self):
        self._high(), self.y['x.b']
"""
ROOM = """
class B:
    _name = 'x.b'

    def _high(self):
        self._low()
"""


def test_shelves_know_those_below_them_only(tmp_path):
    models = tmp_path / 'esign_sign' / 'models'
    for shelf, source in {'engine': ENGINE, 'room': ROOM, 'attic': ''}.items():
        (models / shelf).mkdir(parents=True)
        (models / shelf / f'{shelf}_file.py').write_text(source)
    assert [fault.partition(': ')[2] for fault in shelves.faults(tmp_path)] == [
        'lies on no shelf; they are engine, files, draft, room, staff, api',
        'engine imports room of room',
        'engine names the model x.b of room',
        'engine calls _high of room',
    ]
