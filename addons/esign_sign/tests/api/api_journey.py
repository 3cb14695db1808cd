"""The main job of a business system as one table of calls."""

import base64
import datetime as dt
import re

from odoo import fields
from odoo.tests import HttpCase

from odoo.addons.esign_base.tests.api.api_common import ApiCalls, new_person
from odoo.addons.esign_enterprise.tests.common import make_uscc

from ..common import EngineCase, contract_pdf


def far_day(days=20):
    """A day that is a good deadline."""
    return str(fields.Date.today() + dt.timedelta(days=days))


class ApiJourneyCase(ApiCalls, EngineCase, HttpCase):
    """A system with an enterprise, persons and files of its own."""

    def setUp(self):
        super().setUp()
        self.use_system()
        self.env['ir.config_parameter'].set_param('esign.api_calls_per_minute', '100000')

    def found_house(self, call, tag=''):
        """Call for everything a launch needs: persons p1 and p2, enterprise e for which p1 signs, file f."""
        made = {}
        for ref in ('p1', 'p2'):
            made[ref] = new_person({'p1': '孙经理', 'p2': '周员工'}[ref])
            call('sync_person', {'ref': f'{ref}{tag}', **made[ref], 'verified': True})
        number = int(made['p1']['mobile'][4:]) + 40_000_000
        call(
            'sync_enterprise',
            {
                'ref': f'e{tag}', 'name': f'上海系统{number}有限公司', 'uscc': make_uscc(number), 'kind': 'internal',
                'administrator': f'p1{tag}', 'legal_name': '孙经理', 'verified': True,
            },
        )  # fmt: skip
        roles = ['administrator', 'seal_operator']
        call('sync_member', {'enterprise': f'e{tag}', 'person': f'p1{tag}', 'roles': roles})
        call('grant_seal', {'enterprise': f'e{tag}', 'seal_kind': 'contract', 'operator': f'p1{tag}'})
        call('upload_file', {'ref': f'f{tag}', 'name': '合同.pdf', 'content': self.file()})
        return made

    def file(self, text='Contract'):
        """A file as the interface takes it."""
        return base64.b64encode(contract_pdf(2, text)).decode()

    def group(self, tag='', **changes):
        """Arguments of a group of one file, an enterprise and a person."""
        return {
            'ref': f'g{tag}',
            'name': '劳动合同',
            'deadline': far_day(),
            'initiator': f'e{tag}',
            'contracts': [
                {
                    'ref': 'c1',
                    'file': f'f{tag}',
                    'parties': [
                        {
                            'ref': 'company',
                            'placements': [
                                {'kind': 'seal', 'seal_kind': 'contract', 'page': -1, 'x': 20, 'y': 60},
                                {'kind': 'cross_page', 'seal_kind': 'contract', 'y': 200},
                            ],
                        },
                        {
                            'ref': 'staff',
                            'placements': [
                                {'kind': 'seal', 'seal_kind': 'personal', 'keyword': 'Contractpage2'},
                                {'kind': 'date', 'page': -1, 'x': 120, 'y': 120},
                            ],
                        },
                    ],
                }
            ],
            'parties': [
                {'ref': 'company', 'kind': 'enterprise', 'enterprise': f'e{tag}', 'order': 1},
                {'ref': 'staff', 'kind': 'person', 'person': f'p2{tag}', 'order': 2},
            ],
            'cc': [f'p1{tag}'],
            'sequential': True,
            **changes,
        }

    def our_group(self, ref):
        """The record behind a key of the system."""
        return self.env['esign.api.reference'].with_user(self.system)._find('group', ref, 'group')

    def prepare(self, ref):
        """Do the job of the preparation."""
        group = self.our_group(ref)
        self.assertEqual(group.with_user(self.env.ref('base.user_root'))._prepare(), 'pending')
        return group


# Values that are another each time, however the same the calls are.
_MOVING = re.compile(
    r'"(number|sha256|digest|head|grant|at|content|certificate|ref)": "[^"]*"|HT\d+|上海系统\d+'
    r'|esign-\d+|\d{4}-\d\d-\d\dT[^"]*|\b\d\d:\d\d\b'
)


def still(text):
    """A text without what is another each time."""
    return _MOVING.sub('*', text)
