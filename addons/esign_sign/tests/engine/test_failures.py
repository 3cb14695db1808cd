import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.errors import ResultInvalid, TimestampError, TokenError
from odoo.addons.esign_base.signing.keys.tokens import TokenPool
from odoo.addons.esign_base.tests.api.callback_common import CallbackCase

from ...models.engine import esign_contract_archive, esign_contract_group_launch, esign_signing_act_line
from ...tools.room_address import OWN
from ..common import EngineCase

LOG = 'odoo.addons.esign_sign.models.engine.esign_failing'
AWAY = TokenError('token_failed', 'the token does not answer')
NO_TIME = TimestampError('tsa_unreachable', 'nobody answers')
NOT_SOUND = ResultInvalid('result_invalid', 'the signature does not hold')


@tagged('-at_install', 'post_install')
class TestFailures(CallbackCase, EngineCase):
    """A failure at any point is told: on the page, in the lists, by interface, call-back and trace; once."""

    # R3.1 R7.1 R7.2
    def setUp(self):
        super().setUp()
        self.callback = self.subscription()
        self.system = self.callback.user_id

    def group_of_system(self, parties, **values):
        group = self.group_draft(parties, **values)
        for number, party in enumerate(group.party_ids):
            party.ref = f'p{number}'
        for number, contract in enumerate(group.contract_ids):
            contract.ref = f'c{number}'
        self.env['esign.api.reference'].sudo().create(
            {'user_id': self.system.id, 'kind': 'group', 'ref': f'job-{group.id}', 'res_id': group.id}
        )
        return group

    def asked(self, group):
        """What the interface answers of the group."""
        return self.env['esign.api'].with_user(self.system).group(group=f'job-{group.id}')

    def told(self, group):
        """Call-backs of failures, as values."""
        events = self.callback.event_ids.filtered(
            lambda one: one.kind == 'contract.failed' and one.lane == f'esign.contract.group,{group.id}'
        )
        return [json.loads(event.body) for event in events.sorted('id')]

    def traced(self, group):
        return [event.note for event in group.event_ids.sorted('number') if event.kind == 'failed']

    def check_told(self, group, *, party=None, times=1, first=None):
        """The cause stands on the record, and what those outside read of it everywhere; it was told once.

        :param first: what was told, where something else is to be read since.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        group = group.with_context(lang='zh_CN')  # as the system that asks, and the platform
        part = group.party_ids & party if party else group.contract_ids.filtered('problem_code')[:1] or group
        reason = part._told_problem()
        self.assertTrue(reason)
        self.assertEqual((group.problem, group._told_problem()), (part.problem, reason))
        self.assertIn(group, self.env['esign.contract.group'].search([('problem', '!=', False)]), 'filter of staff')
        answer = self.asked(group)
        self.assertEqual(answer['reason'], reason)
        self.assertEqual(self.traced(group), [first or reason] * times)
        told = self.told(group)
        self.assertEqual([one['reason'] for one in told], [first or reason] * times)
        row = group._rows(self.identity(self.alice, self.own), 'others')[0]
        self.assertEqual(row['reason'], reason)
        if party:
            self.assertEqual(next(one for one in answer['parties'] if one['ref'] == party.ref)['reason'], reason)
            self.assertEqual(told[-1]['party']['ref'], party.ref)

    @contextmanager
    def failing(self, error, module=esign_signing_act_line, name='sign'):
        with patch.object(module, name, side_effect=error), mute_logger(LOG):
            yield

    def perform(self, act, lang=None):
        """As after the commit, or by the clock."""
        self.env.flush_all()
        act._perform_apart(self.env.registry, act.id, {'lang': lang} if lang else {}, wait=1)
        self.env.invalidate_all()

    def confirmed(self, person):
        """A group of one person who has confirmed."""
        group = self.launch(self.group_of_system([person]))
        act = self.consent(self.freeze(group.party_ids, self.identity(person)), self.identity(person))
        return group, act

    def silent(self, **values):
        """A group that the own enterprise signs silently, its authorisation there."""
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.own.id), ('kind_code', '=', 'official')])
        member = self.own._member_of(self.alice)
        self.env['esign.seal.grant']._propose(seal, self.alice.user_id, member, silent=True)
        return self.group_of_system([self.own], **values)

    # Signing ----------------------------------------------------------------------------------

    def check_passing(self, error, module=esign_signing_act_line, name='sign'):
        group, act = self.confirmed(self.carol)
        party = group.party_ids
        with self.failing(error, module, name):
            self.perform(act)
            self.assertEqual((act.state, party.state), ('consented', 'pending'))
            self.check_told(group, party=party)
            room = group._room(self.identity(self.carol), group.id, OWN)
            self.assertEqual((room['problem'], room['act']['problem']), (act._told_problem(), act._told_problem()))
            self.perform(act)
            self.check_told(group, party=party)
        self.perform(act)
        self.assertEqual((act.state, party.state, group.state), ('done', 'signed', 'done'))
        self.assertFalse(group.problem or party.problem or act.problem)
        self.assertFalse(self.asked(group)['reason'])
        kinds = group.event_ids.mapped('kind')
        self.assertEqual((kinds.count('consent_given'), kinds.count('failed')), (1, 1))

    def test_the_token_is_away(self):
        self.check_passing(AWAY, TokenPool, 'generate')

    def test_no_time_stamp_can_be_had(self):
        self.check_passing(NO_TIME)

    def test_an_unforeseen_fault(self):
        self.check_passing(KeyError('/Root'))

    def test_the_file_store_has_lost_the_file(self):
        self.check_passing(lambda *_args, **_kw: b'', type(self.env['ir.attachment']), '_file_read')

    def test_a_person_is_freed_after_some_attempts(self):
        group, act = self.confirmed(self.carol)
        with self.failing(NO_TIME):
            self.perform(act)
            waiting = act.with_context(lang='zh_CN')._told_problem()
            for _attempt in range(4):
                self.perform(act)
        self.assertEqual((act.state, group.party_ids.state), ('failed', 'pending'))
        self.assertNotEqual(act._told_problem(), waiting, 'nothing is tried again by itself any more')
        self.check_told(group, party=group.party_ids, first=waiting)
        self.sign(group.party_ids, self.identity(self.carol))
        self.assertEqual(group.state, 'done')
        self.assertFalse(group.problem)

    def test_the_core_refuses(self):
        group = self.silent()
        self.launch(group)
        act = group.party_ids._auto_sign(self.system)
        with self.failing(NOT_SOUND):
            self.perform(act)
        self.assertEqual(act.state, 'failed')
        self.check_told(group, party=group.party_ids)
        for _again in range(2):
            with self.assertRaises(EsignError) as refused, self.env.cr.savepoint():
                group.party_ids._auto_sign(self.system)
            self.assertEqual((refused.exception.code, str(refused.exception)), ('SIGNING_FAILED', act.problem))
        self.assertEqual(group.event_ids.mapped('kind').count('consent_given'), 1)
        group.with_user(self.operator).action_try_again()
        again = group.act_ids.filtered(lambda one: one.state == 'consented')
        self.perform(again)
        self.assertEqual((again.state, group.state), ('done', 'done'))
        self.assertFalse(group.problem)

    def test_a_silent_act_is_tried_until_it_succeeds(self):
        group = self.silent()
        self.launch(group)
        act = group.party_ids._auto_sign(self.system)
        with self.failing(NO_TIME):
            for _minute in range(7):
                self.perform(act)
            self.assertEqual(group.party_ids._auto_sign(self.system), act)
        self.assertEqual(act.state, 'consented')
        self.check_told(group, party=group.party_ids)
        self.perform(act)
        self.assertEqual(group.state, 'done')
        self.assertEqual(group.event_ids.mapped('kind').count('consent_given'), 1)

    def test_a_process_that_died_is_told(self):
        group, act = self.confirmed(self.carol)
        self.env.cr.execute('UPDATE esign_signing_act SET attempts = 1 WHERE id = %s', [act.id])
        act.invalidate_recordset()
        seen = []

        def look(*_args, **_kw):
            raise EsignError('没有时间戳', 'TSA_FAILED')

        with patch.object(type(act), '_perform', side_effect=lambda: seen.append(act.problem) or look()):
            self.perform(act)
        self.assertEqual(len(self.traced(group)), 2)  # the interruption, then the time stamp
        self.assertTrue(seen[0])

    # Who reads what, in which language ----------------------------------------------------------

    def words(self, record, lang, name='problem'):
        return record.with_context(lang=lang)[name]

    def check_languages(self, group, part, cause, told, answer):
        """Each reads a failure in his own language, whoever met it: staff the cause, others what they may do."""
        self.env.flush_all()
        self.env.invalidate_all()
        for lang in ('zh_CN', 'en_US'):
            with self.subTest(lang=lang):
                self.assertEqual((self.words(part, lang), self.words(group, lang)), (cause[lang], cause[lang]))
                within = group.with_context(lang=lang)
                event = within.event_ids.filtered(lambda one: one.kind == 'failed')
                self.assertEqual((part.with_context(lang=lang)._told_problem(), event.shown_note), (told[lang],) * 2)
                self.assertEqual(within._rows(self.identity(self.alice, self.own), 'others')[0]['reason'], told[lang])
                api = self.env['esign.api'].with_user(self.system).with_context(lang=lang)
                found = api.group(group=f'job-{group.id}')
                self.assertEqual((found['reason'], answer(found)['reason']), (told[lang], told[lang]))
                traced = api.trace(group=f'job-{group.id}')['events']
                self.assertEqual([one['note'] for one in traced if one['kind'] == 'failed'], [told[lang]])
        self.assertEqual(self.told(group)[0]['reason'], told['zh_CN'], 'call-backs speak the language of the platform')
        self.assertEqual(group.chain_id._faults(), [], 'what is shown is not what is hashed')

    def test_the_operators_matters_are_not_the_signers(self):
        refused = TokenError('pin_refused', 'the token refuses the PIN')
        cause = {
            'zh_CN': '密码设备拒绝了已配置的 PIN，系统不会再次尝试，请联系运维人员。',
            'en_US': 'The key token refuses the configured PIN. Tell the operator; nothing is tried again.',
        }
        told = {
            'zh_CN': '签署服务暂时不可用，请稍后再试。',
            'en_US': 'The signing service is not available just now. Please try again later.',
        }
        self.env['ir.default'].set('res.partner', 'lang', 'zh_CN')
        for lang in ('zh_CN', 'en_US'):
            group, act = self.confirmed(self.carol)
            with self.failing(refused, TokenPool, 'generate'):
                self.perform(act, lang)
            self.assertEqual(act.state, 'failed')
            self.check_languages(group, group.party_ids, cause, told, lambda found: found['parties'][0])
            room = group.with_context(lang='zh_CN')._room(self.identity(self.carol), group.id, OWN)
            self.assertEqual(room['problem'], told['zh_CN'])
            self.assertNotIn('PIN', json.dumps(room, ensure_ascii=False))
            mails = self.env['mail.mail'].search([]).filtered(lambda one: '密码设备' in (one.body_html or ''))
            self.assertFalse(mails)

    def test_a_stamp_that_fails_is_read_in_each_language(self):
        cause = {
            'zh_CN': '无法取得可信时间戳（tsa_unreachable），请稍后再试。',
            'en_US': 'No trusted time stamp could be had (tsa_unreachable). Try again later.',
        }
        told = {
            'zh_CN': '签署服务暂时不可用，系统会自动重试，您无需任何操作。',
            'en_US': 'The signing service is not available just now. It is tried again by itself; '
            'you need not do anything.',
        }
        self.env['ir.default'].set('res.partner', 'lang', 'zh_CN')
        group = self.launch(self.group_of_system([self.carol]))
        with self.failing(NO_TIME, esign_contract_archive, 'archive'):
            self.sign(group.party_ids, self.identity(self.carol))
        self.check_languages(group, group.contract_ids, cause, told, lambda found: found['contracts'][0])

    def test_a_refusal_with_values_is_read_in_each_language(self):
        group, act = self.confirmed(self.carol)
        self.env['ir.default'].set('res.partner', 'lang', 'zh_CN')
        line = act.line_ids.with_context(lang='en_US')

        def refuse(*_args, **_kw):
            raise EsignError(line.env._('Place at least one seal on “%s” first.', '合同甲'), 'NOTHING_PLACED')

        with patch.object(type(line), '_sign', side_effect=refuse):
            self.perform(act)
        words = {'zh_CN': '请先在“合同甲”上放置至少一枚印章。', 'en_US': 'Place at least one seal on “合同甲” first.'}
        self.check_languages(group, group.party_ids, words, words, lambda found: found['parties'][0])

    def test_what_was_kept_as_words_is_read_as_it_is(self):
        group, _act = self.confirmed(self.carol)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE esign_party SET problem = '旧的一句话', problem_code = 'X' WHERE id = %s", [group.party_ids.id]
        )
        self.env.invalidate_all()
        for lang in ('zh_CN', 'en_US'):
            self.assertEqual(self.words(group.party_ids, lang), '旧的一句话')
            self.assertEqual(group.party_ids.with_context(lang=lang)._told_problem(), '旧的一句话')
        group.party_ids.write({'problem': '\x1e{"source": "typed", "args": []}'})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(group.party_ids.problem, '{"source": "typed", "args": []}', 'nobody types a kept sentence')

    # Preparation ------------------------------------------------------------------------------

    def test_the_preparation_fails_for_good(self):
        group = self.group_of_system([self.carol])
        with self.failing(NOT_SOUND, esign_contract_group_launch, 'prepare'):
            self.launch(group)
        self.assertEqual(group.state, 'failed')
        self.check_told(group)
        group._retry(self.identity(self.alice, self.own))
        self.assertEqual(group.state, 'pending')
        self.assertFalse(group.problem)

    def test_the_preparation_meets_an_unforeseen_fault(self):
        group = self.group_of_system([self.carol])
        with self.failing(ValueError('x'), esign_contract_group_launch, 'prepare'):
            group = group.with_context(queue_job__no_delay=False)
            group._launch(self.identity(self.alice, self.own))
            group._prepare()
            self.assertEqual(group.state, 'preparing')
            self.check_told(group)
            job = self.env['queue.job'].search([('identity_key', '=', f'esign-prepare-{group.id}')])
            self.assertTrue(job)
            for _attempt in range(4):
                group._prepare()
        self.assertEqual(group.state, 'failed')
        self.assertEqual(len(self.traced(group)), 2)  # when it began, and when it was given up
        group._retry(self.identity(self.alice, self.own))
        group._prepare()
        self.assertEqual(group.state, 'pending')

    def test_a_preparation_without_a_job_is_taken_up_within_a_minute(self):
        group = self.group_of_system([self.carol])
        group.with_context(queue_job__no_delay=False)._launch(self.identity(self.alice, self.own))
        self.env['queue.job'].sudo().search([('identity_key', '=', f'esign-prepare-{group.id}')]).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE esign_contract_group SET write_date = write_date - interval '61 seconds' WHERE id = %s", [group.id]
        )
        group.invalidate_recordset()
        self.env['esign.contract.group']._cron_resume()
        self.assertEqual(group.state, 'pending')
        self.assertEqual(self.env.ref('esign_sign.cron_resume_groups').interval_number, 1)

    # Archive ----------------------------------------------------------------------------------

    def test_the_archive_stamp_fails(self):
        for error in (NO_TIME, KeyError('/Root')):
            group = self.launch(self.group_of_system([self.carol]))
            with self.failing(error, esign_contract_archive, 'archive'):
                self.sign(group.party_ids, self.identity(self.carol))
                self.assertEqual(group.state, 'done')
                self.check_told(group)
                self.assertEqual(
                    self.asked(group)['contracts'][0]['reason'],
                    group.contract_ids.with_context(lang='zh_CN')._told_problem(),
                )
                self.assertFalse(group.contract_ids._archive())
                self.check_told(group)
            group.with_user(self.operator).action_try_again()
            self.assertTrue(group.contract_ids.archived_at)
            self.assertFalse(group.problem or self.asked(group)['reason'])

    # Silent signing asked for early -----------------------------------------------------------

    def test_silent_signing_asked_for_before_the_files_are_ready(self):
        group = self.silent()
        group.with_context(queue_job__no_delay=False)._launch(self.identity(self.alice, self.own))
        api, said = self.env['esign.api'].with_user(self.system), {'group': f'job-{group.id}', 'party': 'p0'}
        for _twice in range(2):
            self.assertEqual(api.auto_sign(**said), {'state': 'signing', 'job': ''})
        self.assertFalse(group.act_ids)
        group._prepare()
        self.assertEqual((group.state, group.act_ids.state), ('pending', 'consented'))
        self.assertEqual(api.auto_sign(**said)['job'], group.act_ids.job)
        self.perform(group.act_ids)
        self.assertEqual(api.auto_sign(**said)['state'], 'signed')
        self.assertEqual(len(group.act_ids), 1)

    def test_silent_signing_that_is_not_authorised_any_more_is_told(self):
        group = self.silent()
        group.with_context(queue_job__no_delay=False)._launch(self.identity(self.alice, self.own))
        group.party_ids._auto_sign(self.system)
        self.env['esign.seal.grant'].search([('silent', '=', True)])._end_all('withdrawn')
        group._prepare()
        self.assertEqual(group.state, 'pending')
        self.check_told(group, party=group.party_ids)

    def test_silent_signing_without_an_authorisation_is_refused_at_once(self):
        group = self.group_of_system([self.other])
        group.with_context(queue_job__no_delay=False)._launch(self.identity(self.alice, self.own))
        with self.assertRaises(EsignError) as refused, self.env.cr.savepoint():
            group.party_ids._auto_sign(self.system)
        self.assertEqual(refused.exception.code, 'NO_SILENT_GRANT')

    # Parties without a seal -------------------------------------------------------------------

    def lacking(self, group):
        """Path and code of the faults of a launch."""
        return [(fault.path, fault.code) for fault in group._launch_faults()]

    def test_a_party_without_a_usable_seal_is_refused(self):
        seals = self.env['esign.seal'].search([('enterprise_id', '=', self.other.id)])
        official = seals.filtered(lambda one: one.kind_code == 'official')
        placed, free = self.group_draft([self.own, self.other]), self.group_draft([self.other], placed=False)
        path = 'contracts[0].parties[1].placements[0].seal_kind'
        self.assertEqual((self.lacking(placed), self.lacking(free)), ([], []))
        official._suspend('暂停')
        self.assertEqual((self.lacking(placed), self.lacking(free)), ([(path, 'NO_SEAL')], []))
        official._resume()
        grants = self.env['esign.seal.grant'].search([('enterprise_id', '=', self.other.id)])
        grants._end_all('withdrawn')
        self.assertEqual(self.lacking(placed), [(path, 'NO_SEAL')])
        self.assertEqual(self.lacking(free), [('parties[0]', 'NO_SEAL')])
        self.authorise(self.other, self.bob)
        self.assertEqual(self.lacking(placed), [])
        self.env['esign.certificate']._drop_of([self.other.uscc], 'superseded', 'x')
        self.assertEqual(self.lacking(placed), [(path, 'NO_SEAL')])
        self.env['esign.certificate']._request_for(self.other)
        self.assertEqual(self.lacking(placed), [], 'a certificate that is being issued comes by itself')
        for seal in seals:
            seal._collect('换章')
        self.assertEqual(self.lacking(free), [('parties[0]', 'NO_SEAL')])

    def test_a_type_of_seal_that_a_party_does_not_have(self):
        group = self.group_draft([self.other])
        group.contract_ids.signer_ids.placement_ids.seal_kind_id = self.env['esign.seal.kind']._of('finance')
        ((path, code),) = self.lacking(group)
        self.assertEqual((path, code), ('contracts[0].parties[0].placements[0].seal_kind', 'NO_SEAL'))

    def test_a_person_without_a_name_seal(self):
        dora = self.make_person('王𰀀')
        self.env['esign.seal']._make_name_seal(dora)
        group = self.group_draft([dora])
        self.assertEqual(self.env['esign.seal'].search([('person_id', '=', dora.id)]).mapped('state'), ['failed'])
        self.assertEqual(self.lacking(group), [('contracts[0].parties[0].placements[0].seal_kind', 'NO_SEAL')])
        group.contract_ids.signer_ids.placement_ids.seal_kind_id = self.env['esign.seal.kind']._of('handwriting')
        self.assertEqual(self.lacking(group), [])

    def test_a_sign_of_the_clock(self):
        """What nobody confirmed is no failure."""
        group = self.launch(self.group_of_system([self.carol]))
        self.freeze(group.party_ids, self.identity(self.carol))
        self.env.ref('esign_sign.cron_resume_acts').method_direct_trigger()
        self.assertFalse(group.problem or self.told(group))
        self.assertLess(group.launched_at, fields.Datetime.add(fields.Datetime.now(), seconds=1))
