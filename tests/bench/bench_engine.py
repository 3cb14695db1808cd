"""The engine: an act against the core alone, a launch, and the lists when there are very many groups."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

from tests.bench.engine_fill import fill, settle
from tests.bench.engine_lists import list_figures
from tests.bench.harness import Figure, compare
from tests.bench.odoo_env import environment, registry

ROUNDS, WARM = int(os.environ.get('ESIGN_BENCH_ROUNDS', '12')), 2
GROUPS = int(os.environ.get('ESIGN_BENCH_GROUPS', '100000'))
CODE = '246810'
NOTES = """
*Act*: freeze and send the code, confirm, sign, in their transactions and with the file gateway, as the portal drives
them, the identity resolved anew by each request; one placed seal on a document of three pages, B-LT; another party has
yet to sign. *Core*: the same bytes, fields, pictures and level, the result validated; an enterprise's certificate path
validated within the last minute, as the engine's is (batch path); for a person the event key and its certificate made,
and validated anew. What counts is processor time of the process; PostgreSQL's is beside it. Each act is on a group of
its own.

*Why not 1.4 ×*: the core is about three times as fast as pyHanko as it comes (section signing), so that 1.4 × leaves
some 13 ms to three transactions. To ask PostgreSQL costs the process 0.02 to 0.03 ms; to read one row of twenty columns
by Odoo's ORM 0.3 ms, nearly all of it for building the statement and filling the cache. Thirteen milliseconds are forty
such reads, thirteen a transaction. Each transaction reads identity, membership, act, group, party, seals,
authorisations and certificate anew, because each refuses what is not allowed any more; none of these checks was given
up. Reading past the ORM, with statements of our own that fill its cache, would save a fifth of what stands beside the
core; it was not done, because it would tie the engine to inner parts of Odoo.

*Lists*: groups, parties, contracts, signers and traces are copied in the database from one that the engine completed
(`tests/bench/engine_fill.py`): 5 % wait for the asking person, 60 % are completed, the rest are spread over the other
states; then `VACUUM ANALYZE`. Times are of the whole page of 20 rows with its count, cursor and cache fresh. Beside
them stands the processor time (median) of this process and of the one of PostgreSQL that serves it, which a busy
machine does not change. *Staff* is what the web client asks for, view by view.
"""


def run() -> list[Figure]:
    """Measure everything; a few minutes, most of them for filling."""
    with registry() as found:
        maker = _maker(found)
        return [*_acts(found, maker), *_launch(found, maker), *_lists(found, maker)]


def _maker(found):
    """The makers of the engine's tests, with an enterprise, an operator and a person."""
    import itertools

    from odoo.addons.esign_enterprise.tests import common
    from odoo.addons.esign_sign.tests.common import EngineCase

    made = type('Maker', (EngineCase,), {})
    with environment(found) as env:
        made.env, made.operator = env, env.ref('base.user_admin')
        newest = env['esign.person'].sudo().search([], order='id desc', limit=1).id or 0
        common._serial = itertools.count(60_005_000 + 10 * newest)  # a second run finds free numbers
        alice, carol = made.make_person('张发起'), made.make_person('王签署')
        own = made.certified(alice, name='基准测试有限公司')
        env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        made.authorise(own, alice)
        env['esign.seal']._make_name_seal(carol)
        made.ids = {'alice': alice.id, 'carol': carol.id, 'own': own.id}
    return made


def _with(maker, env):
    """The makers on this environment."""
    person = env['esign.person'].sudo()
    maker.env = env
    maker.alice, maker.carol = person.browse(maker.ids['alice']), person.browse(maker.ids['carol'])
    maker.own = env['esign.enterprise'].sudo().browse(maker.ids['own'])
    return maker


# One act -------------------------------------------------------------------------------------------


