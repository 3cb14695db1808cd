"""A contract whose records the owner of the tables has rewritten: the verification page says so."""

import base64
import os
from contextlib import contextmanager

import psycopg2
import pytest
from playwright.sync_api import expect

from .test_verify import upload

OWNER, TESTER = 'esign_owner', 'esign_tester'


@contextmanager
def as_owner():
    """A cursor in the database of the journeys, as the owner of the evidence, the triggers of confirmations off."""
    connection = psycopg2.connect(dbname=os.environ['ESIGN_E2E_DATABASE'], user=TESTER)
    with connection, connection.cursor() as cursor:
        cursor.execute(f'SET ROLE {OWNER}')
        cursor.execute('ALTER TABLE esign_consent DISABLE TRIGGER USER')
        yield cursor
        cursor.execute('ALTER TABLE esign_consent ENABLE TRIGGER USER')
    connection.close()


@pytest.fixture
def signed(staff):
    """(bytes of the newest version, id of the confirmation of its first act) of a completed contract."""
    group = staff.call('esign.contract.group', 'search', [('state', '=', 'done')], limit=1)
    contract = staff.call('esign.contract', 'search_read', [('group_id', '=', group)], ['document_id'])[0]
    document = contract['document_id'][0]
    (newest,) = staff.call(
        'esign.document.revision', 'search_read', [('document_id', '=', document)], ['file_id'], order='number desc',
        limit=1,
    )  # fmt: skip
    (file,) = staff.call('ir.attachment', 'read', [newest['file_id'][0]], ['datas'])
    act = staff.call('esign.signing.act', 'search_read', [('group_id', '=', group)], ['consent_id'], limit=1)[0]
    return base64.b64decode(file['datas']), act['consent_id'][0]


@pytest.fixture
def without_proof(signed):
    """The file, while its confirmation has lost its proof."""
    data, consent = signed
    with as_owner() as cursor:
        cursor.execute('SELECT proof FROM esign_consent WHERE id = %s', [consent])
        (proof,) = cursor.fetchone()
        cursor.execute('UPDATE esign_consent SET proof = NULL WHERE id = %s', [consent])
    yield data
    with as_owner() as cursor:
        cursor.execute('UPDATE esign_consent SET proof = %s WHERE id = %s', [proof, consent])


# R3.4 R8.3
def test_a_confirmation_without_proof_is_named(visit, signed, without_proof):
    page = visit.page
    page.goto('/esign/verify')
    page.wait_for_selector('form.es-verify.is-enhanced')
    upload(page, without_proof)
    expect(page.locator('.es-answer__title')).to_have_text('签署记录有问题')
    expect(page.locator('.es-answer__reasons')).to_have_text('签署意愿没有证明')
    assert not visit.scrolls_sideways()
    visit.shoot('unproven')


# R3.4
def test_the_same_file_is_genuine_with_its_proof(visitors, signed):
    visit = visitors.come('desktop')
    visit.page.goto('/esign/verify')
    visit.page.wait_for_selector('form.es-verify.is-enhanced')
    upload(visit.page, signed[0])
    expect(visit.page.locator('.es-answer__title')).to_have_text('真实有效')
