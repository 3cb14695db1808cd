"""Fed to `odoo shell`: persons with seals and launched groups for storms. Prints one JSON line.

Uses the makers of the engine's own tests, which stand on the real methods. What is asked for comes in
``ESIGN_STORM``: ``{"persons": n, "groups": [parties of each], "files": n}``.
"""

import itertools
import json
import os

from odoo.addons.esign_enterprise.tests import common as enterprise_makers
from odoo.addons.esign_sign.tests.common import EngineCase

env = globals()['env']
asked = json.loads(os.environ['ESIGN_STORM'])
# Numbers of mobiles and identity cards that no demo person has, and no former storm either.
taken = env['esign.person'].sudo().search([('mobile', '=like', '1397%')], order='mobile desc', limit=1).mobile
enterprise_makers._serial = itertools.count(int(taken[3:]) + 500 if taken else 70_000_000)

Maker = type('Maker', (EngineCase,), {'env': env})
Maker.operator = env.ref('base.user_admin')
Maker.alice = Maker.make_person('张发起')
Maker.own = Maker.certified(Maker.alice, name=f'风暴测试有限公司{Maker.alice.id}')
env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
people = [Maker.make_person(f'签署{number}') for number in range(asked['persons'])]
for person in people:
    env['esign.seal']._make_name_seal(person)
groups = [
    Maker.launch(Maker.group_draft([(person, 1) for person in people[:count]], files=asked.get('files', 1), pages=1))
    for count in asked['groups']
]
env.cr.commit()
print('STORM ' + json.dumps({  # noqa: T201 - this is the answer
    'groups': {group.id: {party.id: party.person_id.mobile for party in group.party_ids} for group in groups},
    'persons': [person.id for person in people],
}))  # fmt: skip
