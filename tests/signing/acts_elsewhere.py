"""Documents signed by another program: pyHanko as it comes, with its own fields, certification and data."""

from __future__ import annotations

import datetime as dt
import io

from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

from tests.signing.acts_support import MemoryKey, StockSigner, World, der, key_of

MDP = MDPPerm


class Stranger(World):
    """Another authority, with keys and names of its own, that a platform has never heard of."""

    def __post_init__(self) -> None:
        self.serial = 5000
        self.root_key, self.ca_key, self.tsa_key = (key_of('rsa', number) for number in (51, 52, 53))
        start = self.now - dt.timedelta(days=30)
        self.root = self._issue('别的根', self.root_key, None, start, 3650, ca=True)
        self.ca = self._issue('别的签发', self.ca_key, self.root, start, 3650, ca=True)
        self.tsa = self._issue('别的时间戳', self.tsa_key, self.ca, start, 3650, eku=ExtendedKeyUsageOID.TIME_STAMPING)


def signed_elsewhere(
    world: World,
    content: bytes,
    name: str = 'Sig1',
    *,
    visible: bool = False,
    stamped: bool = False,
    stored: bool = False,
    permission: MDPPerm | None = None,
    locks: tuple[str, ...] | None = None,
    number: int = 60,
) -> bytes:
    """One more signature.

    :param stored: with validation data in a document security store.
    :param permission: certify with this.
    :param locks: names of fields that the signature locks; () locks all.
    """
    key, certificate = world.certificate(f'别处{name}', number=number)
    signer = StockSigner(MemoryKey(key, der(certificate), [der(world.ca)]))
    meta = PdfSignatureMetadata(
        field_name=name,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm='sha256',
        certify=permission is not None,
        docmdp_permissions=permission or MDPPerm.FILL_FORMS,
        embed_validation_info=stored,
        validation_context=world.trust().context() if stored else None,
    )
    box = (40 + 20 * (number % 10), 40, 200 + 20 * (number % 10), 90) if visible else None
    lock = None
    if locks is not None:
        lock = FieldMDPSpec(FieldMDPAction.INCLUDE, list(locks)) if locks else FieldMDPSpec(FieldMDPAction.ALL)
    field = SigFieldSpec(name, box=box, field_mdp_spec=lock)
    out = io.BytesIO()
    PdfSigner(meta, signer, timestamper=world.stamper() if stamped else None, new_field_spec=field).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(content)), output=out, bytes_reserved=16384
    )
    return out.getvalue()
