"""The pure parts of `./esign`: configuration, ports, checksums, names of tests, messages."""

import configparser
import errno
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.cli import (
    addons,
    commands,
    doctor,
    locks,
    odoo_source,
    paths,
    postgres,
    processes,
    python_env,
    server,
    settings,
    softhsm,
    testing,
    ui,
)


def make_addon(folder, name, depends=('base',)):
    root = folder / name
    (root / 'models').mkdir(parents=True)
    (root / '__manifest__.py').write_text(repr({'name': name, 'depends': list(depends)}))
    (root / 'models' / 'a.py').write_text('x = 1\n')
    return root


class TestConfiguration:
    def read(self, text):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
        return parser

    def test_own_lines_win_and_sections_stay(self):
        text = settings.merged('[options]\na = 1\nb = 2\n[queue_job]\nchannels = root:2\n', {'b': '3', 'c': '%d'})
        read = self.read(text)
        assert dict(read['options']) == {'a': '1', 'b': '3', 'c': '%d'}
        assert read['queue_job']['channels'] == 'root:2'

    def test_the_committed_configuration_is_safe_and_runs_jobs(self):
        read = self.read(settings.COMMON.read_text())
        assert read['options'].getboolean('list_db') is False
        assert 'queue_job' in read['options']['server_wide_modules'].split(',')

    def test_secrets_are_for_their_owner_only(self, tmp_path):
        os.umask(0)
        try:
            path = paths.private_file(tmp_path / 'x' / 'pin', 'secret')
        finally:
            os.umask(0o022)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text() == 'secret'

    def test_remembers_and_forgives_a_torn_file(self, tmp_path):
        facts = settings.Remembered(tmp_path / 'state.json')
        facts.set('a', {'b': 'c'})
        assert facts.get('a') == {'b': 'c'}
        facts.path.write_text('{"a": ')
        assert facts.get('a', 'none') == 'none'


class TestPorts:
    def test_takes_the_next_free_one(self):
        assert server.choose_port(None, 8069, free=lambda port: port > 8071) == 8072

    def test_insists(self):
        with pytest.raises(ui.Failure, match='9000 is in use'):
            server.choose_port(9000, free=lambda port: False)
        assert server.choose_port(9000, free=lambda port: True) == 9000

    @pytest.mark.parametrize('port', [0, -1, 65536])
    def test_refuses_what_is_no_port(self, port):
        with pytest.raises(ui.Failure, match='no port'):
            server.choose_port(port, free=lambda port: True)

    def test_says_when_none_is_free(self):
        with pytest.raises(ui.Failure, match='No free port'):
            server.choose_port(None, free=lambda port: False)


class TestLocks:
    def test_a_port_that_another_is_about_to_take_is_left_alone(self, monkeypatch, tmp_path):
        monkeypatch.setenv('ESIGN_CACHE', str(tmp_path))
        monkeypatch.setattr(server, 'is_free', lambda port: True)
        monkeypatch.setattr(server, '_reserved', {})
        other = locks.Hold(tmp_path / 'locks' / 'port-8069')
        assert server.choose_port(None, 8069) == 8070
        assert server.choose_port(8070) == 8070  # ours already
        other.release()
        assert server.choose_port(None, 8069) == 8069

    def test_one_at_a_time(self, tmp_path):
        with locks.attempt(tmp_path / 'x') as first, locks.attempt(tmp_path / 'x') as second:
            assert (first, second) == (True, False)
        with locks.attempt(tmp_path / 'x') as again:
            assert again

    def test_the_last_one_knows_it(self, tmp_path):
        one, two = locks.Shared(tmp_path / 'x'), locks.Shared(tmp_path / 'x')
        one.take()
        two.take()
        assert not one.last()
        one.leave()
        assert two.last()


class TestChecksums:
    def test_code_counts_tests_do_not(self, tmp_path):
        root = make_addon(tmp_path, 'esign_a')
        before = addons.checksum('esign_a', tmp_path)
        (root / 'tests').mkdir()
        (root / 'tests' / 'test_a.py').write_text('y = 2\n')
        (root / 'models' / '__pycache__').mkdir()
        (root / 'models' / '__pycache__' / 'a.pyc').write_text('z')
        assert addons.checksum('esign_a', tmp_path) == before
        (root / 'models' / 'a.py').write_text('x = 2\n')
        assert addons.checksum('esign_a', tmp_path) != before

    def test_moving_bytes_between_files_is_a_change(self, tmp_path):
        root = make_addon(tmp_path, 'esign_a')
        (root / 'a').write_text('12')
        (root / 'b').write_text('3')
        before = addons.checksum('esign_a', tmp_path)
        (root / 'a').write_text('1')
        (root / 'b').write_text('23')
        assert addons.checksum('esign_a', tmp_path) != before

    def test_changes(self):
        assert addons.changes({'a': '1', 'b': '2'}, {'a': '1', 'b': '3', 'c': '4'}) == (['c'], ['b'])

    def test_foundations_are_what_others_provide(self, tmp_path):
        make_addon(tmp_path, 'esign_a', ['portal', 'mail'])
        make_addon(tmp_path, 'esign_b', ['esign_a', 'sms'])
        assert addons.foundations(tmp_path) == ['mail', 'portal', 'sms']


