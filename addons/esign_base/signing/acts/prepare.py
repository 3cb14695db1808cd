"""A document made ready for its parties: from here on nothing can change unseen.

Two ways to launch. *Certified*: all fields are known, they are made now, each party's group
locks itself when signed, and the platform certifies invisibly that only these may be filled in
(DocMDP, form filling). *Free*: the platform signs invisibly; each act brings its own fields. A new
visible field behind a certification would break it, hence the two.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyhanko.pdf_utils.reader import PdfFileReader

from ..errors import PrepareError
from ..pages.placements import FieldPlan
from .fields import fields_in
from .flatten import flatten
from .revision import Revision, invisible
from .running import boundary
from .session import Session, Value
from .signatory import Signatory

PLATFORM_FIELD = 'platform'


class LaunchMode(StrEnum):
    """How a document is closed at its launch."""

    CERTIFIED = 'certified'
    FREE = 'free'


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be signed.

    :param content: the whole file.
    :param sha256: hexadecimal.
    :param base_sha256: of the file it was made from, hexadecimal.
    :param mode: how it was closed.
    :param fields: names of the fields of each party, by group.
    :param platform_field: where the platform's own signature stands.
    :param flattened: form fields whose values became part of the pages.
    """

    content: bytes
    sha256: str
    base_sha256: str
    mode: LaunchMode
    fields: Mapping[str, tuple[str, ...]]
    platform_field: str
    flattened: tuple[str, ...]


def prepare(
    source: bytes,
    parties: Mapping[str, Sequence[FieldPlan]],
    platform: Signatory,
    mode: LaunchMode,
    *,
    per_placement: bool = False,
    reason: str | None = None,
    location: str | None = None,
) -> Prepared:
    """Make the fields and close the document with the platform's signature.

    :param parties: planned fields by the name of the party's group; each field's name must begin
        with the group's name and a full stop. Must be empty in free mode.
    :param platform: who signs for the platform, and to which level.
    :param per_placement: every field is to get a signature of its own, so it locks only itself.
    :raises PrepareError: ``no_fields``, ``fields_in_free_mode``, ``field_outside_group``,
        ``already_signed``, ``field_filled``, ``unreadable``.
    :raises ResultInvalid: the result does not validate.
    """
    _require_parties(parties, mode)
    platform.ready()
    with boundary(PrepareError, 'unreadable'):
        content, flattened = _without_values(source)
        revision = _revision(content, parties, mode, per_placement=per_placement)
        name = _free_name(PLATFORM_FIELD, revision)
        revision.place([invisible(name)], None, {})
        certified = mode is LaunchMode.CERTIFIED
        value = Value(fields=(name,), certify=certified, reason=reason, location=location)
        session = Session.open(revision, value, platform)
    output = session.sign(platform)
    output.seek(0)
    result = output.read()
    return Prepared(
        content=result,
        sha256=hashlib.sha256(result).hexdigest(),
        base_sha256=hashlib.sha256(source).hexdigest(),
        mode=mode,
        fields={group: tuple(plan.name for plan in plans) for group, plans in parties.items()},
        platform_field=name,
        flattened=flattened,
    )


def _require_parties(parties: Mapping[str, Sequence[FieldPlan]], mode: LaunchMode) -> None:
    if mode is LaunchMode.FREE:
        if parties:
            raise PrepareError('fields_in_free_mode', 'In free mode the acts bring their own fields.')
        return
    if not any(parties.values()):
        raise PrepareError('no_fields', 'A certified launch needs the fields of its parties.')
    for group, plans in parties.items():
        stray = [plan.name for plan in plans if not plan.name.startswith(f'{group}.')]
        if stray:
            raise PrepareError('field_outside_group', 'A field does not belong to its group.', {'fields': stray})


def _revision(
    content: bytes, parties: Mapping[str, Sequence[FieldPlan]], mode: LaunchMode, *, per_placement: bool
) -> Revision:
    """Return the new revision with the fields of the parties."""
    revision = Revision(io.BytesIO(content))
    if mode is LaunchMode.CERTIFIED and any('/V' in one.body for one in revision.known.values()):
        raise PrepareError('already_signed', 'A signed document cannot be certified any more.')
    plans = [plan for group in parties.values() for plan in group]
    taken = sorted({plan.name for plan in plans} & revision.known.keys())
    if taken:
        raise PrepareError('field_exists', 'A field of this name is there already.', {'fields': taken})
    locks = {
        plan.name: (plan.name,) if per_placement else (group,) for group, members in parties.items() for plan in members
    }
    if plans:
        revision.place(plans, None, locks)
    return revision


def _without_values(source: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Flatten the form, unless somebody signed before: then every byte stays."""
    reader = PdfFileReader(io.BytesIO(source), strict=True)
    found = fields_in(reader).values()
    if all(one.kind == '/Sig' for one in found) or any(one.kind == '/Sig' and '/V' in one.body for one in found):
        return source, ()
    return flatten(source)


def _free_name(wanted: str, revision: Revision) -> str:
    taken = fields_in(revision.writer)
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f'{wanted}{number}'
    return name
