"""Whether a file that is signed already takes a further signature: launched and signed once with a key thrown away.

The answer is that of the code that will sign: earlier signatures must hold afterwards exactly as before.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ..pages.drawing import Canvas
from ..pages.geometry import PageFrame, Rect
from ..pages.placements import FieldPlan
from .act import Act
from .prepare import LaunchMode, prepare
from .sign import sign
from .signatory import Level, Signatory
from .trust import Trust
from .verdict import Verdict
from .verify import verify

_SIDE_MM = 10.0
_GROUP = 'further'


class _Passing(Signer):
    """A key in memory with a certificate of its own making."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Nobody')])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(self.der), cert_registry=SimpleCertificateStore(), embed_roots=False
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign; the digest is SHA-256 throughout the core."""
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@lru_cache(maxsize=1)
def _signatory() -> Signatory:
    signer = _Passing()
    return Signatory(signer, Trust((signer.der,)), Level.B_B)


def takes_further(source: bytes, frames: Sequence[PageFrame]) -> bool:
    """Whether ``source`` can be launched in the free mode and signed, and its signatures hold as before.

    :param frames: of its pages; a seal is tried on the first and on the last.
    """
    signatory = _signatory()
    before = _standing(verify(source, signatory.trust))
    try:
        prepared = prepare(source, {}, signatory, LaunchMode.FREE)
        plans = tuple(_plan(index, frames[index]) for index in sorted({0, len(frames) - 1}))
        art = {'seal': Canvas(_SIDE_MM, _SIDE_MM).artwork()}
        act = Act(plans=plans, artworks=art, consent=None, base_sha256=prepared.sha256, group=(_GROUP,))
        after = verify(sign(prepared.content, act, signatory).content, signatory.trust)
    except Exception:  # noqa: BLE001  whatever stands in the way, it cannot be signed
        return False
    now = _standing(after)
    return not after.changes and all(now.get(fields) is reason for fields, reason in before.items())


def _plan(index: int, frame: PageFrame) -> FieldPlan:
    box = frame.visible
    rect = Rect(box.llx, box.lly, box.llx + box.width / 8, box.lly + box.height / 8)
    return FieldPlan(f'{_GROUP}.p{index}', index, rect, 'seal', width_mm=_SIDE_MM, height_mm=_SIDE_MM)


def _standing(verdict: Verdict) -> dict[tuple[str, ...], object]:
    return {one.fields: one.reason for one in (*verdict.signatures, *verdict.timestamps)}
