"""Who may do what with every model of this addon, and with those of the base that it shows, as one table.

Letters: r read, w write, c create, u unlink; '-' nothing. The draft belongs to an internal enterprise;
'party' signs it, 'stranger' has nothing to do with it.
"""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import EngineCase

ROLES = (
    'public',
    'stranger',
    'party',
    'viewer',
    'operator',
    'template_manager',
    'auditor',
    'administrator',
    'integration',
)
STAFF = ('-', '-', '-', 'r', 'rwcu', 'r', 'r', 'rwcu', '-')
READ = ('-', '-', '-', 'r', 'r', 'r', 'r', 'r', '-')
MATRIX = {
    'esign.contract.group': STAFF,
    'esign.contract': STAFF,
    'esign.party': STAFF,
    'esign.contract.signer': STAFF,
    'esign.placement': STAFF,
    'esign.copy': STAFF,
    'esign.frequent.party': READ,
    'esign.signing.act': READ,
    'esign.signing.act.line': READ,
    'esign.number.counter': ('-', '-', '-', '-', '-', '-', '-', 'r', '-'),
    'esign.extend.wizard': ('-', '-', '-', '-', 'rwcu', '-', '-', 'rwcu', '-'),
    'esign.document': READ,
    'esign.document.revision': READ,
    'esign.trace.chain': READ,
    'esign.trace.event': READ,
    'esign.trace.head': ('-', '-', '-', '-', '-', '-', 'r', '-', '-'),
    'esign.trace.stamp': READ,
    'esign.consent': ('-', '-', '-', '-', '-', '-', 'r', '-', '-'),
    'esign.business.type': ('-', '-', '-', 'r', 'r', 'r', 'r', 'rwcu', '-'),
}  # fmt: skip


class _Undo(Exception):
    """Takes back what an allowed act did, so that the next role starts from the same rows."""


@tagged('-at_install', 'post_install')
class TestAccess(EngineCase):
    # R6.1 R3.10

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = cls.certified(cls.carol, kind='internal', name='权限内部企业有限公司')
        done = cls.launch(cls.group_draft([cls.bob]))
        act = cls.env['esign.signing.act']._freeze(
            done.party_ids, cls.identity(cls.bob), done.contract_ids, key='matrix'
        )
        cls.env.flush_all()
        cls.env.cr.execute('DELETE FROM esign_rate_limit')
        act._ask_consent(cls.identity(cls.bob))
        done.chain_id._stamp()
        draft = cls.group_draft([cls.bob], initiator_id=cls.house.id, copies=[cls.alice])
        counters = cls.env['esign.number.counter'].search([], limit=1)
        cls.records = {
            'esign.contract.group': draft,
            'esign.contract': draft.contract_ids,
            'esign.party': draft.party_ids,
            'esign.contract.signer': draft.party_ids.signer_ids,
            'esign.placement': draft.party_ids.signer_ids.placement_ids,
            'esign.copy': draft.copy_ids,
            'esign.frequent.party': cls.env['esign.frequent.party'].search([('owner_id', '=', cls.own.id)], limit=1),
            'esign.signing.act': act,
            'esign.signing.act.line': act.line_ids,
            'esign.number.counter': counters,
            'esign.document': draft.contract_ids.document_id,
            'esign.document.revision': draft.contract_ids._newest(),
            'esign.trace.chain': done.chain_id,
            'esign.trace.event': done.event_ids[:1],
            'esign.trace.head': done.chain_id.head_ids[:1],
            'esign.trace.stamp': done.chain_id.stamp_ids[:1],
            'esign.consent': act.consent_id,
            'esign.business.type': cls.env['esign.business.type'].create({'name': '可删', 'code': 'matrix'}),
        }
        staff = ('viewer', 'operator', 'template_manager', 'auditor', 'administrator', 'integration')
        cls.users = {
            'public': cls.env.ref('base.public_user'),
            'stranger': cls.make_person('陌生人').user_id,
            'party': cls.bob.user_id,
            **{name: new_test_user(cls.env, f'matrix_{name}', f'esign_base.group_esign_{name}') for name in staff},
        }
        cls.env.flush_all()

    def values(self, model):
        """What a creation is tried with."""
        draft = self.records['esign.contract.group']
        signer = self.records['esign.contract.signer']
        more = self.records['esign.contract'].sudo().create({'group_id': draft.id, 'name': '又一个'})
        kind = self.env['esign.seal.kind']._of('name')
        return {
            'esign.contract.group': {
                'name': '新',
                'business_type_id': draft.business_type_id.id,
                'initiator_id': self.house.id,
                'deadline': '2099-01-01',
            },
            'esign.contract': {'group_id': draft.id, 'name': '新'},
            'esign.party': {'group_id': draft.id, 'kind': 'person', 'person_id': self.alice.id},
            'esign.contract.signer': {'contract_id': more.id, 'party_id': signer.party_id.id},
            'esign.placement': {'signer_id': signer.id, 'kind': 'seal', 'seal_kind_id': kind.id},
            'esign.copy': {'group_id': draft.id, 'person_id': self.carol.id},
            'esign.extend.wizard': {'group_id': draft.id},
            'esign.business.type': {'name': '新', 'code': 'new'},
        }.get(model, {})

    def changes(self, model):
        """What a change is tried with."""
        same = self.records['esign.contract.signer'].party_id.id
        return {
            'esign.party': {'can_refuse': False},
            'esign.contract.signer': {'party_id': same},
            'esign.placement': {'x': 33},
            'esign.copy': {'person_id': self.carol.id},
            'esign.frequent.party': {'uses': 99},
            'esign.signing.act': {'problem': 'x'},
            'esign.signing.act.line': {'day': '2020-01-01'},
            'esign.number.counter': {'last': 0},
            'esign.extend.wizard': {'new_deadline': '2099-01-01'},
            'esign.document.revision': {'reference': 'x'},
            'esign.trace.chain': {'head': 'x'},
            'esign.trace.event': {'note': 'x'},
            'esign.trace.head': {'head': 'x'},
            'esign.trace.stamp': {'head': 'x'},
            'esign.consent': {'reference': 'x'},
        }.get(model, {'name': '改'})

    def allowed(self, act):
        with mute_logger('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.models'):
            try:
                with self.cr.savepoint():
                    act()
                    self.env.flush_all()
                    raise _Undo
            except UserError:
                return False
            except _Undo:
                return True

    def test_matrix(self):
        self.assertEqual(set(MATRIX) - {'esign.extend.wizard'}, set(self.records))
        for model, row in MATRIX.items():
            for role, expected in zip(ROLES, row, strict=True):
                with self.subTest(model=model, role=role):
                    self.assertEqual(self.found(model, self.users[role]), expected.strip('-'))

    def found(self, model, user):
        records = self.env[model].with_user(user)
        if model == 'esign.extend.wizard':  # transient rows are their maker's
            owner = user if user.has_group('esign_base.group_esign_operator') else self.env.user
            mine = self.env[model].with_user(owner).sudo().create({'group_id': self.records['esign.contract.group'].id})
            record = mine.with_user(user).sudo(False)
        else:
            record = records.browse(self.records[model].id)
        self.env.invalidate_all()
        acts = {
            'r': lambda: record.read(['id', 'create_date'] if 'create_date' in record._fields else ['id', 'last']),
            'w': lambda: record.write(self.changes(model)),
            'c': lambda: records.create(self.values(model)),
            'u': record.unlink,
        }
        return ''.join(letter for letter, act in acts.items() if self.allowed(act))