class TestPlan:
    @pytest.fixture
    def tests(self, tmp_path):
        for room in ('signing', 'cli', 'e2e', 'bench', 'corpus'):
            (tmp_path / room).mkdir()
            (tmp_path / room / 'test_x.py').touch()
        return tmp_path

    def test_all(self, tests):
        todo = testing.plan([], tests, ['esign_a'])
        assert todo.pure == [str(tests / 'cli'), str(tests / 'signing')]
        assert todo.tags == ['/esign_a']
        assert todo.journeys == [str(tests / 'e2e')]

    def test_names(self, tests):
        names = ['esign_a', '/esign_a:TestX.test_y', 'signing', 'e2e', f'{tests}/cli/test_x.py::test_a']
        todo = testing.plan(names, tests, ['esign_a'])
        assert todo.tags == ['/esign_a', '/esign_a:TestX.test_y']
        assert todo.pure == [str(tests / 'signing'), f'{tests}/cli/test_x.py::test_a']
        assert todo.journeys == [str(tests / 'e2e')]

    def test_an_unknown_name_is_refused(self, tests):
        with pytest.raises(ui.Failure, match='no test called'):
            testing.plan(['nothing here'], tests, ['esign_a'])

    @pytest.mark.parametrize(
        ('tag', 'modules'),
        [('/esign_base', ['esign_base']), ('/esign_base:TestX', ['esign_base']), ('slow', addons.names())],
    )
    def test_modules_of_a_tag(self, tag, modules):
        assert testing.modules_of([tag]) == modules


class TestVerdict:
    def closed(self, *counts, objections=()):
        session = testing.Session()
        for one in counts:
            session.add('runner', one)
        for text in objections:
            session.object(text)
        return session.close()

    def test_green(self, capsys):
        assert self.closed(testing.reports.Counts(3, 0, 0), testing.reports.Counts(4, 0, 1)) == 0
        assert capsys.readouterr().out.splitlines()[-1] == '7 passed, 0 failed'

    @pytest.mark.parametrize('counts', [(0, 0, 0), (0, 0, 5), (3, 1, 0)])
    def test_red(self, counts, capsys):
        assert self.closed(testing.reports.Counts(*counts)) == 1
        assert capsys.readouterr().out.splitlines()[-1] == f'{counts[0]} passed, {counts[1]} failed'

    def test_nothing_at_all_is_red(self):
        assert self.closed() == 1

    def test_a_runner_without_report_is_red(self):
        assert self.closed(testing.reports.Counts(3, 0, 0), None) == 1

    def test_an_objection_is_red(self):
        assert self.closed(testing.reports.Counts(3, 0, 0), objections=['a warning']) == 1


class TestOdooHome:
    def checkout(self, folder, version):
        (folder / 'odoo' / 'addons' / 'base').mkdir(parents=True)
        (folder / 'addons' / 'web').mkdir(parents=True)
        (folder / 'odoo' / 'release.py').write_text(f'version_info = ({version}, FINAL, 0, "")\n')

    def test_a_good_one(self, tmp_path, monkeypatch):
        self.checkout(tmp_path, '19, 0, 0')
        monkeypatch.setenv('ODOO_HOME', str(tmp_path))
        found = odoo_source.find()
        assert found.path == tmp_path
        assert set(found.addons) == {tmp_path / 'addons', tmp_path / 'odoo' / 'addons'}

    def test_another_series_is_named(self, tmp_path, monkeypatch):
        self.checkout(tmp_path, '18, 0, 0')
        monkeypatch.setenv('ODOO_HOME', str(tmp_path))
        with pytest.raises(ui.Failure, match=r'that is Odoo 18\.0'):
            odoo_source.find()

    def test_a_shallow_clone_of_a_repository(self, tmp_path, monkeypatch):
        source = tmp_path / 'source'
        self.checkout(source, '19, 0, 0')
        (source / 'addons' / 'web' / '__manifest__.py').touch()
        git = ['git', '-c', 'user.name=x', '-c', 'user.email=x@example.com', '-C', str(source)]
        for words in (['init', '-q', '-b', '19.0'], ['add', '.'], ['commit', '-qm', 'one']):
            subprocess.run([*git, *words], check=True)
        monkeypatch.delenv('ODOO_HOME', raising=False)
        monkeypatch.setenv('ESIGN_CACHE', str(tmp_path / 'cache'))
        monkeypatch.setenv('ESIGN_ODOO_GIT', source.as_uri())
        paths.make_cache()
        assert odoo_source.find().version == '19.0'
        assert odoo_source.find().path.is_relative_to(tmp_path / 'cache')
        monkeypatch.setenv('ESIGN_ODOO_GIT', (tmp_path / 'nowhere').as_uri())
        with pytest.raises(ui.Failure, match='Cloning Odoo failed') as caught:
            odoo_source.find()
        assert 'branch 19.0' in caught.value.hint

    def test_no_odoo_there(self, tmp_path, monkeypatch):
        monkeypatch.setenv('ODOO_HOME', str(tmp_path / 'nowhere'))
        with pytest.raises(ui.Failure, match='ODOO_HOME says') as caught:
            odoo_source.find()
        assert 'ODOO_HOME=/path/to/odoo' in caught.value.hint


