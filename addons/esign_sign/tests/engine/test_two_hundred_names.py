import base64
import io
from itertools import islice

import numpy as np
from PIL import Image

from odoo.tests import new_test_user, tagged

from odoo.addons.esign_base.rules.person_name import normal_name
from odoo.addons.esign_base.signing.acts.verdict import Conclusion
from odoo.addons.esign_base.tests.common import repository
from odoo.addons.esign_base.tests.people.common_people import photo
from odoo.addons.esign_enterprise.rules import names
from odoo.addons.esign_enterprise.tests.common import make_id

from ..common import EngineCase

TOGETHER = 8  # parties of one contract


@tagged('-at_install', 'post_install')
class TestTwoHundredNames(EngineCase):
    """Names of all kinds go the whole way by the real methods: as persons and as enterprises in turn."""

    # R1.2 R1.3 R1.7 R1.10 R3.2 R3.5 R8.1
    def test_two_hundred_names_are_verified_given_seals_certified_and_sign(self):
        given = repository('tests.corpus.names').NAMES
        self.assertEqual(len(given), 200)
        self.photos = {'front': photo(), 'back': photo()}
        owners = [(self.verified if number % 3 else self.enterprise)(name) for number, name in enumerate(given)]
        self.env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        wrong = [fault for owner, name in zip(owners, given, strict=True) for fault in self.owner_faults(owner, name)]
        groups, waiting = [], iter(owners)
        while together := list(islice(waiting, TOGETHER)):
            groups.append(self.launch(self.group_draft([(one, 1) for one in together], pages=1)))
        # What is shown here is signed; archiving it is a job for later.
        self.env = self.env(context={**self.env.context, 'queue_job__no_delay': False})
        wrong += [fault for group in groups for fault in self.signing_faults(group.with_env(self.env))]
        self.assertEqual(wrong, [])

    def verified(self, name):
        """A person as registration leaves one, verified by photos that staff reviewed."""
        number = self.env['esign.person'].search_count([])
        user = new_test_user(self.env, f'names_{number}', groups='base.group_portal', name=f'用户{number}')
        person = self.env['esign.person'].create(
            {'user_id': user.id, 'partner_id': user.partner_id.id, 'name': user.name, 'mobile': f'138{number:08d}'}
        )
        asked = person.with_user(user)._submit_verification(
            'manual',
            {'name': name, 'id_type': 'resident', 'id_number': make_id(number + 5000)},
            photos=self.photos,
            agreed=True,
        )
        asked.with_user(self.operator).action_approve()
        self.env['esign.seal']._make_name_seal(person)
        return person

    def enterprise(self, name):
        """A certified enterprise whose administrator may use its seals."""
        found = self.certified(self.carol, name=name)
        self.authorise(found, self.carol)
        return found

    def owner_faults(self, owner, name):
        """What is wrong with the name of a person or an enterprise, or with its seals and their pictures."""
        person = owner._name == 'esign.person'
        if owner.name != (normal_name(name) if person else names.normalise(name)):
            yield name, owner.name
        seals = self.env['esign.seal'].search([('person_id' if person else 'enterprise_id', '=', owner.id)])
        codes = sorted(seals.mapped('kind_code'))
        if codes != (['name'] if person else ['contract', 'official']):
            yield name, codes
        for seal in seals:
            picture = Image.open(io.BytesIO(base64.b64decode(seal.preview or b'')))
            ink = float((np.asarray(picture)[:, :, 3] > 128).mean())
            if seal.state != 'active' or seal.bears != owner.name or not 0.05 < ink < 0.9:
                yield name, seal.kind_code, seal.state, seal.bears, ink

    def signing_faults(self, group):
        """All sign one contract, each by a consent of its own; what is wrong with the result."""
        for party in group.party_ids:
            self.sign(party, self.identity(party.person_id or self.carol, party.enterprise_id))
        verdict, asked = self.verdict(group.contract_ids), sorted(group.party_ids.mapped('name'))
        if group.state != 'done' or verdict.conclusion is not Conclusion.GENUINE:
            yield asked, group.state, verdict.conclusion, verdict.reason
        signers = sorted(one.signer for one in verdict.signatures[1:])
        if signers != asked:
            yield asked, signers
        actors = ' '.join(event.actor or '' for event in group.event_ids)
        yield from ((name, 'not in the trace') for name in asked if name not in actors)
