"""Signature values of a document, each read once, however many fields show it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from .fields import Field, entry
from .history import HistoryReader
from .trust import Trust, certificate_of, crl_of, ocsp_of


@dataclass(slots=True)
class Unit:
    """One signature value.

    :param fields: names of all fields that hold it, in the order of the form.
    :param embedded: pyHanko's view of it through the first of these fields; None if unreadable.
    :param problem: class name of what its reading raised.
    """

    fields: tuple[str, ...]
    embedded: EmbeddedPdfSignature | None
    problem: str = ''

    @property
    def revision(self) -> int:
        """Number of the revision signed, 0-based; -1 if unreadable."""
        return self.embedded.signed_revision if self.embedded else -1

    @property
    def is_timestamp(self) -> bool:
        """Whether it is a document time stamp."""
        return self.embedded is not None and self.embedded.sig_object_type == '/DocTimeStamp'

    @property
    def permission(self) -> MDPPerm | None:
        """What the signature lets happen afterwards, if it says so."""
        return self.embedded.docmdp_level if self.embedded else None

    @property
    def lock(self) -> FieldMDPSpec | None:
        """Which fields the signature locks."""
        return self.embedded.fieldmdp if self.embedded else None

    def covers(self, size: int) -> bool:
        """Whether the value covers a file of ``size`` bytes to its last byte.

        The two ranges and the hexadecimal container between them must add up to the file.
        """
        ranges = self.ranges()
        if ranges is None or self.embedded is None:
            return False
        start, first, second, length = ranges
        gap = 2 * len(self.embedded.pkcs7_content) + 2
        return start == 0 and second == first + gap and second + length == size

    def contiguous(self) -> bool:
        """Whether the ranges leave out nothing but the container."""
        ranges = self.ranges()
        if ranges is None or self.embedded is None:
            return False
        return ranges[0] == 0 and ranges[2] == ranges[1] + 2 * len(self.embedded.pkcs7_content) + 2

    def ranges(self) -> tuple[int, int, int, int] | None:
        """Return the byte range, or None where it is not of the ordinary form."""
        raw = list(self.embedded.byte_range) if self.embedded else []
        if len(raw) != 4 or not all(isinstance(one, int) and one >= 0 for one in raw):
            return None
        return int(raw[0]), int(raw[1]), int(raw[2]), int(raw[3])

    def whole_revision(self) -> bool:
        """Whether the value covers its revision wholly, cross-references included."""
        if self.embedded is None or not self.contiguous():
            return False
        return bool(self.embedded.evaluate_signature_coverage() >= SignatureCoverageLevel.ENTIRE_REVISION)


def units_in(reader: HistoryReader, fields: Iterable[Field]) -> list[Unit]:
    """Signature values by age; fields with the same value are one unit."""
    groups: dict[object, list[Field]] = {}
    for one in fields:
        if '/V' in one.body:
            groups.setdefault(one.value or one.reference, []).append(one)
    units = [_read(reader, group) for group in groups.values()]
    return sorted(units, key=lambda unit: unit.revision)


def _read(reader: HistoryReader, group: list[Field]) -> Unit:
    names = tuple(one.name for one in group)
    try:
        embedded = EmbeddedPdfSignature(reader, group[0].body, group[0].name)
        # In a linearised file nothing is signed in the older half of its cross-references alone.
        embedded.signed_revision = max(embedded.signed_revision, reader.first)
        # Reading the permissions now keeps their faults inside this unit.
        unit = Unit(names, embedded)
        _ = unit.permission, unit.lock, unit.ranges()
        if not isinstance(embedded.sig_object_type, generic.NameObject):
            return Unit(names, None, 'TypeError')
    except MemoryError:
        raise  # says something about this process, not about the signature
    except Exception as cause:  # noqa: BLE001  a signature nobody can read is a finding, not a crash
        return Unit(names, None, type(cause).__name__)
    return unit


def stored_data(reader: PdfHandler) -> Trust:
    """Certificates, CRLs and OCSP answers of the document security store that can be read; no roots."""
    store = entry(reader.root, '/DSS')
    if not isinstance(store, generic.DictionaryObject):
        return Trust(())
    return Trust(
        (),
        tuple(_stored(store, '/Certs', lambda der: certificate_of(der).native)),
        tuple(_stored(store, '/CRLs', lambda der: crl_of(der).issuer.native)),
        tuple(_stored(store, '/OCSPs', lambda der: ocsp_of(der)['response_status'].native)),
    )


def _stored(store: generic.DictionaryObject, key: str, parse: Callable[[bytes], object]) -> Iterator[bytes]:
    listed = entry(store, key)
    for index in range(len(listed) if isinstance(listed, generic.ArrayObject) else 0):
        try:
            der = listed[index].data
            parse(der)
        except Exception:  # noqa: BLE001, S112  what cannot be read helps nobody, and is no reason to judge nothing
            continue
        yield der
