import datetime as dt
import logging
import os
from collections import Counter
from contextlib import nullcontext
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.acts.verdict import Conclusion
from odoo.addons.esign_base.signing.errors import TokenError

from ...models.engine import esign_contract_group_launch, esign_signing_act_line
from ...models.engine.esign_contract_group import EsignContractGroup
from ..common import EngineCase

_logger = logging.getLogger(__name__)

EXAMPLES = int(os.environ.get('ESIGN_MACHINE_EXAMPLES', '10'))
STEPS = int(os.environ.get('ESIGN_MACHINE_STEPS', '14'))
RUNNING, ENDED = ('pending', 'signing'), ('done', 'refused', 'revoked', 'expired')
# Where the parties of a group that ended may stand.
PARTIES_AT_END = {
    'done': {'signed'},
    'refused': {'signed', 'refused', 'revoked'},
    'revoked': {'signed', 'revoked'},
    'expired': {'signed', 'expired'},
}


class Life(RuleBasedStateMachine):
    """One group, pushed about by everybody who has a hand in it, rightly or wrongly."""

    case: 'TestMachines'
    seen: Counter  # what happened in all lives: a machine that never moves proves nothing

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.cr = self.env.cr
        self.cr.execute('SAVEPOINT machine')
        self.env.invalidate_all()
        self.clock = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
        self.acts, self.interrupted = [], []
        self.removed = False
        self.ended_as = None

    def teardown(self):
        try:
            self.leads_to_an_end()
            with freeze_time(self.clock):
                self.the_files_are_sound()
            self.seen[self.group.state] += 1
        finally:
            self.env.flush_all()
            self.cr.execute('ROLLBACK TO SAVEPOINT machine')
            self.env.invalidate_all()

    # What is there -------------------------------------------------------------------------------

    @initialize(
        placed=st.booleans(),
        sequential=st.booleans(),
        files=st.sampled_from([1, 1, 2]),
        launched=st.sampled_from(['at once', 'at once', 'with a failure', 'not']),
    )
    def drafted(self, placed, sequential, files, launched):
        case = self.case
        self.group = case.group_draft(
            [(case.own, 1), (case.other, 1 if placed else 2), (case.carol, 3)],
            files=files,
            placed=placed,
            sequential=sequential,
            pages=1,
        )
        self.signers = list(
            zip(
                self.group.party_ids,
                [(case.alice, case.own), (case.bob, case.other), (case.carol, None)],
                strict=True,
            )
        )
        if launched == 'with a failure':
            self.preparation_fails()
        elif launched == 'at once':
            self.launch()

    def identity(self, who):
        """What a person wears; None when he has lost it."""
        person, enterprise = who
        wanted = f'enterprise:{enterprise.id}' if enterprise else f'person:{person.id}'
        found = self.env['esign.identity']._available(person.user_id)
        return next((one for one in found if one.key == wanted), None)

    @property
    def me(self):
        return self.identity((self.case.alice, self.case.own))

    def try_to(self, allowed, work):
        """Do it; it works exactly when it is allowed, and a refusal changes nothing.

        :param allowed: what the place that decides says beforehand.
        """
        before = self.group.state
        try:
            with freeze_time(self.clock), self.cr.savepoint():
                result = work()
                self.env.flush_all()
        except EsignError as refusal:
            self.env.invalidate_all()
            self.seen['refused'] += 1
            assert refusal.code and str(refusal), 'a refusal says why'
            assert not allowed, f'{before}: allowed, but refused: {refusal}'
            assert self.group.state == before
            return None
        assert allowed, f'{before}: not allowed, but done'
        return result

    def asked(self, work):
        """The answer of a place that decides, at the machine's time."""
        with freeze_time(self.clock):
            return bool(work())

    # What people do ------------------------------------------------------------------------------

    @rule()
    def launch(self):
        if self.group.state in ('preparing', *RUNNING):
            allowed = True  # a second click changes nothing
        else:
            allowed = self.asked(lambda: self.group._may('launch', self.me) and not self.group._launch_faults())
        self.try_to(allowed, lambda: self.group._launch(self.me))

    @precondition(lambda self: self.group.state in ('draft', 'failed'))
    @rule()
    def preparation_fails(self):
        """The token is away while the documents are prepared."""
        failed, draft = TokenError('token_failed', 'away'), self.group.state == 'draft'
        with patch.object(esign_contract_group_launch, 'prepare', side_effect=failed):
            self.launch() if draft else self.retry()
        if self.group.state == 'failed':
            self.seen['failed'] += 1
            assert self.group.problem, 'a failure says why'
            assert not self.group.contract_ids.filtered('prepared_id')

    @precondition(lambda self: self.group.state != 'draft')
    @rule()
    def retry(self):
        allowed = self.asked(lambda: self.group._may('retry', self.me))
        self.try_to(allowed, lambda: self.group._retry(self.me))

    @rule(index=st.integers(0, 2), wrong=st.integers(0, 5), finish=st.booleans(), halfway=st.booleans())
    def sign(self, index, wrong, finish, halfway):
        """A party begins an act; `wrong` 0 is somebody else's hand."""
        party, who = self.signers[index]
        identity = self.identity(self.signers[index - 1][1] if not wrong else who)
        contracts = party.signer_ids.filtered(lambda one: one.state == 'open').contract_id
        allowed = bool(identity) and self.asked(lambda: party._may_sign(identity))
        placed = self.group.contract_ids[:1].placed
        items = None if placed else {contract.id: [self.item(identity)] for contract in contracts}
        act = self.try_to(
            allowed,
            lambda: self.case.freeze(party, identity, contracts=contracts, items=items, finish=finish or placed),
        )
        if act and halfway:
            self.acts.append((act, who))
        elif act:
            self.confirm(act, who)

    @rule(data=st.data())
    def the_next_signs(self, data):
        """Whose turn it is signs everything."""
        turn = [one for one in self.signers if one[0].state == 'pending' and self.group.state in RUNNING]
        turn = [(party, who) for party, who in turn if self.asked(lambda p=party, w=who: p._may_sign(self.identity(w)))]
        if turn:
            self.sign_now(*data.draw(st.sampled_from(turn)))

    @rule(index=st.integers(0, 2))
    def begin(self, index):
        """A party freezes an act and goes away."""
        self.sign(index=index, wrong=1, finish=True, halfway=True)

    def item(self, identity):
        usable = self.env['esign.seal']._usable_for(identity) if identity else []
        return {'kind': 'seal', 'seal': usable[0][0].id if usable else 0, 'page': 1, 'x': 20, 'y': 30}

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def take_up(self, data):
        """Somebody comes back to what he had begun."""
        self.confirm(*self.acts.pop(data.draw(st.integers(0, len(self.acts) - 1))))

    def confirm(self, act, who):
        identity = self.identity(who)
        allowed = self.asked(lambda: act._may_confirm(identity))

        def work():
            self.case.confirm(act, identity)
            # Once more, as after a lost answer: nothing changes.
            count = len(self.env['esign.document.revision'].search([('reference', '=', f'{act._name},{act.id}')]))
            assert act._perform() == act
            assert count == len(act.line_ids.filtered('items'))

        self.try_to(allowed, work)
        if allowed:
            self.seen['act'] += 1
            assert act.state == 'done'
            assert act.consent_id.state == 'used'

    @precondition(lambda self: self.group.state in RUNNING)
    @rule(data=st.data())
    def is_interrupted(self, data):
        """A party confirms, and the process dies before anything is signed."""
        turn = [one for one in self.signers if one[0].state == 'pending']
        party, who = data.draw(st.sampled_from(turn))
        identity = self.identity(who)
        if not self.asked(lambda: identity and party._may_sign(identity)):
            return
        contracts = party.signer_ids.filtered(lambda one: one.state == 'open').contract_id
        placed = contracts[:1].placed
        items = None if placed else {contract.id: [self.item(identity)] for contract in contracts}
        with freeze_time(self.clock):
            act = self.case.freeze(party, identity, contracts=contracts, items=items)
            self.case.consent(act, identity)
        assert act.state == 'consented'
        self.interrupted.append(act)

    @precondition(lambda self: self.interrupted)
    @rule(data=st.data(), away=st.booleans())
    def clock_resumes(self, data, away):
        """The clock takes up what was interrupted, as often as it finds it; the token may be away again."""
        self.resume(data.draw(st.sampled_from(self.interrupted)), away=away)

    def resume(self, act, *, away):
        signing = patch.object(esign_signing_act_line, 'sign', side_effect=TokenError('token_failed', 'away'))
        before, state = self.revisions(act), act.state
        with freeze_time(self.clock), signing if away else nullcontext():
            try:
                with self.cr.savepoint():
                    act._perform()
                    self.env.flush_all()
            except EsignError as refusal:
                self.env.invalidate_all()
                act._note_failure(refusal)
                assert self.revisions(act) == before, 'a refusal leaves nothing behind'
        if state != 'consented':
            assert act.state == state
        elif act.state == 'consented':
            assert away and act.problem, 'it is tried again, and says why'
        else:
            assert act.state == 'done' or (act.state == 'failed' and act.problem), act.state
            assert act.consent_id.state == ('used' if act.state == 'done' else 'void')
        self.seen[f'resumed {act.state}'] += 1

    @staticmethod
    def revisions(act):
        return act.line_ids.contract_id.document_id.mapped('revision_number')

    @rule(index=st.integers(0, 2))
    def refuse(self, index):
        party, who = self.signers[index]
        identity = self.identity(who)
        allowed = bool(identity) and self.asked(lambda: party._may_refuse(identity))
        self.try_to(allowed, lambda: party._refuse(identity, '条款有误'))

    @rule(stranger=st.booleans())
    def revoke(self, stranger):
        identity = self.identity((self.case.carol, None)) if stranger else self.me
        allowed = self.asked(lambda: self.group._may('revoke', identity))
        self.try_to(allowed, lambda: self.group._revoke(identity, '不再需要'))

    @rule(days=st.integers(1, 5))
    def extend(self, days):
        deadline = self.group.deadline + dt.timedelta(days=days)
        with freeze_time(self.clock):
            sane = not self.group._deadline_fault(deadline, self.group.business_type_id)
        allowed = sane and self.asked(lambda: self.group._may('extend', self.me))
        self.try_to(allowed, lambda: self.group._extend(self.me, deadline))

    @rule()
    def remind(self):
        allowed = self.asked(lambda: self.group._may('remind', self.me))
        self.try_to(allowed, lambda: self.group._remind(self.me))

    @rule(hours=st.sampled_from([1, 1, 20, 24 * 4, 24 * 12]))
    def time_passes(self, hours):
        self.clock += dt.timedelta(hours=hours)
        late = self.group.state in RUNNING and self.clock >= self.group.expires_at
        with freeze_time(self.clock):
            assert self.group._expire() == late

    @precondition(lambda self: not self.removed)
    @rule()
    def operator_leaves(self):
        """The only operator of the other enterprise gives up its seals: nobody can use them for now."""
        self.removed = True
        with freeze_time(self.clock):
            for grant in self.grants():
                grant._cancel(self.case.bob.user_id, '离职')
            self.env.flush_all()

    @precondition(lambda self: self.removed)
    @rule()
    def another_follows(self):
        self.removed = False
        self.case.authorise(self.case.other, self.case.bob)

    def grants(self):
        seals = self.env['esign.seal'].search([('enterprise_id', '=', self.case.other.id)])
        return self.env['esign.seal.grant'].search([('seal_id', 'in', seals.ids), ('state', '=', 'active')])

    # What must hold ------------------------------------------------------------------------------

    @invariant()
    def the_parts_agree(self):
        if not hasattr(self, 'group'):
            return
        group, states = self.group, set(self.group.party_ids.mapped('state'))
        if self.ended_as:
            assert group.state == self.ended_as, 'what has ended stays as it is'
        if group.state in ENDED:
            self.ended_as = group.state
            assert states <= PARTIES_AT_END[group.state], (group.state, states)
            assert set(group.contract_ids.mapped('state')) == {'signed' if group.state == 'done' else 'void'}
            assert group.ended_at
            assert not group.act_ids.filtered(lambda act: act.state in ('frozen', 'consented'))
        if group.state in RUNNING:
            assert 'pending' in states, 'somebody can go on'
            pending = [party.order for party in group.party_ids if party.state == 'pending']
            waiting = [party.order for party in group.party_ids if party.state == 'waiting']
            assert not waiting or max(pending) < min(waiting), 'the order is kept'
        assert EsignContractGroup._moves[group.state] or group.state in ENDED, 'every state has a way on or is an end'

    @invariant()
    def the_trace_is_whole(self):
        if getattr(self, 'group', None) and self.group.chain_id:
            self.env.flush_all()
            self.group.chain_id._check()

    def leads_to_an_end(self):
        """From wherever it stands, the group can be signed to completion or revoked."""
        for act in self.interrupted:
            self.resume(act, away=False)
        if self.group.state in ('draft', *ENDED):
            return
        if self.group.state == 'failed':
            self.retry()
        with freeze_time(self.clock):
            self.group._expire()  # one that was prepared too late has its end in the clock
        if self.removed:
            self.another_follows()
        for _turn in range(3):
            for party, who in self.signers:
                if self.group.state in RUNNING and party.state == 'pending':
                    self.sign_now(party, who)
        assert self.group.state in ENDED, self.group.state

    def sign_now(self, party, who):
        identity, contracts = self.identity(who), party.signer_ids.filtered(lambda one: one.state == 'open').contract_id
        items = None
        if not contracts[:1].placed:
            items = {contract.id: [self.item(identity)] for contract in contracts}
        act = self.try_to(True, lambda: self.case.freeze(party, identity, contracts=contracts, items=items))
        self.confirm(act, who)

    def the_files_are_sound(self):
        """Each file holds the signatures that the acts say it holds."""
        for contract in self.group.contract_ids.filtered('prepared_id'):
            lines = contract.signer_ids.act_line_ids.filtered('revision_id')
            verdict = self.case.verdict(contract)
            assert verdict.conclusion == Conclusion.GENUINE, verdict
            assert len(verdict.signatures) == len(lines) + 1  # the platform's


