"""Prepared files and a register for tests of the verification."""

import functools
from unittest.mock import patch

from odoo.tests import TransactionCase

from odoo.addons.esign_base.signing.acts.trust import Trust
from odoo.addons.esign_base.tests.common import private_token, repository


@functools.cache
def kit():
    """The forgers' and signers' tools of the core's tests."""

    class Kit:
        pass

    Kit.kinds, Kit.updates = repository('tests.corpus.kinds'), repository('tests.corpus.updates')
    for tool in ('elsewhere', 'cases', 'forgeries', 'support'):
        setattr(Kit, tool, repository(f'tests.signing.acts_{tool}'))
    return Kit


class FilesCase(TransactionCase):
    """A certificate authority in memory stands for the platform's; documents are registered as issued."""

    @classmethod
    def setUpClass(cls):
        private_token()
        super().setUpClass()
        cls.kit = kit()
        cls.world = cls.kit.support.World()
        cls.trusted = cls.world.trust()

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(type(self.env['esign.signing']), '_trust', lambda _model: self.own_trust()))

    def own_trust(self):
        given = self.trusted
        return Trust(given.roots, given.certificates, given.crls, given.ocsps)

    def register(self, name, *contents, kinds=None):
        """A document whose revisions are these bytes, all issued by us."""
        document = self.env['esign.document'].sudo().create({'name': name})
        base = None
        for number, data in enumerate(contents):
            kind = kinds[number] if kinds else 'prepared' if not number else 'act'
            base = document._append(data, kind, base=base)
        return document

    def answer(self, data, **options):
        """(code, what is shown to a stranger)."""
        record, _token = self.env['esign.verification']._check(data, **options)
        return record.answer, record._shown(None)

    def know(self, *contracts):
        """Put the signers' certificates into the register."""
        rows = self.env['esign.certificate'].sudo()
        for contract in contracts:
            for signatory, kind in [
                (contract.platform, 'platform'),
                *((one, 'long_term') for one in contract.signatories),
            ]:
                certificate = signatory.certificate
                rows.create(
                    {
                        'kind': kind,
                        'state': 'valid',
                        'holder_name': str(certificate.subject.native['common_name']),
                        'serial': f'{certificate.serial_number:X}',
                        'issuer': 'test',
                        'fingerprint': certificate.sha256.hex(),
                    }
                )
