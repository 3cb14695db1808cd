import contextlib
import threading

from odoo import api, models
from odoo.exceptions import AccessDenied

from ...errors import RateLimited
from ...rules.tries import DAY
from ...tools.visitor import device, give_device, visitor_network

KNOWN_SECONDS = 90 * DAY
# What is tried: a password (or what stands for one), the second factor, or something that nobody can guess.
LOGIN, SECOND, OTHER = 'login', 'totp', 'other'
# Tries that are checked in this process at the same time, apart by login and place.
TURNS = [threading.RLock() for _ in range(64)]
LOCKS = tuple(f'{step}.{window}' for step in (LOGIN, SECOND) for window in ('place', 'hour', 'day'))


class EsignLoginGuard(models.AbstractModel):
    """One limiter for every door at which the secret of a login is tried.

    Web log-in, portal log-in, ``/web/session/authenticate``, XML-RPC, the password asked for again, a change
    of the password, the second factor: all end in ``res.users._check_credentials``, which asks here first. The
    numbers are in ``rules/tries.py``; they are counted in the database before the secret is looked at, so twenty
    tries at once are twenty.

    The rule, for one login:

    1. From one *place* five tries, then none for 30 minutes. A place is the device (a cookie that a successful
       log-in leaves) or else the network (``rules/addresses.py``).
    2. From all places where the login has never been used, 30 tries an hour and 100 a day. A place is known for
       90 days after the last complete log-in from there, and is not asked this.
    3. From one network, 100 tries an hour over all logins; known devices are not counted.

    Who guesses at a login from elsewhere therefore never locks out its owner from where the owner usually works, and
    nobody for longer than until the window ends; people with a mobile number log in by a code meanwhile, and
    staff lift a lock by hand. The second factor is asked of who knows the password: there 2 has no exception.

    A successful log-in takes back its own try and nothing else, and what is refused unseen counts nowhere: only
    failures lead to a lock. What is answered, and how much work a try
    costs, is the same for logins that exist and that do not.
    """

    _name = 'esign.login.guard'
    _description = 'Limits of log-ins'

    @api.model
    def _begin(self, subject, step=LOGIN):
        """Count one try before the secret is looked at.

        :param subject: whose secret: :meth:`_subject`.
        :return: the counters taken, for :meth:`_right`.
        :raises AccessDenied: too many; the words do not tell which limit it was, nor whether the login exists.
        """
        limits, taken = self.env['esign.rate.limit'], []
        for purpose, key in self._counters(subject, step):
            try:
                limits._take_by_rule(purpose, key, about=None if purpose == 'login.address' else subject)
            except RateLimited as error:
                limits._forget_refused(purpose, key)
                for one in taken:
                    limits._give_back(*one)
                raise AccessDenied(self._words(error.details['wait'])) from None
            taken.append((purpose, key))
        return taken

    @api.model
    @contextlib.contextmanager
    def _turn(self, subject):
        """Tries of one login from one place are checked one after the other, as far as one process has them at once.

        A try is counted before it is known to be right: many right ones at once would otherwise refuse each other.
        """
        with TURNS[hash((self.env.cr.dbname, subject, visitor_network())) % len(TURNS)]:
            yield

    @api.model
    def _counters(self, subject, step):
        network, known_device = visitor_network(), self._known_device(subject)
        counters = []
        if step != OTHER:
            counters.append((f'{step}.place', f'{subject}|{known_device or network}'))
        if not network:  # no visitor: a clock, the shell
            return counters
        if not known_device:
            counters.append(('login.address', network))
        if step == SECOND or (step == LOGIN and not known_device and not self._known_network(subject)):
            counters += [(f'{step}.hour', subject), (f'{step}.day', subject)]
        return counters

    @api.model
    def _right(self, subject, taken, *, complete, interactive):
        """The secret was right: its try is taken back, and the place is known once the log-in is complete."""
        limits, own = self.env['esign.rate.limit'], self._known_device(subject)
        for purpose, key in taken:
            # Nobody else has tried with the device of this login; a network may have others in it.
            (limits._clear if own and purpose.endswith('.place') else limits._give_back)(purpose, key)
        if complete:
            self._know(subject, interactive=interactive)

    @api.model
    def _know(self, subject, *, interactive):
        limits, network = self.env['esign.rate.limit'], visitor_network()
        if network:
            limits._mark('login.known', f'{subject}|{network}', KNOWN_SECONDS)
        if interactive and (mark := give_device()):
            limits._mark('login.device', f'{subject}|{mark}', KNOWN_SECONDS)

    @api.model
    def _known_device(self, subject):
        """The mark of this browser, if the login has been used with it."""
        mark = device()
        return mark if mark and self.env['esign.rate.limit']._marked('login.device', f'{subject}|{mark}') else None

    @api.model
    def _known_network(self, subject):
        network = visitor_network()
        return bool(network) and self.env['esign.rate.limit']._marked('login.known', f'{subject}|{network}')

    @api.model
    def _subject(self, login):
        """Whose secret is tried, whether a login has this name or not: both are counted in the same way."""
        return f'name:{(login or "").strip().lower()}'

    @api.model
    def _lift(self, users, step=''):
        """Let everybody try again at these logins at once.

        :param step: of this step only; otherwise of all.
        """
        for user in users:
            self.env['esign.rate.limit']._lift(self._subject(user.sudo().login), step)

    @api.model
    def _locked(self, users):
        """Those of the users at whose login some place may try no more, or all strange places."""
        subjects = {self._subject(user.login): user.id for user in users.sudo()}
        spent = self.env['esign.rate.limit']._spent(LOCKS, subjects)
        return users.browse(sorted(subjects[one] for one in spent))

    @api.model
    def _words(self, seconds):
        return self.env._(
            'Locked after too many wrong tries. Wait %s minutes; with a mobile number you can log in by code or reset'
            ' the password now.',
            -(-seconds // 60),
        )
