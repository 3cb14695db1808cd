# pylint: disable=invalid-commit
# Confirmed acts are performed on cursors of their own, after the request has committed.
import datetime as dt
import logging
from contextlib import contextmanager, suppress
from dataclasses import replace

import psycopg2

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, LazyTranslate

from odoo.addons.esign_base.models.documents.esign_consent import ConsentUnproven
from odoo.addons.esign_base.tools.said import listening, of_term

from ...rules.failures import ATTEMPTS, DEATHS, INTERRUPTED, UNEXPECTED, Failure
from .esign_contract_group import RUNNING

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

# Replays of one act after serialization failures; from the third on, the trace is held while signing.
REPLAYS, POLITE = 6, 2
# How long a request waits for the acts before it in the same group; then the clock takes over.
TURN_SECONDS = 30
ABANDONED = dt.timedelta(days=1)


class EsignSigningAct(models.Model):
    """How a confirmed act comes to be performed, whatever happens to the machine.

    The consent is committed first. The act is then performed in a transaction of its own, with all
    that comes of it; a process or connection that dies leaves nothing of it behind, and the clock
    performs the act again. So an act is performed once or not at all.
    """

    _inherit = 'esign.signing.act'

    def _perform_after_commit(self):
        """Sign once the consent is safe in the database."""
        registry, act_id = self.env.registry, self.id
        context = {'allowed_company_ids': self.env.company.ids, **self.env.context}
        self.env.cr.postcommit.add(lambda: self._perform_apart(registry, act_id, context))

    @api.model
    def _perform_apart(self, registry, act_id, context, wait=TURN_SECONDS):
        """Perform a confirmed act in a transaction of its own; what fails is written on the act.

        Acts of one group follow one another by a lock of the session, taken before the transaction
        begins, so that each sees what the one before has written. Nothing is raised: the consent is
        committed, and an act that cannot be performed now is left to the clock.

        :param wait: seconds to wait for the acts before it.
        """
        try:
            with registry.cursor() as cr, _turn(cr, self._group_id_of(cr, act_id), wait) as ours:
                if ours:
                    self._perform_in(cr, act_id, context)
                else:
                    api.Environment(cr, api.SUPERUSER_ID, {})['esign.signing.act']._wake()
        except psycopg2.Error as error:
            _logger.warning('Signing act %s is left to the clock: %s', act_id, str(error).strip())

    @api.model
    @listening()
    def _perform_in(self, cr, act_id, context):
        """Perform the act; the group's turn is ours."""
        attempt = self._count_attempt(cr, act_id)
        if not attempt:
            return
        if attempt > 1:
            self._do(cr, act_id, context, lambda act: act._note_interruption())
        try:
            performed = self._do(cr, act_id, context, lambda act: act._perform())
        except Exception as error:  # noqa: BLE001 - whatever it was, the act must not hang
            cr.rollback()
            failure = error
            self._do(cr, act_id, context, lambda act: act._note_failure(failure))
            return
        if not performed:
            _logger.info('Signing act %s met others %s times and is left to the clock', act_id, REPLAYS)

    @api.model
    def _do(self, cr, act_id, context, work):
        """Do something to the act and commit it; True unless others were in the way each time."""

        def once(replay):
            act = api.Environment(cr, api.SUPERUSER_ID, context)['esign.signing.act'].browse(act_id)
            act.invalidate_recordset()
            if replay >= POLITE:
                # Opening, reading, codes: those who write the trace meanwhile wait this time.
                act.group_id._lock()._hold_trace()
            work(act)
            return True

        return self._past_others(cr, once)

    @api.model
    def _past_others(self, cr, once):
        """What ``once(replay)`` gives, committed, past those who change the same rows meanwhile.

        :return: None when they were in the way each time.
        """
        for replay in range(REPLAYS):
            try:
                given = once(replay)
                cr.commit()
                return given
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                cr.rollback()
        return None

    @api.model
    def _count_attempt(self, cr, act_id):
        """Count the attempt before it is made, so that one that kills the process is counted, too.

        :return: which one it is; 0 when there is nothing to perform.
        """
        counted = SQL(
            """
            UPDATE esign_signing_act SET attempts = COALESCE(attempts, 0) + 1
            WHERE id = %s AND state = 'consented' RETURNING attempts
            """,
            act_id,
        )

        def once(_replay):
            cr.execute(counted, log_exceptions=False)
            return cr.fetchone()

        found = self._past_others(cr, once)
        return found[0] if found else 0

    @api.model
    def _group_id_of(self, cr, act_id):
        cr.execute(SQL('SELECT group_id FROM esign_signing_act WHERE id = %s', act_id))
        (group_id,) = cr.fetchone()
        cr.commit()
        return group_id

    def _note_failure(self, error):
        """Write down why an act could not be performed, and set the party free to begin again.

        A refusal (somebody's doing) ends the act. What may pass by itself is tried again by the
        clock: a few times while a person waits, every minute where nobody does.
        """
        act = self.sudo()
        if act.state != 'consented':
            return
        if isinstance(error, ConsentUnproven):
            act.group_id._chain()._alarm(self.env._('Signing act %(act)s: %(problem)s', act=act.id, problem=str(error)))
        failure = error if isinstance(error, Failure) else act._failure_of(error)
        if failure.passing and (act.silent or act.attempts < ATTEMPTS):
            act._fail(failure)
            act.party_id._fail(failure)
        else:
            act._give_up(failure)

    def _give_up(self, failure):
        """End the act without a signature; the party may begin anew, and everybody concerned reads why."""
        act = self.sudo()
        if failure.code in (UNEXPECTED, INTERRUPTED):
            text = _lt('The signing failed. Nothing was signed; please begin again.')
            failure = replace(failure, reason=of_term(text))
        act._move('failed')
        act._fail(failure)
        act.consent_id._void()
        if act.party_id.state == 'pending':  # it has not signed by another act, nor has the group ended
            act.party_id._fail(failure)
            act.group_id._tell_not_signed(act.party_id)

    def _note_interruption(self):
        """Say that an earlier attempt came to no end: its process died. Called while the group's turn is ours."""
        act = self.sudo()
        if act.state == 'consented' and not act.problem_code:
            text = _lt('The signing was interrupted and is tried again.')
            act._note_failure(Failure(INTERRUPTED, of_term(text), passing=True))

    # Clock --------------------------------------------------------------------------------------

    @api.model
    def _wake(self):
        self.env.ref('esign_sign.cron_resume_acts').sudo()._trigger()

    @api.model
    def _cron_resume(self):
        """Perform what was confirmed and then interrupted: a crash, a restart, a token that was away.

        An act during which the process died again and again waits behind the others, and is given up
        in the end: nothing of it was signed, and its party may begin anew.
        """
        cron = self.env['ir.cron']
        self._drop_abandoned()
        waiting = self.sudo().search([('state', '=', 'consented')], order='attempts, id', limit=100)
        cron._commit_progress(remaining=len(waiting))
        for act in waiting:
            if act.attempts >= DEATHS and act.problem_code in (False, INTERRUPTED, UNEXPECTED):
                act._give_up(Failure(INTERRUPTED, '', passing=False))
            else:
                self._perform_apart(self.env.registry, act.id, {}, wait=1)
            if not cron._commit_progress(1):
                break

    @api.model
    def _drop_abandoned(self):
        """Cancel acts that were never confirmed: their group has ended, or a day has passed."""
        old = fields.Datetime.now() - ABANDONED
        left = [('state', '=', 'frozen'), '|', ('group_id.state', 'not in', RUNNING), ('create_date', '<', old)]
        self.sudo().search(left, limit=200)._cancel_open()


@contextmanager
def _turn(cr, group_id, wait):
    """Hold the group's lock of this database session; False when others held it for ``wait`` seconds.

    The lock outlives commits and ends with the connection. One that cannot be given back takes its
    connection with it: in the pool, it would lock the group for ever.
    """
    key = SQL("hashtext('esign.contract.group'), %s", group_id)
    try:
        cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", f'{int(wait * 1000)}ms'))
        cr.execute(SQL('SELECT pg_advisory_lock(%s)', key), log_exceptions=False)
    except psycopg2.errors.LockNotAvailable:
        cr.rollback()
        yield False
        return
    cr.commit()  # the next statement starts a transaction that sees what the last holder wrote
    try:
        yield True
    finally:
        try:
            cr.rollback()
            cr.execute(SQL('SELECT pg_advisory_unlock(%s)', key))
            cr.commit()
        except psycopg2.Error:
            with suppress(psycopg2.Error):
                cr._cnx.close()
            raise
