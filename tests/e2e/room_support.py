"""What journeys through the signing room need: groups to sign, codes, and the eye of a ruler."""

import io
import json
import os
import re
import time
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path

import numpy
import pypdfium2
from PIL import Image

STAFF = ('admin', 'admin')
SIGNER = ('13800000001', 'signer-demo')
CODE = re.compile(r'(?<!\d)\d{6}(?!\d)')
MM_PER_INCH = 25.4
DPI = 200
# What the launcher and the queue do, by the methods of the engine. `spec` comes before it.
PREPARE = """
demo = env['esign.development'].with_context(queue_job__no_delay=True, lang='zh_CN')
who = [demo._person(1)]
group = demo._demo_group(spec['name'], 'general', spec['files'], who, placed=spec['placed'])
demo._launch_demo(group)
if group.state != 'pending':
    raise UserError(group.problem or group.state)
env['esign.rate.limit']._clear('otp.resend', 'esign.consent:13800000001')
env['esign.rate.limit']._clear('otp.day', '13800000001')
log(str(group.id), level='e2e:' + spec['name'])
"""


class Staff:
    """The administrator at the database's interface."""

    def __init__(self, server: str) -> None:
        self.database = os.environ['ESIGN_E2E_DATABASE']
        common = xmlrpc.client.ServerProxy(f'{server}/xmlrpc/2/common')
        self.uid = common.authenticate(self.database, *STAFF, {})
        self.models = xmlrpc.client.ServerProxy(f'{server}/xmlrpc/2/object')

    def call(self, model: str, method: str, *args, **kwargs):
        return self.models.execute_kw(self.database, self.uid, STAFF[1], model, method, list(args), kwargs)

    def run(self, code: str) -> None:
        """Runs code on the server once, as a server action."""
        model = self.call('ir.model', 'search', [('model', '=', 'res.partner')])[0]
        action = self.call(
            'ir.actions.server', 'create', {'name': 'e2e', 'model_id': model, 'state': 'code', 'code': code}
        )
        action = action[0] if isinstance(action, list) else action
        self.call('ir.actions.server', 'run', [action])

    def group(self, name: str, files: list[str], *, placed: bool) -> int:
        """A launched group that the demonstration's signer signs alone; answers its id."""
        self.run(f'spec = { ({"name": name, "files": files, "placed": placed})!r}\n{PREPARE}')
        return self.call('esign.contract.group', 'search', [('name', '=', name)], order='id desc', limit=1)[0]

    def state(self, group: int) -> str:
        return self.call('esign.contract.group', 'read', [group], ['state'])[0]['state']


def newest_code(since: float) -> str:
    """The code of the last message to the signer, as he reads it."""
    path, end = Path(os.environ['ESIGN_SMS_FILE']), time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.stat().st_mtime >= since:
            for line in reversed(path.read_text(encoding='utf-8').splitlines()):
                message = json.loads(line)
                if message['to'].endswith(SIGNER[0]):
                    return CODE.findall(message['text'])[-1]
        time.sleep(0.1)
    raise AssertionError('no code has arrived')


@dataclass(frozen=True)
class Extent:
    """What is red on a page: edges in mm from the top left of the page."""

    left: float
    top: float
    right: float
    bottom: float

    def apart(self, other: 'Extent') -> float:
        """The largest distance of two edges that should be one."""
        pairs = zip(
            (self.left, self.top, self.right, self.bottom),
            (other.left, other.top, other.right, other.bottom),
            strict=True,
        )
        return max(abs(one - two) for one, two in pairs)


def red(picture: numpy.ndarray, mm_per_pixel: float) -> Extent:
    """The extent of red ink in a picture (RGB)."""
    channels = picture.astype(int)
    ink = (channels[..., 0] > 150) & (channels[..., 1] < 110) & (channels[..., 2] < 110)
    rows, columns = numpy.flatnonzero(ink.any(axis=1)), numpy.flatnonzero(ink.any(axis=0))
    assert rows.size, 'nothing red is there'
    left, right, top, bottom = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
    return Extent(left * mm_per_pixel, top * mm_per_pixel, right * mm_per_pixel, bottom * mm_per_pixel)


def red_of_pdf(data: bytes, page: int) -> Extent:
    """The extent of red ink on a page as PDFium draws it with its fields."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    bitmap = document[page - 1].render(scale=DPI / 72, may_draw_forms=True)
    return red(numpy.asarray(bitmap.to_pil().convert('RGB')), MM_PER_INCH / DPI)


def red_of_picture(png: bytes, width_mm: float) -> Extent:
    """The extent of red ink in a screenshot of a page that is so wide."""
    picture = numpy.asarray(Image.open(io.BytesIO(png)).convert('RGB'))
    return red(picture, width_mm / picture.shape[1])
