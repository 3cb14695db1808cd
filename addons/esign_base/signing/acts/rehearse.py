"""What signing will do, done once on a file that comes in, with a key that is thrown away.

A file is taken in only if this passes: launched, signed and judged genuine, by the same code
and the same reader. Nothing of it is kept.
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
from .verdict import Conclusion
from .verify import verify

_PAGES_TRIED = 4
_PAGES_BOTH_WAYS = 200
_SIDE_MM = 10.0
_PARTY = 'rehearsal'


class _ThrowAway(Signer):
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
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(self.der), cert_registry=SimpleCertificateStore(), embed_roots=False
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign; the digest is SHA-256 throughout the core."""
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@lru_cache(maxsize=1)
def _signatory() -> Signatory:
    signer = _ThrowAway()
    return Signatory(signer, Trust((signer.der,)), Level.B_B)


def rehearse(source: bytes, frames: Sequence[PageFrame]) -> str:
    """Launch an unsigned file and sign it, both ways to launch; '' if all is well, else what went wrong.

    A launch of many pages costs seconds: beyond a few hundred only the certified way is tried, which
    reads the same objects.

    :param frames: of its pages; fields are tried on a few of them, the first and the last among them.
    """
    last = len(frames) - 1
    tried = sorted({round(step * last / (_PAGES_TRIED - 1)) for step in range(_PAGES_TRIED)})
    plans = [_plan(index, frames[index]) for index in tried]
    try:
        for mode in LaunchMode if last < _PAGES_BOTH_WAYS else (LaunchMode.CERTIFIED,):
            _play(source, plans, mode)
    except Exception as cause:  # noqa: BLE001  odd files make libraries raise anything; the answer is a fact
        return f'{type(cause).__name__}: {cause}'[:200]
    return ''


def _plan(index: int, frame: PageFrame) -> FieldPlan:
    box = frame.visible
    rect = Rect(box.llx, box.lly, box.llx + box.width / 8, box.lly + box.height / 8)
    return FieldPlan(f'{_PARTY}.p{index}', index, rect, 'seal', width_mm=_SIDE_MM, height_mm=_SIDE_MM)


def _play(source: bytes, plans: Sequence[FieldPlan], mode: LaunchMode) -> None:
    signatory = _signatory()
    certified = mode is LaunchMode.CERTIFIED
    prepared = prepare(source, {_PARTY: plans} if certified else {}, signatory, mode)
    act = Act(
        plans=tuple(plans),
        artworks={'seal': Canvas(_SIDE_MM, _SIDE_MM).artwork()},
        consent=None,
        base_sha256=prepared.sha256,
        group=(_PARTY,),
    )
    content = sign(prepared.content, act, signatory).content
    # Signing has compared each revision with the one before; the verdict asks more, of the first revision on.
    verdict = verify(content, signatory.trust) if certified else None
    if verdict and verdict.conclusion is not Conclusion.GENUINE:
        raise ValueError(f'{verdict.conclusion}: {verdict.reason} {verdict.detail}')
