import json
import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ...errors import EsignError
from ...rules import callbacks as rule
from ...tools import development
from .callback_common import CallbackCase, babble, drip, hang


@tagged('post_install', '-at_install')
class TestCallbacks(CallbackCase, TransactionCase):
    # R7.2
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env['esign.person'].sudo()
        for number in range(2):
            partner = cls.env['res.partner'].create({'name': f'人{number}'})
            cls.people |= cls.people.create({'partner_id': partner.id, 'name': partner.name})

    # Events -----------------------------------------------------------------------------------

    def test_a_change_of_state_is_told_once(self):
        callback = self.subscription('person.verified')
        person = self.people[0]
        person._move('verified', verified_at=fields.Datetime.now())
        person._move('frozen')
        person._move('verified')
        event = callback.event_ids
        self.assertEqual((len(event), event.kind, event.lane), (1, 'person.verified', f'esign.person,{person.id}'))
        body = json.loads(event.body)
        self.assertEqual(
            (body['event'], body['event_id'], body['status']), ('person.verified', event.event_id, 'verified')
        )
        self.assertLess(abs(body['timestamp'] / 1000 - datetime.now(UTC).timestamp()), 60)

    def test_what_is_rolled_back_was_never_told(self):
        callback = self.subscription()
        before = self.env['queue.job'].search_count([])
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.emit(self.people[0])
            raise ZeroDivisionError
        self.assertFalse(callback.event_ids)
        self.assertEqual(self.env['queue.job'].search_count([]), before)

    def test_nothing_leaves_within_the_transaction(self):
        callback = self.subscription()
        self.env['esign.callback'].with_context(queue_job__no_delay=True)._emit(
            'person.verified', self.people[0], '', lambda _ref: {}
        )
        self.assertEqual(self.receiver.seen, [])
        job = self.env['queue.job'].search([], order='id desc', limit=1)
        self.assertEqual((job.channel, job.method_name), ('root.esign_callback', '_deliver'))
        self.assertEqual(callback.event_ids.state, 'pending')

    def test_only_what_was_asked_for_and_of_what_the_system_created(self):
        other = self.subscription('person.verified', scope='own')
        none = self.subscription(scope='all')
        none.kind_ids = False
        self.emit(self.people[0])
        self.assertFalse(other.event_ids)
        self.assertFalse(none.event_ids)
        references = self.env['esign.api.reference'].sudo()
        other_system = self.subscription('person.verified', scope='own')
        for system, ref in ((other, 'staff-7'), (other_system, 'theirs')):
            person = self.people[0] if ref == 'staff-7' else self.people[1]
            references.create({'user_id': system.user_id.id, 'kind': 'person', 'ref': ref, 'res_id': person.id})
        for person in self.people:
            self.emit(person, 'again')
        for system, ref in ((other, 'staff-7'), (other_system, 'theirs')):
            self.assertEqual([json.loads(event.body)['biz_no'] for event in system.event_ids], [ref])

    def test_two_subscribers_get_the_same_event_id(self):
        one, two = self.subscription(), self.subscription()
        self.emit(self.people[0])
        self.assertTrue(one.event_ids.event_id)
        self.assertEqual(one.event_ids.event_id, two.event_ids.event_id)

    # Delivery ---------------------------------------------------------------------------------

    def test_delivered_signed(self):
        for algorithm in (rule.SHA256, rule.SM3):
            with self.subTest(algorithm=algorithm):
                callback = self.subscription(algorithm=algorithm)
                self.emit(self.people[0], algorithm)
                self.assertEqual(self.deliver(callback), 1)
                event = callback.event_ids
                self.assertEqual((event.state, event.attempts, event.attempt_ids.status), ('sent', 1, 200))
                path, headers, body = self.receiver.seen[-1]
                self.assertEqual((path, body.decode()), ('/hook?a=1&b=2', event.body))
                self.assertEqual(headers['X-App-Id'], callback.app_id)
                self.assertTrue(self.genuine(algorithm=algorithm))

    def test_a_receiver_finds_every_change(self):
        callback = self.subscription()
        self.emit(self.people[0])
        self.deliver(callback)
        path, headers, body = self.receiver.seen[-1]
        secret, now = self.secrets[callback.app_id], datetime.now(UTC)
        self.assertTrue(rule.genuine(secret, path, body, headers, now=now))
        forged = (
            (secret, path, body + b' ', headers, now),
            (secret, path.replace('a=1', 'a=2'), body, headers, now),
            (secret, '/other?a=1&b=2', body, headers, now),
            (secret + 'x', path, body, headers, now),
            (secret, path, body, {**headers, 'X-Nonce': '0' * 32}, now),
            (secret, path, body, {**headers, 'X-Timestamp': str(int(headers['X-Timestamp']) + 1)}, now),
            (secret, path, body, {**headers, 'X-Timestamp': ''}, now),
            (secret, path, body, {**headers, 'X-Signature': ''}, now),
            (secret, path, body, headers, now + timedelta(minutes=16)),
            (secret, path, body, headers, now - timedelta(minutes=16)),
        )
        for key, where, what, heads, when in forged:
            with self.subTest(where=where, heads=heads):
                self.assertFalse(rule.genuine(key, where, what, heads, now=when))

    def test_failures_lose_nothing_and_keep_the_order(self):
        callback = self.subscription()
        person = self.people[0]
        self.receiver.answers = [500, 302, babble, 404, 200, 503, 200, 200]
        for number in range(3):
            self.emit(person, str(number), number=number)
        self.assertEqual(self.deliver(callback), 8)
        numbers = [event['number'] for event in self.receiver.events()]
        self.assertEqual(numbers, [0, 0, 0, 0, 0, 1, 1, 2])
        self.assertEqual(set(callback.event_ids.mapped('state')), {'sent'})
        ids = {event['number']: set() for event in self.receiver.events()}
        for event in self.receiver.events():
            ids[event['number']].add(event['event_id'])
        self.assertEqual([len(found) for found in ids.values()], [1, 1, 1], 'one id for all attempts of an event')
        self.assertNotIn('/elsewhere', [path for path, _headers, _body in self.receiver.seen])
        faults = callback.event_ids.attempt_ids.sorted('id').mapped('fault')
        self.assertEqual(faults, ['status', 'redirect', 'broken_answer', 'status', '', 'status', '', ''])
        nonces = [headers['X-Nonce'] for _path, headers, _body in self.receiver.seen]
        self.assertEqual(len(set(nonces)), len(nonces))
        self.assertTrue(all(self.genuine(index) for index in range(len(nonces))))

    def test_slow_receivers_are_left_after_five_seconds(self):
        callback = self.subscription()
        for number, slow in enumerate((hang, drip)):
            with self.subTest(slow=slow.__name__):
                self.receiver.answers = [slow]
                self.emit(self.people[0], str(number))
                started = datetime.now(UTC)
                callback._deliver(f'esign.person,{self.people[0].id}')
                took = (datetime.now(UTC) - started).total_seconds()
                attempt = callback.event_ids.attempt_ids[0]
                self.assertEqual(attempt.fault, 'timeout')
                self.assertLess(took, rule.TIMEOUT_SECONDS + 1.5)
                self.assertGreater(attempt.milliseconds, rule.TIMEOUT_SECONDS * 900)
                self.deliver(callback)

    def test_a_receiver_that_is_down(self):
        callback = self.subscription()
        self.receiver.close()
        self.emit(self.people[0])
        callback._deliver(callback.event_ids.lane)
        self.assertEqual(callback.event_ids.attempt_ids.fault, 'unreachable')
        self.assertEqual(callback.event_ids.state, 'pending')

    def test_schedule_then_given_up_then_the_next(self):
        callback = self.subscription()
        person = self.people[0]
        self.receiver.answers = [500] * (len(rule.PAUSES) + 1)
        self.emit(person, 'dead', number=0)
        self.emit(person, 'next', number=1)
        first, second = callback.event_ids.sorted('id')
        for pause in rule.PAUSES:
            callback._deliver(first.lane)
            self.assertEqual(first.state, 'pending')
            wait = (first.next_at - fields.Datetime.now()).total_seconds()
            self.assertAlmostEqual(wait, pause, delta=2)
            before = len(self.receiver.seen)
            callback._deliver(first.lane)  # too early: nothing is sent, of none of the two
            self.assertEqual(len(self.receiver.seen), before)
            first.sudo().next_at = fields.Datetime.now()
        callback._deliver(first.lane)
        self.assertEqual((first.state, first.attempts, second.state), ('dead', 15, 'pending'))
        self.deliver(callback)
        self.assertEqual((first.state, second.state), ('dead', 'sent'))
        self.assertEqual(callback.dead_count, 1)
        first.with_user(self.env.ref('base.user_admin')).action_replay()
        self.assertEqual((first.state, first.attempts), ('pending', 0))
        self.deliver(callback)
        self.assertEqual(first.state, 'sent')
        self.assertEqual(self.receiver.events()[-1]['number'], 0)
        self.assertEqual(self.receiver.events()[-1]['event_id'], self.receiver.events()[0]['event_id'])

    def test_the_schedule_of_the_specification(self):
        self.assertEqual(rule.PAUSES, (10, 10, 30, 60, 180, 360, 600, 1200, 1800, 3600, 7200, 7200, 7200, 7200))
        self.assertIsNone(rule.pause_after(15))
        self.assertEqual(rule.pause_after(1), timedelta(seconds=10))

    def test_other_records_do_not_wait(self):
        callback = self.subscription()
        self.receiver.answers = [500]
        for person in self.people:
            self.emit(person)
        for person in self.people:
            callback._deliver(f'esign.person,{person.id}')
        states = {event.lane: event.state for event in callback.event_ids}
        self.assertEqual(states[f'esign.person,{self.people[0].id}'], 'pending')
        self.assertEqual(states[f'esign.person,{self.people[1].id}'], 'sent')

    def test_a_receiver_that_does_not_answer_is_asked_by_one_lane(self):
        callback = self.subscription()
        self.receiver.close()
        for person in self.people:
            self.emit(person)
        first, second = callback.event_ids.sorted('id')
        callback._deliver(first.lane)
        callback._deliver(second.lane)
        self.assertEqual((first.attempts, second.attempts), (1, 0), 'no attempt of the second is spent')
        wait = (second.next_at - fields.Datetime.now()).total_seconds()
        self.assertTrue(58 <= wait <= 92, wait)
        for event in (first, second):
            event.sudo().next_at = fields.Datetime.now()
            callback._deliver(event.lane)
        self.assertEqual((first.attempts, second.attempts), (2, 0), 'the first goes on by its schedule')
        other = self.subscription()
        self.emit(self.people[1], 'other')
        other._deliver(other.event_ids.lane)
        self.assertEqual(other.event_ids.attempts, 1, 'another receiver is not concerned')
        first.attempt_ids.sudo().write({'fault': 'status'})
        second.sudo().next_at = fields.Datetime.now()
        callback._deliver(second.lane)
        self.assertEqual(second.attempts, 1)

    def test_one_attempt_at_a_time(self):
        callback = self.subscription()
        self.emit(self.people[0])
        event = self.env.registry['esign.callback.event']
        with (
            patch.object(event, 'try_lock_for_update', lambda self: self.browse()),
            self.assertRaises(RetryableJobError) as busy,
        ):
            callback._deliver(callback.event_ids.lane)
        self.assertTrue(busy.exception.ignore_retry)
        self.assertEqual(self.receiver.seen, [])

    def test_every_event_brings_a_job_of_its_own(self):
        """A job of the lane may have looked already when another transaction still sees it waiting."""
        callback = self.subscription()
        jobs = self.env['queue.job']
        self.emit(self.people[0], '1')
        first = jobs.search([('identity_key', 'like', f'esign-callback-{callback.id}-')])
        self.assertEqual(first.state, 'pending')
        self.emit(self.people[0], '2')
        self.emit(self.people[0], '2')
        self.assertEqual(jobs.search_count([('identity_key', 'like', f'esign-callback-{callback.id}-')]), 2)
        callback._deliver(callback.event_ids[0].lane)
        callback._deliver(callback.event_ids[0].lane)
        self.assertEqual(set(callback.event_ids.mapped('state')), {'sent'})

    def test_jobs_queue_once_and_go_on(self):
        callback = self.subscription()
        jobs = self.env['queue.job']

        def queued():
            return jobs.search_count([('identity_key', 'like', f'esign-callback-{callback.id}-')])

        self.emit(self.people[0], '1')
        self.emit(self.people[0], '2')
        callback._deliver_later(callback.event_ids[0])
        self.assertEqual(queued(), 2)
        self.receiver.answers = [200, 500]
        lane = callback.event_ids[0].lane
        callback._deliver(lane)
        callback._deliver(lane)
        self.assertEqual(queued(), 3)
        later = jobs.search([('identity_key', 'like', f'esign-callback-{callback.id}-'), ('eta', '!=', False)])
        self.assertEqual(len(later), 1)
        self.assertGreater(later.eta, fields.Datetime.now())

    def test_lost_jobs_are_taken_up(self):
        callback = self.subscription()
        self.emit(self.people[0])
        jobs = self.env['queue.job'].sudo().search([('identity_key', 'like', f'esign-callback-{callback.id}-')])
        jobs.unlink()
        callback._cron_deliver()
        self.assertFalse(self.env['queue.job'].search([('identity_key', 'like', f'esign-callback-{callback.id}-')]))
        callback.event_ids.sudo().next_at = fields.Datetime.now() - timedelta(minutes=2)
        callback._cron_deliver()
        self.assertTrue(self.env['queue.job'].search([('identity_key', 'like', f'esign-callback-{callback.id}-')]))

    def test_paused_keeps_what_comes(self):
        callback = self.subscription(start=False)
        self.emit(self.people[0])
        callback._deliver(callback.event_ids.lane)
        self.assertEqual((callback.event_ids.state, self.receiver.seen), ('pending', []))
        callback.action_start()
        self.deliver(callback)
        self.assertEqual(callback.event_ids.state, 'sent')
        callback.action_pause()
        self.assertEqual(callback.state, 'paused')

    def test_the_test_button_says_what_came(self):
        callback = self.subscription()
        said = callback.action_test()
        self.assertEqual(said['params']['type'], 'success')
        self.assertTrue(self.genuine())
        self.assertEqual(self.receiver.events()[-1]['event'], 'test')
        self.receiver.answers = [500]
        said = callback.action_test()
        self.assertEqual(said['params']['type'], 'danger')
        self.assertIn('500', said['params']['message'])
        self.assertEqual(sorted(callback.event_ids.mapped('state')), ['dead', 'sent'], 'a test is tried once')

    # Addresses --------------------------------------------------------------------------------

    def test_addresses_are_checked_when_saved(self):
        callback = self.subscription()
        for url in (
            'https://10.1.2.3/', 'https://169.254.169.254/latest/', 'https://[::ffff:10.0.0.1]/', 'ftp://example.com/',
            'http://93.184.216.34/', 'https://user:pw@example.com/', 'https://', 'https://x/#y', 'https://a b/',
        ):  # fmt: skip
            with self.subTest(url=url), self.assertRaises(EsignError) as refused, self.env.cr.savepoint():
                callback.url = url
            self.assertEqual(refused.exception.code, 'CALLBACK_ADDRESS')

    def test_loopback_is_for_development_only(self):
        callback = self.subscription()
        self.emit(self.people[0])
        self.env['ir.config_parameter'].set_param(development.PARAMETER, False)
        self.deliver(callback, rounds=1)
        self.assertEqual(callback.event_ids.attempt_ids.fault, 'internal')
        self.assertEqual(self.receiver.seen, [])
        with self.assertRaises(EsignError), self.env.cr.savepoint():
            callback.url = f'{self.receiver.url}/again'

    def test_a_name_that_moves_inside_is_found_at_delivery(self):
        outside = [(2, 1, 6, '', ('93.184.216.34', 443))]
        inside = [(2, 1, 6, '', ('10.0.0.8', 443))]
        with patch('socket.getaddrinfo', return_value=outside):
            callback = self.subscription(url='https://hooks.example.com/x')
        self.emit(self.people[0])
        with (
            patch('socket.getaddrinfo', return_value=outside + inside),
            patch('socket.create_connection') as connect,
        ):
            self.deliver(callback, rounds=1)
        connect.assert_not_called()
        self.assertEqual(callback.event_ids.attempt_ids.fault, 'internal')

    # Secrets and rights -----------------------------------------------------------------------

    def test_the_secret_is_shown_once_and_stored_encrypted(self):
        callback = self.subscription()
        secret = self.secrets[callback.app_id]
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM esign_callback WHERE id = %s', [callback.id])
        self.assertNotIn(secret, str(self.env.cr.fetchall()))
        with self.assertRaises(AccessError):
            callback.read(['secret_cipher'])
        self.assertNotIn(secret, str(callback.read()))
        with self.assertLogs('odoo.addons.esign_base', 'DEBUG') as logs:
            self.receiver.answers = [500]
            event = self.env['esign.callback.event'].sudo()._test(callback.sudo())
            event.write({'state': 'pending', 'attempts': 14})
            self.receiver.answers = [500]
            event._attempt()
        self.assertNotIn(secret, ' '.join(logs.output))
        shown = callback.action_new_secret()
        window = Form(
            self.env['esign.callback.shown'].with_context(**shown['context']),
            view='esign_base.esign_callback_shown_view_form',
        )
        self.assertEqual(window.shown, shown['context']['default_shown'])
        self.assertNotEqual(window.shown, secret)
        self.assertFalse(self.env['esign.callback.shown']._auto)

    def test_a_new_secret_is_void_for_the_old_one(self):
        callback = self.subscription()
        old = self.secrets[callback.app_id]
        self.secrets[callback.app_id] = callback.action_new_secret()['context']['default_shown']
        callback.action_test()
        self.assertTrue(self.genuine())
        self.secrets[callback.app_id] = old
        self.assertFalse(self.genuine())

    def test_no_start_without_a_secret(self):
        callback = self.subscription(start=False)
        callback.sudo().secret_cipher = False
        with self.assertRaises(EsignError) as refused:
            callback.action_start()
        self.assertEqual(refused.exception.code, 'CALLBACK_SECRET')

    @mute_logger('odoo.addons.base.models.ir_model')
    def test_who_may_what(self):
        callback = self.subscription()
        self.emit(self.people[0])
        rights = {
            'base.group_portal': '',
            'esign_base.group_esign_integration': '',
            'esign_base.group_esign_viewer': '',
            'esign_base.group_esign_operator': '',
            'esign_base.group_esign_auditor': 'read',
            'esign_base.group_esign_administrator': 'read write',
        }
        for index, (group, allowed) in enumerate(rights.items()):
            user = new_test_user(self.env, f'callback{index}', groups=group)
            mine, event = callback.with_user(user), callback.event_ids.with_user(user)
            with self.subTest(group=group):
                self.assertEqual(mine.has_access('read'), 'read' in allowed)
                self.assertEqual(event.has_access('read'), 'read' in allowed)
                self.assertEqual(mine.has_access('write'), 'write' in allowed)
                self.assertFalse(event.has_access('write'))
                self.assertFalse(mine.has_access('unlink'))
                if 'write' not in allowed:
                    acts = (mine.action_new_secret, mine.action_start, mine.action_pause, mine.action_test)
                    for act in (*acts, event.action_replay):
                        self.assertRaises(AccessError, act)

    def test_attempts_hold_no_content(self):
        callback = self.subscription()
        self.emit(self.people[0], note='内容')
        self.deliver(callback)
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM esign_callback_attempt WHERE event_id = %s', [callback.event_ids.id])
        row = str(self.env.cr.fetchall())
        self.assertNotIn('内容', row)
        self.assertNotIn(self.receiver.seen[-1][1]['X-Signature'], row)
        self.assertTrue(re.search('127.0.0.1', row))
