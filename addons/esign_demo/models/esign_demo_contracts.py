import datetime as dt
import io
import json
import logging
import os
import re
from pathlib import Path

from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from odoo import api, fields, models
from odoo.tools.misc import Callbacks

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.models.documents.esign_consent import PURPOSE
from odoo.addons.esign_base.signing.errors import SigningError
from odoo.addons.esign_base.signing.pages.glyphs import FontStyle, face
from odoo.addons.esign_base.tools.sms_gateways import FILE_ENVIRONMENT
from odoo.addons.esign_base.tools.token import token_settings
from odoo.addons.esign_sign.models.engine.esign_party import OPERATOR

_logger = logging.getLogger(__name__)
CODE = re.compile(r'(?<!\d)\d{6}(?!\d)')
TEXT = (
    '甲乙双方本着平等自愿、诚实信用的原则，就本合同所述事项协商一致，订立本合同，以资共同遵守。',
    '双方应当按照约定全面履行各自的义务，并根据交易习惯履行通知、协助、保密等义务。',
    '任何一方违反本合同约定的，应当承担继续履行、采取补救措施或者赔偿损失等违约责任。',
    '因本合同引起的争议，双方应当友好协商；协商不成的，提交合同签订地有管辖权的人民法院裁决。',
    '本合同自双方签署之日起生效。采用可靠电子签名签署的本合同与纸质合同具有同等法律效力。',
)