@tagged('-at_install', 'post_install')
class TestMachines(EngineCase):
    """The machines of group, contract, party, signer and act under random moves, legal and not."""

    # R3.4 R3.5 R3.8 R3.12 R2.10
    def test_no_group_is_stuck(self):
        Life.case, Life.seen = self, Counter()
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=not os.environ.get('ESIGN_MACHINE_EXAMPLES'),
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
        # Few lives may pass by what happens seldom; the tests below show it one by one.
        seldom = ('failed', 'resumed done', 'resumed failed') if EXAMPLES >= 50 else ()
        for happened in ('act', 'refused', 'done', *seldom):
            self.assertTrue(Life.seen[happened], Life.seen)
        _logger.info('Lives: %s', dict(Life.seen))

    # R3.4
    def test_an_interrupted_act_is_resumed_or_ends_with_its_group(self):
        group = self.launch(self.group_draft([(self.own, 1), (self.carol, 1)]))
        me, party = self.identity(self.alice, self.own), group.party_ids[0]
        act = self.consent(self.freeze(party, me), me)
        away = patch.object(esign_signing_act_line, 'sign', side_effect=TokenError('token_failed', 'away'))
        with away, self.assertRaises(EsignError) as refused, self.cr.savepoint():
            act._perform()
        act._note_failure(refused.exception)
        self.assertEqual((act.state, act.consent_id.state), ('consented', 'given'), 'it is tried again')
        self.assertTrue(act.problem)
        # He does not wait, and begins anew: what was confirmed twice is signed once.
        self.sign(party, me)
        with self.assertRaises(EsignError) as refused, self.cr.savepoint():
            act._perform()
        self.assertEqual(refused.exception.code, 'ALREADY')
        act._note_failure(refused.exception)
        self.assertEqual((act.state, act.consent_id.state), ('failed', 'void'))
        self.assertEqual(len(party.signer_ids.act_line_ids.filtered('revision_id')), 1)

    def test_completion_leaves_no_act_open(self):
        group = self.launch(self.group_draft([self.carol]))
        me, party = self.identity(self.carol), group.party_ids
        left = self.consent(self.freeze(party, me), me)
        self.sign(party, me)
        self.assertEqual(group.state, 'done')
        self.assertEqual((left.state, left.consent_id.state), ('cancelled', 'void'))

    # R2.10
    def test_a_failed_preparation_can_be_repeated_or_revoked(self):
        for way_on in ('_retry', '_revoke'):
            group = self.group_draft([self.carol])
            away = patch.object(esign_contract_group_launch, 'prepare', side_effect=TokenError('token_failed', 'away'))
            me = self.identity(self.alice, self.own)
            with away:
                self.launch(group)
            self.assertEqual(group.state, 'failed')
            self.assertTrue(group.problem)
            getattr(group, way_on)(me, *(['不再需要'] if way_on == '_revoke' else []))
            self.assertEqual(group.state, 'pending' if way_on == '_retry' else 'revoked')

    def test_every_state_has_a_way_on_or_is_an_end(self):
        ends = {
            'esign.contract.group': set(ENDED),
            'esign.contract': {'signed', 'void'},
            'esign.party': {'signed', 'refused', 'revoked', 'expired'},
            'esign.contract.signer': {'signed'},
            'esign.signing.act': {'done', 'failed', 'cancelled'},
        }
        for name, final in ends.items():
            model = self.env[name]
            moves = model._moves
            self.assertEqual(set(moves), set(dict(model._fields['state'].selection)), name)
            self.assertEqual({state for state, onward in moves.items() if not onward}, final, name)
            for state in set(moves) - final:
                self.assertTrue(self._reach(moves, state) & final, f'{name}: {state} leads to no end')
            first = model._fields['state'].default(model)
            self.assertEqual(self._reach(moves, first) | {first}, set(moves), f'{name}: a state is never reached')

    @staticmethod
    def _reach(moves, state):
        seen, todo = set(), [state]
        while todo:
            for onward in moves[todo.pop()] - seen:
                seen.add(onward)
                todo.append(onward)
        return seen
