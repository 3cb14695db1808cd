"""What a file that is already signed allows."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from ..errors import FileRefused


@dataclass(frozen=True)
class SignedFacts:
    """Signatures as (field, is time stamp, DocMDP level), free fields, and what certification allows."""

    signatures: list[tuple[str, bool, int | None]] = field(default_factory=list)
    open_fields: list[str] = field(default_factory=list)
    existing_fields_only: bool = False


def signed_facts(data: bytes) -> SignedFacts:
    """Read the signatures of a file; their soundness is not judged here.

    :raises FileRefused: ``certified_no_changes`` when a certification forbids any change.
    """
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    signatures: list[tuple[str, bool, int | None]] = []
    for signature in reader.embedded_signatures:
        level = signature.docmdp_level
        timestamp = str(signature.sig_object_type) == '/DocTimeStamp'
        signatures.append((signature.field_name, timestamp, None if level is None else int(level.value)))
    levels = [level for _, _, level in signatures if level is not None]
    if 1 in levels:
        raise FileRefused('certified_no_changes', 'a certification forbids any change')
    free = [name for name, _, _ in enumerate_sig_fields(reader, filled_status=False)]
    return SignedFacts(signatures, free, bool(levels))