def _acts(found, maker) -> Iterator[Figure]:
    from odoo.addons.esign_base.rules import otp

    rounds = ROUNDS + WARM
    with environment(found) as env:
        here = _with(maker, env)
        groups = {
            kind: [here.launch(here.group_draft([(who, 1) for who in both])).id for _ in range(rounds)]
            for kind, both in (('enterprise', (here.own, here.carol)), ('person', (here.carol, here.own)))
        }
    with patch.object(otp, 'new_code', return_value=CODE):
        for kind in ('enterprise', 'person'):
            yield from _one_kind(found, maker, kind, groups[kind])


def _one_kind(found, maker, kind, groups) -> Iterator[Figure]:
    with environment(found) as env:
        core = [_core_of(_with(maker, env), one) for one in groups]
        wall: dict[str, list[float]] = {'core': [], 'anew': [], 'engine': []}
        queries: list[int] = []
        cores, engines, again = iter(core), iter(groups), iter(core)

        def alone() -> None:
            next(again)()

        def engine() -> None:
            queries.append(_whole_act(found, maker, next(engines)))

        took = compare(
            {
                'anew': _timed(wall['anew'], lambda: next(cores)(anew=True)),
                'core': _timed(wall['core'], alone),
                'engine': _timed(wall['engine'], engine),
            },
            rounds=ROUNDS,
            warm=WARM,
            between=lambda: _settle(found),
        )
        _settle(found)
    ratio = took['engine'] / took['core']
    yield Figure(f'core alone, {kind}', took['core'] * 1000, 'ms')
    yield Figure(f'whole act through the models, {kind}', took['engine'] * 1000, 'ms')
    yield Figure(f'act against core, {kind}', ratio, '×', '≤ 1.4', ratio <= 1.4)
    if kind == 'enterprise':
        yield Figure('act against core that validates anew, enterprise', took['engine'] / took['anew'], '×')
    elapsed = statistics.median(wall['engine'][WARM:]) / statistics.median(wall['core'][WARM:])
    yield Figure(f'the same by the clock on the wall, {kind}', elapsed, '×')
    yield Figure(f'queries of an act, {kind}', statistics.median(queries), '')


def _timed(times: list[float], work: Callable[[], object]) -> Callable[[], None]:
    def timed() -> None:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)

    return timed


def _whole_act(found, maker, group_id) -> int:
    """Freeze and ask, confirm, each in a transaction of its own; the signing follows the last commit."""
    import threading

    thread = threading.current_thread()
    thread.query_count, thread.query_time = 0, 0
    with environment(found) as env:
        party, identity = _party(_with(maker, env), env, group_id)
        act = env['esign.signing.act']._freeze(party, identity, party.signer_ids.contract_id, key=f'bench-{group_id}')
        act._ask_consent(identity)
        number, worn = act.id, (identity.user.id, identity.key)
    with environment(found) as env:
        env['esign.signing.act'].browse(number)._confirm(_worn(env, *worn), CODE)
    return thread.query_count


def _worn(env, user_id, key):
    """The identity of a request, as the portal resolves it from login and session."""
    found = env['esign.identity']._available(env['res.users'].browse(user_id))
    return next(one for one in found if one.key == key)


def _settle(found) -> None:
    """Beside the measurement: every act has come to its end, and a minute passes."""
    with environment(found) as env:
        assert not env['esign.signing.act'].search([('key', '=like', 'bench-%'), ('state', '!=', 'done')])
        env.cr.execute('DELETE FROM esign_rate_limit')


def _party(here, env, group_id):
    party = env['esign.contract.group'].browse(group_id).party_ids[:1]
    who = (here.carol,) if party.kind == 'person' else (here.alice, here.own)
    return party, here.identity(*who)


