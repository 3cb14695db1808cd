import time
from functools import partial

from odoo import api, models

from ...errors import ApiRefused
from ...rules.clock import TIMEZONE, local
from ...tools.answer import attempt
from ...tools.api_method import TRIES

GROUP = 'esign_base.group_esign_integration'
VOUCH = 'esign_base.group_esign_vouch'
CALLS_PARAMETER = 'esign.api_calls_per_minute'
CALLS, HIGHEST_CALLS = 600, 1_000_000
SOURCE_LANG = 'en_US'


class EsignApi(models.AbstractModel):
    """The one façade for business systems, by XML-RPC and by JSON-2.

    Every public method here is declared with ``tools.api_method.remote`` and goes through
    :meth:`_enter`: group, limits, arguments, one savepoint, stable errors, audit. The methods call
    rules of other models and hold none. Upper floors extend this model with what they have to offer.
    """

    _name = 'esign.api'
    _description = 'Interface for business systems'

    # The entry ---------------------------------------------------------------------------------

    @api.model
    def _enter(self, spec, args, kwargs):
        """Carry out one call: the answer, or ``ApiRefused`` and nothing changed."""
        started = time.monotonic()
        answer = self._attempt(spec, args, kwargs)
        if answer:
            TRIES.pop(self.env.cr, None)
            self.env['esign.api.call']._note(spec.name, answer.outcome, time.monotonic() - started)
            return answer.data
        self.env['esign.api.call']._note_apart(spec.name, answer, time.monotonic() - started)
        raise ApiRefused(answer.outcome, answer.message, **answer.data)

    @api.model
    def _attempt(self, spec, args, kwargs):
        """The :class:`Answer` of one call; every error is one, and is forgotten with all that its frames hold.

        :raises psycopg2.Error: a conflict of transactions that the server replays.
        """
        facade = self.with_env(self.env(context=self._clean_context()))
        return attempt(
            self.env,
            partial(facade._carry_out, spec, args, kwargs),
            refused=Exception,
            told=partial(facade._told, spec),
        )

    @api.model
    def _clean_context(self):
        """Of the caller's context only the language and the time zone count: nothing steers the ORM."""
        wanted = self.env.context.get('lang')
        lang = self._known_lang(wanted) if isinstance(wanted, str) else None
        return {'lang': lang or self.env.user.lang or SOURCE_LANG, 'tz': TIMEZONE}

    @api.model
    def _known_lang(self, wanted):
        """The language that a caller means: ``zh_CN``, ``zh-cn`` or ``zh``; None when there is none."""
        code = wanted.replace('-', '_').casefold()
        # English is what all texts are written in: it is there even where nobody has switched it on.
        installed = [*(one for one, _name in self.env['res.lang'].get_installed()), SOURCE_LANG]
        exact = (one for one in installed if one.casefold() == code)
        return next(exact, None) or next((one for one in installed if one.casefold().split('_')[0] == code), None)

    @api.model
    def _admit(self):
        """Count the call and refuse who is no business system.

        :raises ApiRefused: no member of the group. :raises RateLimited: too many calls.
        """
        if self.env.cr not in TRIES:
            self.env['esign.rate.limit']._take('api', self.env.uid, self._calls_per_minute(), 60)
        if not self.env.user.has_group(GROUP):
            raise ApiRefused(
                'ESIGN_FORBIDDEN', self.env._('This interface is for business systems (group Integration).')
            )

    @api.model
    def _calls_per_minute(self):
        text = (self.env['ir.config_parameter'].sudo().get_param(CALLS_PARAMETER) or '').strip()
        return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else CALLS

    @api.model
    def _carry_out(self, spec, args, kwargs):
        self._admit()
        if args:
            raise ApiRefused('ESIGN_INVALID', self.env._('Give all arguments by name.'))
        values = spec.arguments.read(kwargs, '')
        if spec.vouch and values[spec.vouch]:
            self._require_vouch(spec.vouch)
        answer = spec.body(self, **values)
        self.env.cr.flush()
        return _plain(answer, spec.name)

    @api.model
    def _iso(self, moment):
        """A moment (naive UTC) as ISO 8601 with the offset of Beijing; '' for none."""
        return local(moment).isoformat() if moment else ''

    # What floors offer each other ----------------------------------------------------------------

    @api.model
    def _evidence_of(self, group):
        """(trace, identity) of the caller's group: told by the floor that makes groups."""
        raise ApiRefused('ESIGN_UNAVAILABLE', self.env._('Contract groups are not offered here.'))

    @api.model
    def _reader_of(self, document):
        """The identity under which the caller may read a document; None for one that is none of its own."""
        return

    # Rights ------------------------------------------------------------------------------------

    @api.model
    def _may_vouch(self):
        """Whether the caller may answer for identities and grants."""
        return self.env.user.has_group(VOUCH)

    @api.model
    def _require_vouch(self, path):
        """Refuse callers without the right to vouch; ``path`` names the argument that needs it."""
        if not self._may_vouch():
            raise ApiRefused(
                'ESIGN_FORBIDDEN', self.env._('%s: your system has not the right to vouch for identities.', path)
            )


def _plain(answer, name):
    """The answer, if it is a dict of JSON values without null: XML-RPC cannot carry null.

    :raises TypeError: for our own mistake.
    """
    if not isinstance(answer, dict):
        raise _not_plain(name, answer)
    _check_plain(answer, name)
    return answer


def _check_plain(value, path):
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                raise _not_plain(f'{path}: key', key)
            _check_plain(one, f'{path}.{key}')
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _check_plain(one, f'{path}[{index}]')
    elif not isinstance(value, str | int | float | bool):
        raise _not_plain(path, value)


def _not_plain(path, value):
    return TypeError(f'{path} is of type {type(value).__name__}')