class TestMessages:
    def test_disk_full(self):
        assert 'disk is full' in str(ui.os_failure(OSError(errno.ENOSPC, 'x')))

    def test_not_allowed(self):
        assert 'Not allowed' in str(ui.os_failure(PermissionError(errno.EACCES, 'x', '/root/y')))

    def test_a_program_that_is_not_there(self):
        with pytest.raises(ui.Failure, match=r'Cloning failed: the program no-such-program'):
            ui.run(['no-such-program'], 'Cloning')

    def test_a_program_that_fails_shows_its_last_words_and_the_hint(self):
        with pytest.raises(ui.Failure, match='Trying failed') as caught:
            ui.run(['sh', '-c', 'echo last words; exit 3'], 'Trying', hint='Do this.')
        assert caught.value.hint.splitlines() == ['Do this.', '| last words']

    def test_a_full_disk_of_a_program_is_seen(self):
        with pytest.raises(ui.Failure, match='disk is full'):
            ui.run(['sh', '-c', 'echo No space left on device; exit 1'], 'Trying')


class TestToken:
    def test_half_a_configuration_is_refused(self, monkeypatch, tmp_path):
        for name in softhsm.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv('ESIGN_PKCS11_MODULE', '/x.so')
        with pytest.raises(ui.Failure, match='ESIGN_PKCS11_TOKEN, ESIGN_PKCS11_PIN_FILE is not'):
            softhsm.token_environment(tmp_path)

    def test_a_copy_is_a_token_of_its_own(self, monkeypatch, tmp_path):
        for name in softhsm.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(paths, 'STATE', tmp_path)
        (tmp_path / 'locks').mkdir()
        first, second = tmp_path / 'a' / 'softhsm', tmp_path / 'b' / 'softhsm'
        softhsm.token_environment(first)
        softhsm.token_environment(second)
        (second / 'tokens' / 'older').touch()
        softhsm.copy(first, second)
        made = softhsm.token_environment(second)
        assert Path(made['ESIGN_PKCS11_PIN_FILE']).read_text() == (first / 'pin').read_text()
        assert str(first) not in Path(made['SOFTHSM2_CONF']).read_text()
        names = {path.relative_to(first) for path in (first / 'tokens').rglob('*')}
        assert {path.relative_to(second) for path in (second / 'tokens').rglob('*')} == names
        softhsm.copy(tmp_path / 'nothing', second)
        assert not second.exists()

    @pytest.fixture
    def token(self, monkeypatch, tmp_path):
        """A private token of SoftHSM, named as one of the user's own."""
        for name in softhsm.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(paths, 'STATE', tmp_path)
        (tmp_path / 'locks').mkdir()
        for name, value in softhsm.token_environment(tmp_path / 'own' / 'softhsm').items():
            monkeypatch.setenv(name, value)
        return {name: os.environ[name] for name in softhsm.VARIABLES}

    def refusal(self, token, monkeypatch, **changes):
        for name, value in changes.items():
            monkeypatch.setenv(f'ESIGN_PKCS11_{name}', str(value))
        with pytest.raises(ui.Failure) as failure:
            softhsm.check(softhsm.token_environment(paths.STATE / 'softhsm'), python_env.environment())
        return str(failure.value), failure.value.hint

    def test_a_token_that_lets_the_server_in(self, token):
        softhsm.check(token, python_env.environment())

    def test_what_keeps_the_server_out_is_said_in_words(self, token, monkeypatch, tmp_path):
        wrong = paths.private_file(tmp_path / 'wrong', 'not-the-pin')
        said, hint = self.refusal(token, monkeypatch, PIN_FILE=wrong)
        assert said == f'The token {softhsm.LABEL} refuses the PIN in {wrong}.'
        assert 'user PIN' in hint
        assert 'not-the-pin' not in said + hint
        said, hint = self.refusal(token, monkeypatch, TOKEN='elsewhere')
        assert 'no token with the label elsewhere' in said
        assert 'ESIGN_PKCS11_TOKEN' in hint
        said, hint = self.refusal(token, monkeypatch, MODULE=wrong)
        assert f'{wrong} cannot be loaded' in said

    def test_doctor_asks_the_token(self, token, monkeypatch, capsys, tmp_path):
        monkeypatch.setattr(doctor, 'CHECKS', [('key token', doctor._token)])
        monkeypatch.setattr(python_env._Chosen, 'lock', 'dev')
        assert doctor.main() == 0
        monkeypatch.setenv('ESIGN_PKCS11_PIN_FILE', str(paths.private_file(tmp_path / 'wrong', 'not-the-pin')))
        assert doctor.main() == 1
        assert 'refuses the PIN' in capsys.readouterr().out

    @pytest.mark.parametrize('command', ['run', 'setup'])
    def test_a_start_with_a_wrong_pin_ends_before_a_database_is_made(self, token, monkeypatch, tmp_path, command):
        class NoStore:
            def demo(self):
                raise AssertionError('the token was not asked first')

        @contextmanager
        def opened():
            yield server.House(tmp_path / 'own', None), NoStore()

        monkeypatch.setenv('ESIGN_PKCS11_PIN_FILE', str(paths.private_file(tmp_path / 'wrong', 'not-the-pin')))
        monkeypatch.setattr(commands, 'opened', opened)
        monkeypatch.setattr(commands, 'prepare', lambda: None)
        monkeypatch.setattr(commands, '_tools', lambda: None)
        arguments = commands.parser().parse_args([command])
        with pytest.raises(ui.Failure, match='refuses the PIN'):
            arguments.function(arguments)

    def test_a_private_token_that_is_not_made_yet_is_not_asked(self, monkeypatch, tmp_path):
        for name in softhsm.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        server.House(tmp_path, None).check_token()
        assert list(tmp_path.iterdir()) == []


