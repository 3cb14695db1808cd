"""Signed envelopes and signatures by themselves: each is named in words where a person brings it."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from playwright.sync_api import expect

from tests.corpus import kinds
from tests.signing.acts_elsewhere import Stranger

from .test_launch_files import Drafting, drafting  # noqa: F401  a fixture
from .test_verify import form  # noqa: F401  a fixture

DROP = """([place, bytes, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name));
    const area = document.querySelector(place);
    for (const kind of ['dragenter', 'dragover', 'drop']) {
        area.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
    }
}"""


def made(*options: pkcs7.PKCS7Options) -> bytes:
    key, certificate = Stranger().certificate('信封')
    builder = pkcs7.PKCS7SignatureBuilder().set_data(kinds.text_pdf())
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


ENVELOPE, ALONE = made(), made(pkcs7.PKCS7Options.DetachedSignature)
FILES = {
    '合同.pdf.p7m': (ENVELOPE, '签名信封（.p7m）', '取出其中的 PDF'),
    '合同.p7s': (ALONE, '单独的签名（.p7s）', '上传它所签署的 PDF'),
    '改了名的合同.pdf': (ENVELOPE, '签名信封（.p7m）', '取出其中的 PDF'),
}


def drop(page, place: str, name: str, data: bytes) -> None:
    page.evaluate(DROP, [place, base64.b64encode(data).decode(), name])


# R2.3
def test_the_launch_names_them(drafting: Drafting) -> None:  # noqa: F811
    for way in ('chosen', 'dropped'):
        for name, (data, what, todo) in FILES.items():
            shown = f'{way} {name}'
            if way == 'chosen':
                drafting.choose(shown, data)
            else:
                drop(drafting.page, '.es-papers, .es-drop', shown, data)
            expect(drafting.row(shown)).to_contain_text(what, timeout=60_000)
            expect(drafting.row(shown)).to_contain_text(todo)
    drafting.visit.shoot('envelopes-launch')
    assert not drafting.visit.scrolls_sideways()
    assert not drafting.contracts()


# R4.1
@pytest.mark.parametrize('name', FILES)
def test_the_verification_names_them(form, name) -> None:  # noqa: F811
    data, what, _todo = FILES[name]
    drop(form.page, 'form.es-verify', name, data)
    form.page.wait_for_selector('[data-answer]')
    expect(form.page.locator('.es-answer__title')).to_have_text('无法识别')
    expect(form.page.locator('.es-answer')).to_contain_text(what)
    form.shoot(f'envelope {name}')
    assert not form.scrolls_sideways()
