"""Very many groups, copied in the database from one that the engine launched."""

from __future__ import annotations

# State of the group, of its parties (enterprise, person), of its contract; share of a hundred.
SHARES = [
    (60, 'done', 'signed', 'signed', 'signed'),
    (5, 'signing', 'signed', 'pending', 'signing'),
    (15, 'pending', 'pending', 'waiting', 'prepared'),
    (5, 'refused', 'refused', 'revoked', 'void'),
    (5, 'revoked', 'revoked', 'revoked', 'void'),
    (5, 'expired', 'expired', 'expired', 'void'),
    (5, 'draft', 'draft', 'draft', 'draft'),
]
OUTCOME = (
    "CASE WHEN copies.state = 'done' THEN 'done' WHEN copies.state IN ('refused', 'revoked', 'expired') THEN 'void' END"
)
TABLES = ('esign_contract_group', 'esign_party', 'esign_contract', 'esign_contract_signer')


def fill(env, pattern: int, count: int) -> None:
    """Copy the group ``pattern`` (two parties, one contract) until there are ``count`` more.

    Each copy keeps the pattern's parties, so that all belong to one person and one enterprise: no
    list could be longer.
    """
    cr = env.cr
    env.flush_all()
    cr.execute('SELECT id FROM esign_party WHERE group_id = %s ORDER BY id', [pattern])
    first, second = (row[0] for row in cr.fetchall())
    starts = {}
    for table in TABLES:
        cr.execute(f'SELECT COALESCE(max(id), 0) + 1 FROM {table}')
        (starts[table],) = cr.fetchone()
    cr.execute('CREATE TEMPORARY TABLE copies (n integer PRIMARY KEY, state text, one text, two text, contract text)')
    done = 0
    for share, *states in SHARES:
        cr.execute(
            'INSERT INTO copies SELECT n * 100 + %s + m, %s, %s, %s, %s'
            ' FROM generate_series(0, %s) AS n, generate_series(0, %s) AS m WHERE n * 100 + %s + m < %s',
            [done, *states, count // 100, share - 1, done, count],
        )
        done += share
    cr.execute('SELECT name FROM esign_party WHERE group_id = %s ORDER BY id', [pattern])
    names = '\n'.join(row[0].lower() for row in cr.fetchall())
    name, number = (
        "'合同 ' || lpad(n::text, 7, '0')",
        "CASE WHEN copies.state <> 'draft' THEN 'B' || lpad(n::text, 8, '0') END",
    )
    group = f'{starts["esign_contract_group"]} + n'
    copied = {
        'id': group,
        'state': 'copies.state',
        'name': name,
        'number': number,
        'launched_at': "pattern.launched_at - n * interval '1 minute'",
        'ended_at': "CASE WHEN copies.state NOT IN ('draft', 'pending', 'signing') THEN pattern.launched_at END",
        # As the model makes it: name, number and parties in small letters, a line for each.
        'search_text': f"concat_ws(E'\\n', {name}, lower({number}), {cr.mogrify('%s', [names]).decode()})",
        'chain_id': 'NULL',
    }
    _copy(cr, 'esign_contract_group', pattern, copied)
    for number, (party, column) in enumerate(((first, 'one'), (second, 'two'))):
        ident = f'{starts["esign_party"]} + n * 2 + {number}'
        values = {'id': ident, 'group_id': group, 'state': f'copies.{column}', 'outcome': OUTCOME}
        _copy(cr, 'esign_party', party, values)
    cr.execute('SELECT id FROM esign_contract WHERE group_id = %s', [pattern])
    (contract,) = cr.fetchone()
    there = f'{starts["esign_contract"]} + n'
    values = {'id': there, 'group_id': group, 'state': 'copies.contract'}
    # Otherwise the clock would go about stamping them while others are measured.
    values['archived_at'] = "CASE WHEN copies.contract = 'signed' THEN pattern.create_date END"
    _copy(cr, 'esign_contract', contract, values)
    for number, party in enumerate((first, second)):
        cr.execute('SELECT id FROM esign_contract_signer WHERE party_id = %s', [party])
        (signer,) = cr.fetchone()
        links = {
            'id': f'{starts["esign_contract_signer"]} + n * 2 + {number}',
            'contract_id': there,
            'group_id': group,
            'party_id': f'{starts["esign_party"]} + n * 2 + {number}',
        }
        _copy(cr, 'esign_contract_signer', signer, links)
    for table in TABLES:
        cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    cr.execute('DROP TABLE copies')
    env.invalidate_all()


def settle(registry) -> None:
    """What autovacuum does within minutes after very many rows have come: only then are indexes read alone."""
    with registry.cursor() as cr:
        cr.rollback()
        cr._cnx.autocommit = True
        try:
            for table in TABLES:
                cr.execute(f'VACUUM ANALYZE {table}')
        finally:
            cr._cnx.autocommit = False


def _copy(cr, table: str, row: int, values: dict[str, str]) -> None:
    """Copy one row for each line of ``copies``; ``values`` are expressions, the rest stays as it is."""
    cr.execute(
        'SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = current_schema()',
        [table],
    )
    columns = [name for (name,) in cr.fetchall()]
    names = ', '.join(f'"{name}"' for name in columns)
    expressions = ', '.join(values.get(name, f'pattern."{name}"') for name in columns)
    cr.execute(
        f'INSERT INTO {table} ({names}) SELECT {expressions}'
        f' FROM {table} AS pattern CROSS JOIN copies WHERE pattern.id = %s',
        [row],
    )
