"""Contract groups for tests, on real documents, through the real methods."""

import datetime as dt
import io
import itertools
from unittest.mock import patch

from reportlab.pdfgen.canvas import Canvas

from odoo.tests import HttpCase, TransactionCase

from odoo.addons.esign_base.rules import otp
from odoo.addons.esign_base.signing.acts.verify import verify
from odoo.addons.esign_base.tests.common import private_token
from odoo.addons.esign_enterprise.tests.common import EnterpriseFixtures

CODE = '246810'
_serial = itertools.count(1)


def contract_pdf(pages=3, text='Contract'):
    """A plain A4 document."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for number in range(pages):
        canvas.drawString(72, 770, f'{text} page {number + 1}')
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class EngineCase(EnterpriseFixtures, TransactionCase):
    """Two certified enterprises with their seals, three persons; codes are known."""

    @classmethod
    def setUpClass(cls):
        private_token()
        super().setUpClass()
        if not issubclass(cls, HttpCase):  # which is in test mode already
            cls.registry_enter_test_mode_cls()
        cls.env['res.lang']._activate_lang('zh_CN')
        cls._set_up_fixtures()
        codes = patch.object(otp, 'new_code', return_value=CODE)
        codes.start()
        cls.addClassCleanup(codes.stop)
        cls.env = cls.env(context={**cls.env.context, 'queue_job__no_delay': True})
        cls.alice = cls.make_person('张三')
        cls.bob = cls.make_person('李四')
        cls.carol = cls.make_person('王五')
        cls.own = cls.certified(cls.alice, name='北京发起科技有限公司')
        cls.other = cls.certified(cls.bob, name='上海签约贸易有限公司')
        for certificate in cls.env['esign.certificate'].search([('state', '=', 'requested')]):
            certificate._issue()
        cls.authorise(cls.own, cls.alice)
        cls.authorise(cls.other, cls.bob)
        for person in (cls.alice, cls.bob, cls.carol):
            cls.env['esign.seal']._make_name_seal(person)

    @classmethod
    def authorise(cls, enterprise, person):
        """Let a member use all seals of the enterprise."""
        administrator = enterprise._administrators()[:1].user_id
        for seal in cls.env['esign.seal'].search([('enterprise_id', '=', enterprise.id)]):
            cls.env['esign.seal.grant']._propose(seal, administrator, enterprise._member_of(person))

    @classmethod
    def identity(cls, person, enterprise=None):
        """What a person wears."""
        wanted = f'enterprise:{enterprise.id}' if enterprise else f'person:{person.id}'
        found = cls.env['esign.identity']._available(person.user_id)
        return next(one for one in found if one.key == wanted)

    # Drafts ---------------------------------------------------------------------------------

    @classmethod
    def group_draft(cls, parties, *, files=1, placed=True, sequential=False, copies=(), pages=3, **values):
        """A draft of the own enterprise.

        :param parties: person or enterprise records, or (record, order) pairs; each signs every file.
        """
        group = (
            cls.env['esign.contract.group']
            .sudo()
            .create(
                {
                    'name': f'测试合同{next(_serial)}',
                    'business_type_id': cls.env.ref('esign_base.business_type_general').id,
                    'initiator_id': cls.own.id,
                    'initiated_by': cls.alice.id,
                    'deadline': cls.env['esign.contract.group']._today() + dt.timedelta(days=10),
                    'sequential': sequential,
                    'copy_ids': [(0, 0, {'person_id': person.id}) for person in copies],
                    **values,
                }
            )
        )
        for number in range(files):
            contract = (
                cls.env['esign.contract']
                .sudo()
                .create({'group_id': group.id, 'name': f'文件{number + 1}', 'placed': placed, 'sequence': number})
            )
            contract._take_file(f'file{number}.pdf', contract_pdf(pages))
        for index, given in enumerate(parties):
            cls.party(group, *(given if isinstance(given, tuple) else (given, index + 1)))
        return group

    @classmethod
    def party(cls, group, who, order=1, **values):
        """Add a party that signs every contract of the group."""
        names = {'esign.person': 'person_id', 'esign.enterprise': 'enterprise_id', 'esign.department': 'department_id'}
        given = {names[who._name]: who.id}
        if who._name == 'esign.department':
            given['enterprise_id'] = who.enterprise_id.id
        party = (
            cls.env['esign.party']
            .sudo()
            .create(
                {
                    'group_id': group.id,
                    'kind': 'person' if who._name == 'esign.person' else 'enterprise',
                    'order': order,
                    **given,
                    **values,
                }
            )
        )
        for contract in group.contract_ids:
            signer = cls.env['esign.contract.signer'].sudo().create({'contract_id': contract.id, 'party_id': party.id})
            if contract.placed:
                cls.place(signer)
        return party

    @classmethod
    def place(cls, signer, kind='seal', page=-1, **values):
        """Set one position, beside those of the other parties."""
        code = 'name' if signer.party_id.kind == 'person' else 'official'
        taken = len(signer.contract_id.signer_ids.placement_ids)
        return (
            cls.env['esign.placement']
            .sudo()
            .create(
                {
                    'signer_id': signer.id,
                    'kind': kind,
                    'seal_kind_id': False if kind == 'date' else cls.env['esign.seal.kind']._of(code).id,
                    'page': page,
                    'x': 15 + 45 * (taken % 4),
                    'y': 60 + 45 * (taken // 4 % 5),
                    **values,
                }
            )
        )

    @classmethod
    def launch(cls, group):
        """Launch as the own enterprise; the preparation runs at once."""
        group._launch(cls.identity(cls.alice, cls.own))
        return group

    # Signing --------------------------------------------------------------------------------

    def freeze(self, party, identity, *, key=None, contracts=None, items=None, finish=True):
        """Freeze an act on all (or the given) contracts."""
        contracts = contracts if contracts is not None else party.signer_ids.contract_id
        return self.env['esign.signing.act']._freeze(
            party, identity, contracts, key=key or f'request-{next(_serial)}', items=items, finish=finish
        )

    def consent(self, act, identity):
        """Ask for the code and give it; the signing is left to be done."""
        self.clear_limits()
        act._ask_consent(identity)
        act._confirm(identity, CODE)
        return act

    def confirm(self, act, identity):
        """Ask for the code, give it, and sign."""
        return self.consent(act, identity)._perform()

    def sign(self, party, identity, **values):
        """One whole act."""
        return self.confirm(self.freeze(party, identity, **values), identity)

    def clear_limits(self):
        """Codes may be asked for again at once."""
        self.env.flush_all()
        self.env.cr.execute('DELETE FROM esign_rate_limit')

    def verdict(self, contract):
        """The core's judgement of the newest revision."""
        return verify(contract._newest()._bytes(), self.env['esign.signing']._trust())