def _core(env, group, party, usable) -> Callable[..., object]:
    """What the core alone does for the same act, with everything that Odoo gives it at hand.

    An enterprise's signatory is kept, as the engine keeps it: its path was validated within the last
    minute. With ``anew`` it is validated for this document.

    :param usable: seals that the party may use.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from odoo.addons.esign_base.signing.acts.act import Act
    from odoo.addons.esign_base.signing.acts.sign import sign
    from odoo.addons.esign_base.signing.acts.signatory import Level, Signatory
    from odoo.addons.esign_base.signing.keys.token_key import TokenKey
    from odoo.addons.esign_base.tools.token import token_pool
    from odoo.addons.esign_sign.tools.imprints import Imprint, plans_of

    contract, signer = group.contract_ids, party.signer_ids
    base = contract._newest()
    items = [Imprint.at_position(env, one, usable, {}) for one in signer.placement_ids]
    arts = {item.art: env['esign.seal'].browse(item.seal)._artwork() for item in items}
    content, signing = base._bytes(), env['esign.signing']
    trust, stamper, pool = signing._trust(), signing._time_stamper(), token_pool()
    key, person = None, party.name
    if party.kind == 'enterprise':
        uscc = party.enterprise_id.uscc
        key = env['esign.certificate']._current_of([uscc], base.create_date)[uscc]._signing_key()
    act = Act(
        plans=tuple(plans_of(contract.document_id._frames(), items, signer._prefix())),
        artworks=arts,
        consent=b'\1' * 32,
        base_sha256=base.sha256,
        group=(signer._prefix(),),
        name=party.name,
        reason=group.name,
    )

    kept = key and env['esign.signing']._signatory(key)

    def made(ref, certificate, chain):
        own, *others = (one.public_bytes(Encoding.DER) for one in (certificate, *chain))
        return Signatory(TokenKey(pool, ref, own, others), trust, Level.B_LT, stamper)

    def work(*, anew: bool = False) -> None:
        if key:
            fresh = made(key.ref, key.certificate, key.chain)
            sign(content, act, fresh if anew else kept)
            return
        ref, certificate, chain = _event_key(env, pool, person)
        sign(content, act, made(ref, certificate, chain))
        pool.destroy(ref)

    return work


def _core_of(here, group_id: int) -> Callable[..., object]:
    """The core for the first party of a group."""
    party, identity = _party(here, here.env, group_id)
    usable = [seal for seal, _answer in here.env['esign.seal']._usable_for(identity)]
    return _core(here.env, party.group_id, party, usable)


def _event_key(env, pool, name):
    """A session key with a certificate, as the core makes them, without a register."""
    import datetime as dt
    import secrets

    from odoo.addons.esign_base.signing.keys.tokens import KeyKind

    authority, register = env['esign.authority']._core()
    ref = pool.generate(KeyKind.P_256, f'bench-{secrets.token_hex(8)}', persistent=False)
    with patch.object(register, 'issued'), register.using(env):
        made = authority.issue_person_event(
            ref, full_name=name, identifier='P1', start=dt.datetime.now(dt.UTC), lifetime=dt.timedelta(hours=1)
        )
    return ref, made, authority.chain


# A launch ------------------------------------------------------------------------------------------


def _launch(found, maker) -> Iterator[Figure]:
    times, whole = [], []
    for _round in range(5):
        with environment(found) as env:
            here = _with(maker, env)
            group = here.group_draft([here.own, here.carol], files=10)
            env.cr.commit()
            group = group.with_context(queue_job__no_delay=False)
            start = time.perf_counter()
            group._launch(here.identity(here.alice, here.own))
            env.cr.commit()
            times.append(time.perf_counter() - start)
            group._prepare()
            env.cr.commit()
            whole.append(time.perf_counter() - start)
            assert group.state == 'pending'
    yield Figure('launch of 10 files: the request', statistics.median(times) * 1000, 'ms')
    yield Figure('launch of 10 files until all can be signed', statistics.median(whole), 's')


# Lists ---------------------------------------------------------------------------------------------


def _lists(found, maker) -> Iterator[Figure]:
    from odoo.addons.esign_base.rules import otp

    with environment(found) as env, patch.object(otp, 'new_code', return_value=CODE):
        here = _with(maker, env)
        pattern = here.launch(here.group_draft([here.own, here.carol])).id
    start = time.perf_counter()
    with environment(found) as env:
        fill(env, pattern, GROUPS)
    settle(found)
    yield Figure(f'filling with {GROUPS} groups', time.perf_counter() - start, 's')
    yield from list_figures(found, lambda env: _with(maker, env))
