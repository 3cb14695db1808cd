"""The proxy of production before a node of the journeys' database: config/docker/nginx.conf on a real nginx."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .conftest import end_process, environment

ROOT = Path(__file__).parents[2]
CONF = ROOT / 'config' / 'docker' / 'nginx.conf'
ODOO = ROOT / 'config' / 'cli' / 'odoo_bin.py'
READY = 90  # seconds


@dataclass
class Front:
    """A proxy and the node behind it."""

    port: int
    node: int
    log: Path  # of the node


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(('127.0.0.1', 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    """A node that believes its proxy, as in the compose file, and the proxy; both on loopback alone."""
    http, https, node, bus = free_ports(4)
    log = folder / 'node.log'
    with _started(_node_command(node, bus), log, os.environ.copy()), _proxy(folder, http, https, node, bus):
        yield Front(https, node, log)


def _node_command(port: int, bus: int) -> list[str]:
    database = environment('ESIGN_E2E_DATABASE')
    return [
        sys.executable, str(ODOO), '-c', environment('ESIGN_E2E_CONF'), '-d', database,
        f'--http-port={port}', f'--gevent-port={bus}', '--http-interface=127.0.0.1', '--max-cron-threads=0',
        '--proxy-mode',
    ]  # fmt: skip


@contextmanager
def _proxy(folder: Path, http: int, https: int, node: int, bus: int) -> Iterator[None]:
    program = environment('ESIGN_NGINX')
    place = folder / 'nginx'
    (place / 'temp').mkdir(parents=True)
    _certificate(place)
    conf = place / 'nginx.conf'
    conf.write_text(here(CONF.read_text(encoding='utf-8'), place, http, https, node, bus), encoding='utf-8')
    command = [program, '-p', str(place), '-c', str(conf), '-e', str(place / 'error.log'), '-g', 'daemon off;']
    with _started(command, place / 'out.log', {'PATH': os.environ['PATH']}, https):
        yield


def here(text: str, place: Path, http: int, https: int, node: int, bus: int) -> str:
    """The production file with this machine's addresses and folders; every change must find its place."""
    temp = ''.join(
        f'{kind}_temp_path {place}/temp/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')
    )
    changes = {
        'worker_processes auto;': f'worker_processes 1; pid {place}/nginx.pid;',
        'include /etc/nginx/mime.types;': temp,
        'access_log /dev/stdout esign;': f'access_log {place}/access.log esign;',
        'server web:8069;': f'server 127.0.0.1:{node};',
        'server web:8072;': f'server 127.0.0.1:{bus};',
        'listen 80;': f'listen 127.0.0.1:{http};',
        'listen 443 ssl;': f'listen 127.0.0.1:{https} ssl;',
        'http2 on;': '',  # nginx 1.25.1; Debian's may be older
        '/run/secrets/tls_certificate': f'{place}/certificate.pem',
        '/run/secrets/tls_key': f'{place}/key.pem',
    }
    for old, new in changes.items():
        assert text.count(old) == 1, f'{old} stands {text.count(old)} times in nginx.conf'
        text = text.replace(old, new)
    return text


def _certificate(place: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'localhost')])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (place / 'certificate.pem').write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    (place / 'key.pem').write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


@contextmanager
def _started(command: list[str], log: Path, env: dict[str, str], port: int = 0) -> Iterator[None]:
    """A program whose port answers; ended at the end."""
    port = port or int(next(one for one in command if one.startswith('--http-port=')).partition('=')[2])
    with log.open('w') as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=env)
    try:
        end = time.monotonic() + READY
        while not _answers(port):
            assert process.poll() is None and time.monotonic() < end, log.read_text()[-2000:]
            time.sleep(0.2)
        yield
    finally:
        end_process(process)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0
