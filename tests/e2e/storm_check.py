"""Fed to `odoo shell` after a storm: everything that must hold of the groups, as one JSON line.

The core verifies every file against what the database says was issued, without the engine's help.
"""

import json
import os
from collections import Counter

from odoo.addons.esign_base.signing.acts.verdict import Expected, ExpectedAct
from odoo.addons.esign_base.signing.acts.verify import verify
from odoo.addons.esign_base.signing.errors import TraceBroken

env = globals()['env']
groups = env['esign.contract.group'].sudo().browse(json.loads(os.environ['ESIGN_STORM'])['groups'])
trust = env['esign.signing']._trust()
faults = []


def expect(truth, *what):
    if not truth:
        faults.append(' '.join(map(str, what)))


def check_file(contract):
    revisions = contract.document_id.revision_ids.sorted('number')
    lines = contract.signer_ids.act_line_ids.filtered('revision_id').sorted('revision_id')
    acts = tuple(
        ExpectedAct(
            frozenset(name for names in line.field_names for name in names),
            line.certificate_id.fingerprint,
            line.act_id.consent_id.record_sha256,
        )
        for line in lines
    )
    expected = Expected(acts, tuple(one.sha256 for one in revisions), closed=False)
    verdict = verify(revisions[-1]._bytes(), trust, expected)
    expect(verdict.conclusion in ('genuine', 'trusted'), contract, verdict.conclusion, verdict.reason, verdict.detail)
    expect(len(verdict.signatures) == len(lines) + 1, contract, 'signatures', len(verdict.signatures), len(lines))
    expect([one.number for one in revisions] == list(range(len(revisions))), contract, 'revisions have gaps')
    made = [one.reference for one in revisions if one.kind == 'act']
    expect(len(made) == len(set(made)) == len(lines), contract, 'an act made two revisions', made)


def check_group(group):
    expect(group.state == 'done', group, group.state, group.problem)
    expect(set(group.party_ids.mapped('state')) == {'signed'}, group, Counter(group.party_ids.mapped('state')))
    done = group.act_ids.filtered(lambda act: act.state == 'done')
    expect(len(done) == len(group.party_ids) == len(done.party_id), group, 'acts done', len(done))
    open_acts = group.act_ids.filtered(lambda act: act.state in ('frozen', 'consented'))
    expect(not open_acts, group, 'open acts', open_acts)
    expect(set(done.consent_id.mapped('state')) == {'used'}, group, 'consents', done.consent_id.mapped('state'))
    expect(len(done.consent_id) == len(done), group, 'a consent was used twice')
    left = env['esign.consent'].sudo().search([('reference', 'in', [f'{a._name},{a.id}' for a in group.act_ids])])
    expect(all(one.state == 'void' for one in left - done.consent_id), group, 'consents left', left.mapped('state'))
    try:
        group.chain_id._check()
    except TraceBroken as broken:
        expect(False, group, 'trace', broken)
    kinds = Counter(group.event_ids.mapped('kind'))
    expect(kinds['signed'] == len(done) * len(group.contract_ids), group, 'signed events', kinds)
    expect(kinds['completed'] == 1 and kinds['finished'] == len(done), group, 'events', kinds)
    for contract in group.contract_ids:
        check_file(contract)


for group in groups:
    check_group(group)
held = env.execute_query(
    __import__('odoo.tools', fromlist=['SQL']).SQL(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN %s AND granted",
        tuple(groups.ids),
    )
)[0][0]
expect(not held, held, 'locks of groups are left behind')
acts = groups.act_ids
print('STORM ' + json.dumps({  # noqa: T201 - this is the answer
    'faults': faults,
    'signatures': len(acts.filtered(lambda act: act.state == 'done').line_ids),
    'acts': Counter(acts.mapped('state')),
    'attempts': Counter(acts.filtered(lambda act: act.state == 'done').mapped('attempts')),
    'unsent': env['sms.sms'].sudo().search_count([('state', '=', 'outgoing')]),
}))  # fmt: skip
