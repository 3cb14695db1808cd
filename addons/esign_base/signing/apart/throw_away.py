"""Signing once with a key that is thrown away: what will be done to a file, tried before it is taken in.

Nothing that is made here is kept, and no certificate of it leads anywhere.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..acts.act import Act
from ..acts.prepare import Prepared
from ..acts.sign import sign
from ..acts.signatory import Level, Signatory
from ..acts.trust import Trust
from ..keys.keypairs import HASHES
from ..keys.port import SigningKey
from ..pages.drawing import Canvas
from ..pages.geometry import PageFrame, Rect
from ..pages.placements import FieldPlan

PARTY = 'rehearsal'
_SIDE_MM = 10.0


class _ThrowAway(SigningKey):
    """A key in memory with a certificate of its own making."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Rehearsal')])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        super().__init__(certificate.public_bytes(serialization.Encoding.DER))

    def sign(self, data: bytes) -> bytes:
        """Sign in memory."""
        return self._key.sign(data, ec.ECDSA(HASHES[self.algorithm.digest]))


@lru_cache(maxsize=1)
def _of_day(_day: int) -> Signatory:
    key = _ThrowAway()
    return Signatory(key, Trust((key.certificate.dump(),)), Level.B_B)


def signatory() -> Signatory:
    """Return a signatory that nobody trusts but itself; another one every day, for processes that live long."""
    return _of_day(datetime.now(UTC).toordinal())


def corner_plans(frames: Sequence[PageFrame], pages: Sequence[int]) -> tuple[FieldPlan, ...]:
    """Plan a small seal in the lower left corner of each of these pages (indices)."""
    return tuple(_corner(index, frames[index]) for index in pages)


def _corner(index: int, frame: PageFrame) -> FieldPlan:
    box = frame.visible
    rect = Rect(box.llx, box.lly, box.llx + box.width / 8, box.lly + box.height / 8)
    return FieldPlan(f'{PARTY}.p{index}', index, rect, 'seal', width_mm=_SIDE_MM, height_mm=_SIDE_MM)


def sign_once(prepared: Prepared, plans: Sequence[FieldPlan], nobody: Signatory) -> bytes:
    """Return the launched file signed by ``nobody``; raises whatever signing raises."""
    act = Act(
        plans=tuple(plans),
        artworks={'seal': Canvas(_SIDE_MM, _SIDE_MM).artwork()},
        consent=None,
        base_sha256=prepared.sha256,
        group=(PARTY,),
    )
    return sign(prepared.content, act, nobody).content