class EsignDemo(models.AbstractModel):
    """The contracts of the demonstration come to their states by the methods that people use."""

    _inherit = 'esign.demo'

    @api.model
    def _make_contracts(self):
        """Groups in every state, with the people and enterprises of the demonstration."""
        self._require_development()
        demo = self.with_context(queue_job__no_delay=True, lang='zh_CN')
        demo._drafts()
        if not demo._can_sign():
            _logger.warning('Without a key token and %s there are no launched contracts to show.', FILE_ENVIRONMENT)
            return
        demo._let_second_enterprise_sign()
        demo._contracts_that_ended()
        demo._contracts_that_run()

    def _can_sign(self):
        try:
            token_settings()
        except SigningError:
            return False
        return bool(os.environ.get(FILE_ENVIRONMENT))

    # The scenes -------------------------------------------------------------------------------

    def _contracts_that_ended(self):
        own, trade, person = self._enterprise('internal_1'), self._enterprise('external_1'), self._person(1)
        done = self._demo_group(
            '2026年度软件服务框架合同', 'sales', ['框架合同', '服务级别附件'], [own, trade], cross_page=True
        )
        self._launch_demo(done)
        for party in done.party_ids:
            self._sign_demo(party)
        offer = self._demo_group('劳动合同（张晓明）', 'labour', ['劳动合同'], [own, person], sequential=True)
        self._launch_demo(offer)
        for party in offer.party_ids:
            self._sign_demo(party)
        refused = self._launch_demo(self._demo_group('仓储租赁合同', 'general', ['租赁合同'], [own, trade]))
        refused.party_ids[1]._refuse(self._identity_of(refused.party_ids[1]), '租金条款与协商不一致')
        revoked = self._launch_demo(self._demo_group('市场推广合作协议', 'general', ['合作协议'], [own, trade]))
        self._sign_demo(revoked.party_ids[0])
        revoked._revoke(self._launcher(), '项目取消，不再签署')
        expired = self._launch_demo(self._demo_group('办公设备采购合同', 'purchase', ['采购合同'], [own, trade]))
        expired.expires_at = fields.Datetime.now() - dt.timedelta(minutes=1)
        expired._expire()

    def _contracts_that_run(self):
        own, second, trade = (self._enterprise(code) for code in ('internal_1', 'internal_2', 'external_1'))
        self._launch_demo(self._demo_group('数据处理协议', 'general', ['数据处理协议'], [own, trade], placed=False))
        self._launch_demo(
            self._demo_group('保密协议（顾明川）', 'general', ['保密协议'], [self._person(3), own], days=2)
        )
        signing = self._demo_group('三方技术服务合同', 'sales', ['技术服务合同'], [own, second, trade], sequential=True)
        self._launch_demo(signing)
        self._sign_demo(signing.party_ids[0])

    def _drafts(self):
        own, trade = self._enterprise('internal_1'), self._enterprise('external_1')
        self._demo_group('物流服务合同（草稿）', 'purchase', ['物流服务合同'], [own, trade])
        self._demo_group('年度审计业务约定书（草稿）', 'general', [], [own])

    # People, enterprises, seals ---------------------------------------------------------------

    def _enterprise(self, code):
        return self.env.ref(f'esign_demo.enterprise_demo_{code}').sudo()

    def _person(self, number):
        return self.env.ref(f'esign_demo.person_demo_{number}').sudo()

    def _launcher(self):
        person = self._enterprise('internal_1')._administrators()[:1].person_id
        return self._worn_by(person, f'enterprise:{self._enterprise("internal_1").id}')

    def _worn_by(self, person, key):
        return next(one for one in self.env['esign.identity']._available(person.user_id) if one.key == key)

    def _identity_of(self, party):
        """Somebody who may sign for the party."""
        if party.kind == 'person':
            return self._worn_by(party.person_id, f'person:{party.person_id.id}')
        worn = (self._worn_by(one, f'enterprise:{party.enterprise_id.id}') for one in party._operators())
        return next(one for one in worn if self.env['esign.seal']._usable_for(one))

    def _let_second_enterprise_sign(self):
        """Its administrator operates its seals, too."""
        enterprise = self._enterprise('internal_2')
        administrator = enterprise._administrators()[:1]
        administrator._assign(administrator.user_id, administrator._codes() | {OPERATOR})
        self._authorise(enterprise.id, 'official', administrator.person_id.id)

    # Groups -----------------------------------------------------------------------------------

    def _demo_group(self, name, business, files, parties, *, placed=True, sequential=False, cross_page=False, days=20):
        """A draft with its files, parties and positions."""
        model = self.env['esign.contract.group'].sudo()
        group = model.create(
            {
                'name': name,
                'business_type_id': self.env.ref(f'esign_base.business_type_{business}').id,
                'initiator_id': self._enterprise('internal_1').id,
                'initiated_by': self._launcher().person.id,
                'deadline': model._today() + dt.timedelta(days=days),
                'sequential': sequential,
                'copy_ids': [(0, 0, {'person_id': self._person(7).id})],
            }
        )
        for title in files:
            contract = group.contract_ids.create({'group_id': group.id, 'name': title, 'placed': placed})
            contract._take_file(f'{title}.pdf', _demo_pdf(title))
        for order, who in enumerate(parties, 1):
            self._demo_party(group, who, order, cross_page)
        return group

    def _demo_party(self, group, who, order, cross_page):
        personal = who._name == 'esign.person'
        values = (
            {'kind': 'person', 'person_id': who.id} if personal else {'kind': 'enterprise', 'enterprise_id': who.id}
        )
        party = group.party_ids.create({'group_id': group.id, 'order': order, **values})
        kind = self.env['esign.seal.kind'].sudo()._of('name' if personal else 'official')
        x, y = 20 + 60 * (order - 1), 215
        for contract in group.contract_ids:
            places = [
                {'kind': 'seal', 'seal_kind_id': kind.id, 'page': -1, 'x': x, 'y': y},
                {'kind': 'date', 'page': -1, 'x': x, 'y': y + 50},
            ]
            if cross_page and not personal:
                places.append({'kind': 'cross_page', 'seal_kind_id': kind.id, 'page': 1, 'y': 60 + 60 * order})
            party.signer_ids.create(
                {
                    'contract_id': contract.id,
                    'party_id': party.id,
                    'placement_ids': [(0, 0, place) for place in places] if contract.placed else [],
                }
            )

    def _launch_demo(self, group):
        group._launch(self._launcher())
        return group

    def _sign_demo(self, party):
        """One whole act with the code that arrives, and no waiting between the codes."""
        identity = self._identity_of(party)
        acts, limits = self.env['esign.signing.act'], self.env['esign.rate.limit']
        act = acts._freeze(party, identity, party.signer_ids.contract_id, key=f'demo-{party.id}')
        mobile = identity.person.sudo().mobile
        limits._clear('otp.resend', f'{PURPOSE}:{mobile}')
        limits._clear('otp.day', mobile)
        kept, self.env.cr.postcommit = self.env.cr.postcommit, Callbacks()
        try:
            act._ask_consent(identity)
            self.env.cr.postcommit.run()  # the code leaves now, into the file
            act._confirm(identity, self._newest_code(mobile))
        finally:
            self.env.cr.postcommit = kept  # what the confirmation queued is done in the next line
        return act._perform()

    def _newest_code(self, mobile):
        """The code of the last message to a number, as its owner reads it."""
        lines = Path(os.environ[FILE_ENVIRONMENT]).read_text(encoding='utf-8').splitlines()
        for line in reversed(lines):
            message = json.loads(line)
            if message['to'].endswith(mobile):
                return CODE.findall(message['text'])[-1]
        raise EsignError(self.env._('No code has arrived in the SMS file.'))


def _demo_font():
    """The font in which texts are filled in, embedded."""
    pdfmetrics.registerFont(TTFont('EsignDemo', str(face(FontStyle.KAI).path)))
    return 'EsignDemo'


def _demo_pdf(title, pages=3):
    """A contract to look at, A4; nothing in it is real."""
    out, font = io.BytesIO(), _demo_font()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setTitle(title)
    for page in range(1, pages + 1):
        height = 760
        if page == 1:
            canvas.setFont(font, 20)
            canvas.drawCentredString(297, height, title)
            height -= 50
        canvas.setFont(font, 11)
        for number, words in enumerate(TEXT, 1):
            for line in simpleSplit(f'第{(page - 1) * len(TEXT) + number}条　{words}', font, 11, 440):
                canvas.drawString(78, height, line)
                height -= 20
            height -= 8
        if page == pages:
            canvas.drawString(78, 240, '甲方（盖章）：')
            canvas.drawString(330, 240, '乙方（盖章）：')
        canvas.drawCentredString(297, 40, f'第 {page} 页 / 共 {pages} 页')
        canvas.showPage()
    canvas.save()
    return out.getvalue()
