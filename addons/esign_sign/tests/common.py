"""Contract groups for tests, on real documents, through the real methods."""

import io
import itertools
from unittest.mock import patch

from odoo.addons.esign_base.rules import otp
from odoo.addons.esign_base.tests.common import private_token
from odoo.addons.esign_enterprise.tests.common import EnterpriseFixtures
from odoo.tests import TransactionCase
from reportlab.pdfgen.canvas import Canvas

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
        cls.registry_enter_test_mode_cls()
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
        cls.env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        for enterprise, person in ((cls.own, cls.alice), (cls.other, cls.bob)):
            cls.authorise(enterprise, person)
        for person in (cls.alice, cls.bob, cls.carol):
            person._make_name_seal()

    @classmethod
    def identity(cls, person, enterprise=None):
        """What a person wears."""
        wanted = f'enterprise:{enterprise.id}' if enterprise else f'person:{person.id}'
        found = cls.env['esign.identity']._available(person.user_id)
        return next(one for one in found if one.key == wanted)
