"""Production is what development is: the compose file, the image and the entry script agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / 'docker-compose.yml').read_text(encoding='utf-8')
DOCKERFILE = (ROOT / 'config/docker/Dockerfile').read_text(encoding='utf-8')
CONF = (ROOT / 'config/odoo.conf').read_text(encoding='utf-8')
NGINX = (ROOT / 'config/docker/nginx.conf').read_text(encoding='utf-8')
CLI = ''.join(path.read_text(encoding='utf-8') for path in (ROOT / 'config/cli').glob('*.py'))
ROLES = (ROOT / 'config/cli/roles.py').read_text(encoding='utf-8')
ENTRYPOINT = (ROOT / 'config/docker/entrypoint.sh').read_text(encoding='utf-8')
ADDONS = ''.join(
    path.read_text(encoding='utf-8')
    for path in (ROOT / 'addons').rglob('*.py')
    if 'tests' not in path.relative_to(ROOT).parts
)


# R6.2
@pytest.mark.parametrize(
    'name', sorted(set(re.findall(r'(ESIGN_[A-Z0-9_]+)[:=]', COMPOSE)) - {'ESIGN_HTTP_PORT', 'ESIGN_HTTPS_PORT'})
)
def test_every_variable_of_the_compose_file_is_read_by_something(name):
    short = name.removeprefix('ESIGN_').lower()
    assert name in ADDONS + ROLES or f"'{short}'" in ADDONS, f'{name} is set but nothing reads it'


def test_the_image_installs_the_locked_packages():
    for lock in re.findall(r'config/requirements/(\w+\.txt)', DOCKERFILE):
        assert (ROOT / 'config/requirements' / lock).is_file()
    assert '--require-hashes' in DOCKERFILE
    assert DOCKERFILE.count('--only-binary') == 1


def test_every_file_that_the_image_copies_exists():
    for line in DOCKERFILE.splitlines():
        if line.startswith('COPY'):
            for source in [word for word in line.split()[1:-1] if not word.startswith('--')]:
                assert (ROOT / source).exists(), source


def test_the_image_has_no_demonstration():
    left_out = (ROOT / '.dockerignore').read_text(encoding='utf-8').split('\n')
    assert (ROOT / 'addons/esign_demo').is_dir()
    assert 'addons/esign_demo' in left_out


def test_the_common_settings_are_production_s():
    assert 'list_db = False' in CONF
    assert 'queue_job' in CONF
    assert 'config/odoo.conf' in DOCKERFILE
    assert "'odoo.conf'" in CLI


def test_one_node_runs_the_jobs():
    assert COMPOSE.count('ODOO_QUEUE_JOB_CHANNELS: "root:0"') == 1
    assert COMPOSE.count('ODOO_QUEUE_JOB_CHANNELS: "root:2,root.esign_callback:1"') == 1


def test_secrets_are_files_and_nothing_secret_stands_in_the_compose_file():
    assert not re.search(r'(PASSWORD|PIN|SECRET|KEY): *["\']?\w', COMPOSE)
    names = set(re.findall(r'/run/secrets/(\w+)', COMPOSE + NGINX))
    declared = set(re.findall(r'^  (\w+):\n    file:', COMPOSE, re.MULTILINE))
    assert names == declared


def test_forwarded_headers_count_only_behind_the_proxy():
    """On a port that anybody reaches they would let everybody choose his own address."""
    assert 'proxy_mode' not in CONF
    assert COMPOSE.count('--proxy-mode') == 1
    assert '--proxy-mode' in re.search(r'^  web:.*?(?=^  \w+:)', COMPOSE, re.DOTALL | re.MULTILINE).group(0)


def test_nothing_is_there_before_a_database_is_chosen():
    assert 'esign_base' in re.search(r'server_wide_modules = (.*)', CONF).group(1).split(',')


def test_the_proxy_denies_by_default():
    """What it lets through is tried on a real one: tests/e2e/test_proxy.py."""
    assert 'location / { return 404; }' in NGINX
    assert 'secure httponly samesite=lax' in NGINX
    assert '$request_uri' not in re.search(r'log_format.*?;', NGINX, re.DOTALL).group(0)


# R8.3
def test_the_nodes_log_in_as_a_role_that_owns_no_evidence():
    common, rest = COMPOSE.split('services:', 1)
    assert 'USER: esign_server' in common
    assert '/run/secrets/server_password' in common
    assert 'postgres_password' not in common
    upgrade = re.search(r'\n  upgrade:\n(.*?)\n\n', rest, re.DOTALL).group(1)
    assert 'profiles: [upgrade]' in upgrade
    assert 'USER: esign\n' in upgrade
    assert 'ESIGN_SERVER_ROLE: esign_server' in upgrade
    # Who installs gives the evidence away before the node ends, and ends in failure when it cannot.
    assert 'set -euo pipefail' in ENTRYPOINT
    assert ENTRYPOINT.index('--stop-after-init') < ENTRYPOINT.index('/opt/esign/roles.py')
    assert 'COPY config/cli/roles.py /opt/esign/roles.py' in DOCKERFILE