class TestProcesses:
    def test_a_stale_number_is_not_alive(self, tmp_path, monkeypatch):
        monkeypatch.setattr(paths, 'STATE', tmp_path)
        processes.register('server', os.getpid(), 'http://localhost:1')
        assert processes.find('server').pid == os.getpid()
        file = next(processes.folder().glob('*.json'))
        entry = processes.Entry('server', os.getpid(), 'another start')
        file.write_text(processes.json.dumps(processes.asdict(entry)))
        assert processes.find('server') is None
        assert not file.exists()

    def test_torn_files_are_forgotten(self, tmp_path, monkeypatch):
        monkeypatch.setattr(paths, 'STATE', tmp_path)
        processes.folder().mkdir()
        (processes.folder() / 'x-1.json').write_text('{')
        assert list(processes.living()) == []


class TestPostgres:
    def test_pghost_is_used(self, monkeypatch):
        monkeypatch.setenv('PGHOST', 'db.example')
        monkeypatch.setenv('PGPORT', '5433')
        monkeypatch.delenv('PGUSER', raising=False)
        found = postgres.external()
        assert found.options() == {'db_host': 'db.example', 'db_port': '5433'}
        assert found.external

    def test_a_deep_checkout_still_gets_a_socket(self, monkeypatch, tmp_path):
        monkeypatch.setattr(postgres, 'home', lambda: tmp_path / ('d' * 120))
        assert len(str(postgres.socket_folder())) < postgres.SOCKET_LIMIT


@pytest.mark.parametrize('command', [[], *([name] for name in ('setup', 'run', 'test', 'lint', 'bench', 'shell', 'stop',
                                                               'reset', 'doctor', 'lock'))])  # fmt: skip
def test_every_command_says_what_it_takes(command, capsys):
    with pytest.raises(SystemExit) as end:
        commands.parser().parse_args([*command, '--help'])
    assert end.value.code == 0
    assert 'usage: esign' in capsys.readouterr().out


# R1.1
@pytest.mark.parametrize(('rows', 'worst'), [([[7, '+86 138 0000 0001']], 1), ([], 0), (None, 0)])
def test_doctor_tells_of_logins_that_keep_somebody_out(monkeypatch, capsys, rows, worst):
    """By the numbers of the logins: a mobile number is nobody's business."""
    monkeypatch.setattr(doctor, '_strays', lambda: rows)
    monkeypatch.setattr(doctor, 'CHECKS', [('logins', doctor._logins)])
    assert doctor.main() == worst
    said = capsys.readouterr().out
    assert ('users 7' in said) == bool(worst)
    assert '0001' not in said
