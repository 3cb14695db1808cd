"""What happened to a document after it was signed.

Every revision is compared once with the one before it, under all locks and permissions in force
by then. The policy decides whether a step is allowed; this names what a forbidden step did.
A step adds to what all earlier steps allowed, so nothing is gained by comparing each signature
with each later revision again, as pyHanko's own review does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from .fields import Field, elements, entry, fields_in
from .history import HistoryReader
from .notes import written
from .policy import Policy
from .units import Unit
from .verdict import Change, ChangeKind

_MAX_PAGES_NAMED = 20
_STRICT, _WITH_NOTES = Policy(notes=False), Policy(notes=True)


@dataclass(frozen=True)
class _AllLocks(FieldMDPSpec):
    """Several locks in force at the same time."""

    locks: tuple[FieldMDPSpec, ...] = ()

    def is_locked(self, field_name: str) -> bool:
        return any(one.is_locked(field_name) for one in self.locks)


@dataclass(frozen=True, slots=True)
class Step:
    """The way from one revision to the next.

    :param revision: number of the newer one.
    :param changes: what was done that should not have been.
    :param permitted: what was done to pages and may be done.
    :param unclear: why the two cannot be compared, or ''; they may be alike or not.
    """

    revision: int
    changes: tuple[Change, ...] = ()
    permitted: tuple[Change, ...] = ()
    unclear: str = ''

    @property
    def allowed(self) -> bool:
        """Whether all of it is permitted."""
        return not self.changes and not self.unclear


def review(
    reader: HistoryReader, units: Sequence[Unit], first: int = 0, *, pending: frozenset[str] = frozenset()
) -> list[Step]:
    """Judge every step from revision ``first`` on that follows a signature.

    :param units: the signature values of the newest revision; values that were there once and
        are gone are found here.
    :param pending: empty fields that are about to be filled.
    """
    steps: list[Step] = []
    total = reader.total_revisions
    first = max(first, reader.first)
    if total - first <= 1:
        return steps
    used = pending | {name for unit in units for name in unit.fields}
    old = reader.get_historical_resolver(first)
    old_fields = fields_in(old)
    signed = any(one.value for one in old_fields.values() if one.kind == '/Sig')
    for number in range(first + 1, total):
        new = reader.get_historical_resolver(number)
        new_fields = fields_in(new)
        if signed:
            steps.append(_Comparison(old, new, old_fields, new_fields, units, used).step())
        signed = signed or any(one.value for one in new_fields.values() if one.kind == '/Sig')
        old, old_fields = new, new_fields
    return steps


class _Comparison:
    def __init__(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        old_fields: dict[str, Field],
        new_fields: dict[str, Field],
        units: Sequence[Unit],
        used: frozenset[str],
    ) -> None:
        self.used = used
        self.old, self.new = old, new
        self.old_fields, self.new_fields = old_fields, new_fields
        self.revision = new.revision
        self.bound = [unit for unit in units if 0 <= unit.revision <= old.revision]
        self.refs = new.explicit_refs_in_revision()

    def step(self) -> Step:
        """Apply the policy, then name what was found."""
        found = list(self._field_changes())
        try:
            result = self._policy()
        except SuspiciousModification as cause:
            return self._forbidden(found, str(cause) or 'suspicious')
        except Exception as cause:  # noqa: BLE001  what cannot be compared cannot be called unchanged, nor changed
            return self._unclear(found, f'not comparable: {type(cause).__name__}: {cause}'[:200])
        if _exceeds(result.modification_level, self.strictest):
            return self._forbidden(found, f'{result.modification_level.name} is not permitted')
        if any(not unit.is_timestamp and unit.permission is None for unit in self.bound):
            found.extend(self._change(ChangeKind.FORM_VALUE, name) for name in sorted(self._values(result)))
        noted = result.modification_level is ModificationLevel.ANNOTATIONS
        return Step(self.revision, tuple(found), tuple(self._page_changes()) if noted else ())

    def _forbidden(self, found: list[Change], problem: str) -> Step:
        self._name(found)
        return Step(self.revision, tuple(found) or (self._change(ChangeKind.STRUCTURE, detail=problem),))

    def _unclear(self, found: list[Change], problem: str) -> Step:
        self._name(found)
        return Step(self.revision, tuple(found), unclear=problem)

    def _name(self, found: list[Change]) -> None:
        """Add what can be told of a step that is not allowed, or not known to be."""
        try:
            for one in self._classified():
                if one not in found:
                    found.append(one)
        except Exception:  # noqa: BLE001, S110  the rest cannot be told; the step stays what it is
            pass

    @property
    def strictest(self) -> MDPPerm | None:
        """The least that a signature in force lets happen; None where none says anything."""
        return min((unit.permission for unit in self.bound if unit.permission is not None), default=None)

    def _policy(self) -> DiffResult:
        locks = tuple(unit.lock for unit in self.bound if unit.lock is not None)
        policy = _WITH_NOTES if self.strictest is MDPPerm.ANNOTATE else _STRICT
        # The policy asks for no more than whether there is a certification; what it allows is compared here.
        certified = None if self.strictest is None else MDPPerm.FILL_FORMS
        return policy.apply(
            self.old,
            self.new,
            field_mdp_spec=_AllLocks(FieldMDPAction.INCLUDE, [], locks) if locks else None,
            doc_mdp=certified,
        )

    def _values(self, result: DiffResult) -> Iterator[str]:
        """Names of fields that are no signatures and hold another value."""
        for name in result.changed_form_fields:
            if name in self.new_fields and self.new_fields[name].kind != '/Sig':
                yield name

    def _change(self, kind: ChangeKind, field: str = '', page: int | None = None, detail: str = '') -> Change:
        return Change(kind, self.revision, field, page, detail)

    def _field_changes(self) -> Iterator[Change]:
        known_values = {one.value for one in self.old_fields.values() if one.value}
        for name, before in self.old_fields.items():
            after = self.new_fields.get(name)
            if before.kind == '/Sig' and '/V' in before.body:
                yield from self._signed_field(name, before, after)
            elif after is None:
                yield self._change(ChangeKind.STRUCTURE, name, detail='field removed')
        for name, after in self.new_fields.items():
            before_or_none = self.old_fields.get(name)
            if before_or_none is None and (after.kind != '/Sig' or name not in self.used):
                yield self._change(ChangeKind.FIELD_ADDED, name)
            if before_or_none is None or '/V' not in before_or_none.body:
                yield from self._newly_filled(name, before_or_none, after, known_values)

    def _signed_field(self, name: str, before: Field, after: Field | None) -> Iterator[Change]:
        if after is None or '/V' not in after.body:
            yield self._change(ChangeKind.SIGNATURE_REMOVED, name)
            return
        if after.value != before.value or (after.value is not None and after.value in self.refs):
            yield self._change(ChangeKind.SIGNATURE_REMOVED, name, detail='value replaced')
        if written(entry(before.body, '/Rect')) != written(entry(after.body, '/Rect')):
            yield self._change(ChangeKind.SEAL_MOVED, name)
        elif written(_raw(before.body, '/P')) != written(_raw(after.body, '/P')):
            yield self._change(ChangeKind.SEAL_MOVED, name, detail='to another page')
        if written(_raw(before.body, '/AP')) != written(_raw(after.body, '/AP')):
            yield self._change(ChangeKind.SEAL_SWAPPED, name)

    def _newly_filled(
        self, name: str, before: Field | None, after: Field, known: set[generic.Reference]
    ) -> Iterator[Change]:
        if after.kind != '/Sig' or after.value is None:
            return
        if after.value in known or not self.old.is_ref_unassignable(after.value):
            yield self._change(ChangeKind.SIGNATURE_REUSED, name)
        if before is not None and written(entry(before.body, '/Rect')) != written(entry(after.body, '/Rect')):
            yield self._change(ChangeKind.SEAL_MOVED, name)

    def _classified(self) -> Iterator[Change]:
        """Name a forbidden step by the objects it touched."""
        for name, before in self.old_fields.items():
            if '/AP' in before.body and '/V' in before.body:
                used = self.old.collect_dependencies(before.body.raw_get('/AP'))
                if used & self.refs:
                    yield self._change(ChangeKind.SEAL_SWAPPED, name)
        for name, before in self.old_fields.items():
            after = self.new_fields.get(name)
            if before.kind == '/Sig' or after is None:
                continue
            if written(_raw(before.body, '/V')) != written(_raw(after.body, '/V')):
                yield self._change(ChangeKind.FORM_VALUE, name)
        yield from self._page_changes()

    def _page_changes(self) -> Iterator[Change]:
        old_pages, new_pages = list(pages_in(self.old)), list(pages_in(self.new))
        if len(old_pages) != len(new_pages):
            detail = f'{len(old_pages)} pages became {len(new_pages)}'
            yield self._change(ChangeKind.CONTENT, detail=detail)
        named = 0
        for index, (before, after) in enumerate(zip(old_pages, new_pages, strict=False)):
            if named >= _MAX_PAGES_NAMED:
                return
            for kind in self._page_kinds(before, after):
                named += 1
                yield self._change(kind, page=index + 1)

    def _page_kinds(self, before: generic.DictionaryObject, after: generic.DictionaryObject) -> Iterator[ChangeKind]:
        skip = {'/Annots', '/Parent'}
        content = {key: before.raw_get(key) for key in before if key not in skip}
        used = self.old.collect_dependencies(generic.ArrayObject(content.values()))
        same = {key: written(value) for key, value in content.items()} == {
            key: written(after.raw_get(key)) for key in after if key not in skip
        }
        if not same or used & self.refs:
            yield ChangeKind.CONTENT
        if self._notes(self.old, before) != self._notes(self.new, after):
            yield ChangeKind.ANNOTATION

    @staticmethod
    def _notes(handler: HistoricalResolver, page: generic.DictionaryObject) -> list[object]:
        """Annotations that are no form fields, with what they say."""
        annotations = entry(page, '/Annots')
        return [
            (written(annotations.raw_get(index)), written(body))
            for index, body in enumerate(elements(annotations))
            if not (isinstance(body, generic.DictionaryObject) and entry(body, '/Subtype') == '/Widget')
        ]


def _exceeds(level: ModificationLevel, permission: MDPPerm | None) -> bool:
    if level is ModificationLevel.OTHER:
        return True
    if level is ModificationLevel.ANNOTATIONS:
        return permission is not MDPPerm.ANNOTATE
    return permission is not None and level.value > permission.value


def pages_in(handler: PdfHandler) -> Iterator[generic.DictionaryObject]:
    """Pages of a document, in order.

    :raises PdfReadError: the tree leads back to itself.
    """
    todo = [handler.root['/Pages']]
    seen: set[object] = set()
    while todo:
        node = todo.pop()
        if '/Kids' in node:
            if written(node.container_ref) in seen:
                raise PdfReadError('The page tree leads back to itself.')
            seen.add(written(node.container_ref))
            todo.extend(reversed(elements(node['/Kids'])))
        else:
            yield node


def _raw(body: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    return body.raw_get(key) if key in body else None
