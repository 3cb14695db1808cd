# R1.2
import pytest
from tools import vault

ONE, TWO = vault.new_key_line('k1'), vault.new_key_line('k2')


def test_round_trip_names_its_key_and_hides_the_text(monkeypatch):
    monkeypatch.delenv('ESIGN_SECRET_KEY_FILE', raising=False)
    monkeypatch.setenv('ESIGN_SECRET_KEY', ONE)
    cipher = vault.encrypt('11010519491231002X', 'a')
    assert cipher.startswith('v1.k1.')
    assert '1949' not in cipher
    assert vault.encrypt('11010519491231002X', 'a') != cipher
    assert vault.decrypt(cipher, 'a') == '11010519491231002X'


def test_another_context_or_an_altered_text_is_refused(monkeypatch):
    monkeypatch.delenv('ESIGN_SECRET_KEY_FILE', raising=False)
    monkeypatch.setenv('ESIGN_SECRET_KEY', ONE)
    cipher = vault.encrypt('secret', 'a')
    for wrong, context in ((cipher, 'b'), (cipher[:-6] + 'AAAAAA', 'a'), ('secret', 'a'), ('', 'a')):
        with pytest.raises(vault.VaultError) as caught:
            vault.decrypt(wrong, context)
        assert caught.value.code == 'cipher_malformed'


def test_rotation_reads_old_texts_and_keeps_hashes():
    old, new = vault.parse_keys(ONE), vault.parse_keys(f'# rotated\n{ONE}\n\n{TWO}\n')
    cipher = old.encrypt(b'x', 'a')
    assert new.decrypt(cipher, 'a') == b'x'
    assert new.encrypt(b'x', 'a').startswith('v1.k2.')
    assert new.keyed_hash('x', 'a') == old.keyed_hash('x', 'a')
    assert new.keyed_hash('x', 'a') != new.keyed_hash('x', 'b')
    with pytest.raises(vault.VaultError, match='k2'):
        old.decrypt(new.encrypt(b'x', 'a'), 'a')


def test_no_key_is_a_clear_refusal(monkeypatch, tmp_path):
    monkeypatch.delenv('ESIGN_SECRET_KEY', raising=False)
    monkeypatch.delenv('ESIGN_SECRET_KEY_FILE', raising=False)
    with pytest.raises(vault.VaultError) as caught:
        vault.encrypt('x', 'a')
    assert caught.value.code == 'key_missing'
    monkeypatch.setenv('ESIGN_SECRET_KEY_FILE', str(tmp_path / 'absent'))
    with pytest.raises(vault.VaultError) as caught:
        vault.encrypt('x', 'a')
    assert caught.value.code == 'key_missing'


@pytest.mark.parametrize(
    'text',
    ['k1', 'k1:AAAA', 'k1:!!!!', f'{ONE}\n{ONE}', 'x y:' + ONE],
    ids=['no key', 'short', 'no base64', 'twice', 'bad id'],
)
def test_malformed_keys_are_refused_without_showing_them(text):
    with pytest.raises(vault.VaultError) as caught:
        vault.parse_keys(text)
    assert caught.value.code == 'key_malformed'
    assert ONE[3:] not in str(caught.value)


def test_file_is_read_again_when_it_changes(monkeypatch, tmp_path):
    path = tmp_path / 'keys'
    path.write_text(ONE)
    monkeypatch.setenv('ESIGN_SECRET_KEY_FILE', str(path))
    assert vault.encrypt('x', 'a').startswith('v1.k1.')
    path.write_text(f'{ONE}\n{TWO}')
    import os

    os.utime(path, ns=(1, 1))
    assert vault.encrypt('x', 'a').startswith('v1.k2.')


# R3.4
def test_what_was_attested_is_known_by_every_key_of_the_ring():
    old, new = vault.parse_keys(ONE), vault.parse_keys(f'{ONE}\n{TWO}\n')
    proof, later = old.attest(b'x', 'consent'), new.attest(b'x', 'consent')
    assert proof.startswith('v1.k1.')
    assert later.startswith('v1.k2.')
    assert new.attested(b'x', proof, 'consent')
    assert not old.attested(b'x', later, 'consent')
    for body, given, purpose in (
        (b'y', proof, 'consent'), (b'x', proof, 'head'), (b'x', later.replace('k2', 'k1'), 'consent'),
        (b'x', proof[:-1], 'consent'), (b'x', '', 'consent'), (b'x', 'v1.k1.', 'consent'), (b'x', 'x', 'consent'),
    ):  # fmt: skip
        assert not new.attested(body, given, purpose)
