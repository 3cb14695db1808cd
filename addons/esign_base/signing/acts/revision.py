"""One new revision with one signature value, whatever the number of its fields.

The steps are pyHanko's public low-level protocol (``PdfCMSEmbedder``): the first field gets the
signature object, all other fields point to the same object before the file is written.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import constants
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import PdfSignedData, PreparedByteRangeDigest, SignatureObject
from pyhanko.sign.validation import DocumentSecurityStore, read_certification_data

from ..errors import PrepareError
from ..pages.appearances import Appearances
from ..pages.artwork import Artwork
from ..pages.fields import place_fields
from ..pages.geometry import PageFrame, Rect, walk_pages
from ..pages.placements import FieldPlan
from .fields import Field, signature_fields
from .trust import Trust, certificate_of, crl_of, ocsp_of

CHUNK = 1 << 20
_NOWHERE = Rect(0.0, 0.0, 0.0, 0.0)


class _Writer(IncrementalPdfFileWriter):
    IO_CHUNK_SIZE = CHUNK


class Revision:
    """A revision under construction on top of the newest one of ``stream``.

    ``size`` is that one in bytes, ``base`` its number, 0-based.

    :raises PrepareError: ``certified_closed`` when a certification forbids any change.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        """Open the newest revision strictly."""
        self.size = stream.seek(0, io.SEEK_END)
        self.writer = _Writer(stream, strict=True)
        if self.writer.prev.encrypted:
            raise PrepareError('encrypted', 'The document is encrypted.')
        if self.writer.prev.xrefs.hybrid_xrefs_present:
            raise PrepareError('hybrid_xref', 'The document has hybrid cross-references.')
        certification = read_certification_data(self.writer.prev)
        self.certified = certification is not None
        if certification is not None and certification.permission == MDPPerm.NO_CHANGES:
            raise PrepareError('certified_closed', 'The document is certified against any change.')
        self.base = self.writer.prev.total_revisions - 1
        self.known: dict[str, Field] = signature_fields(self.writer)
        self._steps: Any = None
        self._algorithm = ''
        self._pages: list[tuple[PageFrame, Any]] | None = None

    @property
    def pages(self) -> list[tuple[PageFrame, Any]]:
        """Frame and reference of each page, walked once: nothing here adds, turns or resizes pages."""
        if self._pages is None:
            self._pages = walk_pages(self.writer)
        return self._pages

    def place(
        self,
        plans: Sequence[FieldPlan],
        artworks: Mapping[str, Artwork] | None,
        locks: Mapping[str, Sequence[str]],
    ) -> None:
        """Make the fields that are missing and give all of them their appearance.

        :param artworks: by key; None leaves visible fields empty, waiting for their signer.
        :param locks: names that each *new* field locks when signed, by field name.
        :raises PrepareError: ``fields_missing`` where a certification forbids new visible fields,
            ``field_filled``, ``art_missing``.
        """
        filled = [plan.name for plan in plans if self._filled(plan.name)]
        if filled:
            raise PrepareError('field_filled', 'A field is already signed.', {'fields': filled})
        missing = [plan for plan in plans if plan.name not in self.known]
        if self.certified and any(plan.width_mm for plan in missing):
            names = [plan.name for plan in missing]
            raise PrepareError('fields_missing', 'A certified document takes no new fields.', {'fields': names})
        if missing:
            shared: dict[tuple[str, ...], generic.IndirectObject] = {}
            pages = [page for _, page in self.pages]
            place_fields(self.writer, missing, extra=lambda plan: self._extra(plan, locks, shared), pages=pages)
            self.known = signature_fields(self.writer)
            self._type_groups(missing)
        if artworks is not None:
            self._dress(plans, artworks)

    def _filled(self, name: str) -> bool:
        return name in self.known and '/V' in self.known[name].body

    def _type_groups(self, plans: Sequence[FieldPlan]) -> None:
        """State the (inheritable) type at the groups too.

        Behind a signature only signature fields may be added, and a group without a type counts as
        something else.
        """
        for plan in plans:
            node = self.known[plan.name].body
            while '/Parent' in node:
                node = node['/Parent']
                if '/FT' not in node:
                    node[pdf_name('/FT')] = pdf_name('/Sig')
                    self.writer.update_container(node)

    def _extra(
        self,
        plan: FieldPlan,
        locks: Mapping[str, Sequence[str]],
        shared: dict[tuple[str, ...], generic.IndirectObject],
    ) -> dict[str, generic.PdfObject]:
        names = tuple(locks.get(plan.name, ()))
        if not names:
            return {}
        if names not in shared:
            shared[names] = self.writer.add_object(_include(names).as_sig_field_lock())
        return {'/Lock': shared[names]}

    def _dress(self, plans: Sequence[FieldPlan], artworks: Mapping[str, Artwork]) -> None:
        visible = [plan for plan in plans if plan.width_mm]
        unknown = sorted({plan.art for plan in visible} - artworks.keys())
        if unknown:
            raise PrepareError('art_missing', 'There is no artwork for a field.', {'art': unknown})
        if not visible:
            return
        looks = Appearances(self.writer, [frame for frame, _ in self.pages])
        for plan in visible:
            field = self.known[plan.name]
            normal = looks.normal(plan, artworks[plan.art])
            field.body[pdf_name('/AP')] = generic.DictionaryObject({pdf_name('/N'): normal})
            self.writer.mark_update(field.reference)

    def store(self, evidence: Trust) -> None:
        """Put validation data into the document security store, in this same revision."""
        DocumentSecurityStore.supply_dss_in_writer(
            self.writer,
            None,
            certs=[certificate_of(one) for one in evidence.certificates],
            crls=[crl_of(one) for one in evidence.crls],
            ocsps=[ocsp_of(one) for one in evidence.ocsps],
        )

    def value(
        self,
        names: Sequence[str],
        signature: PdfSignedData,
        digest: str,
        *,
        certify: bool = False,
    ) -> None:
        """Let all fields ``names`` hold the one ``signature`` object.

        :param digest: name of the digest that gets signed.
        :param certify: certify the document (DocMDP, form filling allowed).
        """
        self.writer.ensure_output_version((1, 7))  # type: ignore[no-untyped-call]  # untyped there
        if self.writer.output_version < (2, 0):
            self.writer.register_extension(constants.ESIC_EXTENSION_1)
        self._algorithm = digest
        self._steps = PdfCMSEmbedder().write_cms(names[0], self.writer, existing_fields_only=True)
        first = next(self._steps).get_object()
        field_lock = FieldMDPSpec.from_pdf_object(first['/Lock']) if '/Lock' in first else None
        reference = self._steps.send(
            SigObjSetup(
                sig_placeholder=signature,
                mdp_setup=SigMDPSetup(
                    md_algorithm=digest,
                    certify=certify,
                    field_lock=field_lock,
                    docmdp_perms=MDPPerm.FILL_FORMS if certify else None,
                ),
            )
        )
        for name in names[1:]:
            field = self.known[name]
            field.body[pdf_name('/V')] = reference
            self.writer.mark_update(field.reference)

    def write(self) -> tuple[PreparedByteRangeDigest, IO[bytes]]:
        """Write the revision behind the older ones, its container left open; its digest is what gets signed."""
        prepared, written = self._steps.send(
            SigIOSetup(md_algorithm=self._algorithm, in_place=True, chunk_size=CHUNK, output=None)
        )
        return prepared, written


def signature_object(
    room: int,
    *,
    name: str | None = None,
    reason: str | None = None,
    location: str | None = None,
    contact: str | None = None,
    moment: datetime | None = None,
) -> SignatureObject:
    """Return a PAdES signature dictionary (ISO 32000-2, table 255) with ``room`` bytes for its container."""
    return SignatureObject(
        timestamp=moment or datetime.now(UTC),
        subfilter=SigSeedSubFilter.PADES,
        name=name,
        reason=reason,
        location=location,
        contact_info=contact,
        bytes_reserved=2 * room,
    )


def invisible(name: str) -> FieldPlan:
    """Return a field that shows nothing, on the first page."""
    return FieldPlan(name, 0, _NOWHERE, '')


def _include(names: Sequence[str]) -> FieldMDPSpec:
    return FieldMDPSpec(FieldMDPAction.INCLUDE, list(names))
