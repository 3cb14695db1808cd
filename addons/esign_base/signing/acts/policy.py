"""What may happen to a document behind a signature: pyHanko's policy of differences, with other rules where needed.

More is let pass, because it changes nothing that anybody sees (ISO 32000-1 12.8.2.2, EN 319 142-1 5.4):

* objects that are freed and that nothing refers to any more;
* the document security store in whatever order and with whatever additional entries, its VRI included;
* form fields of which nothing was written anew, locked or not;
* metadata that were there before, well-formed or not;
* keys of a signature field that only say how it was drawn;
* notes (annotations), where the certification allows them.

Less is let pass: an object that the signed document refers to but does not have stands for null (7.3.10). Who
supplies it later changes what was signed, by whatever way the object else would be allowed.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    ReferenceUpdate,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    WhitelistRule,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.constants import (
    ACROFORM_EXEMPT_STRICT_COMPARISON,
    ROOT_EXEMPT_STRICT_COMPARISON,
    VALUE_UPDATE_KEYS,
)
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from .fields import elements, entry
from .notes import PageRule

_STORE = ('/Root', '/DSS')


class Policy(StandardDiffPolicy):
    """The policy between two consecutive revisions.

    :param notes: whether notes may be added, changed and removed (DocMDP P = 3).
    """

    def __init__(self, *, notes: bool) -> None:
        """Put the rules together."""
        metadata = _MetadataRule()  # type: ignore[no-untyped-call]  # untyped there
        quiet = [DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), metadata, _StoreRule(), _FreedRule()]
        super().__init__(
            global_rules=[
                CatalogModificationRule(ROOT_EXEMPT_STRICT_COMPARISON),
                *(one.as_qualified(ModificationLevel.LTA_UPDATES) for one in quiet),
            ],
            form_rule=FormUpdatingRule(
                [
                    SigFieldCreationRule(approve_widget_bindings=False),
                    SigFieldModificationRule(value_update_keys=VALUE_UPDATE_KEYS | {'/M', '/MK'}),
                    _ValueRule(),
                    PageRule(notes=notes),
                ],
                ignored_acroform_keys=ACROFORM_EXEMPT_STRICT_COMPARISON | {'/SigFlags'},
            ),
            reject_object_freeing=False,  # judged by the rule above
        )

    def apply(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult:
        """Judge the step from ``old`` to ``new``.

        :raises SuspiciousModification: it holds something that is not allowed, whatever the permission.
        """
        filled = [str(ref) for ref in new.explicit_refs_in_revision() if _was_awaited(old, ref)]
        if filled:
            raise SuspiciousModification(f'Objects that were referred to before they existed: {", ".join(filled)}')
        return super().apply(old, new, field_mdp_spec, doc_mdp)


def _was_awaited(old: HistoricalResolver, ref: generic.Reference) -> bool:
    """Whether ``old`` refers to an object that it does not have."""
    return old.reader.xrefs.get_historical_ref(ref, old.revision) is None and bool(old._get_usages_of_ref(ref))


class _MetadataRule(MetadataUpdateRule):
    """Metadata (ISO 32000-1 14.3) may be replaced by well-formed ones; those that stay are nobody's concern."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        raw = new.root.raw_get('/Metadata') if '/Metadata' in new.root else None
        if isinstance(raw, generic.IndirectObject) and raw.reference in new.explicit_refs_in_revision():
            yield from super().apply(old, new)


class _StoreRule(WhitelistRule):
    """The document security store may be added to, written anew or left out: nothing of it is shown.

    Objects that are used elsewhere, too, are no part of it. What it is worth is for the validation to say.
    """

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        """Let pass what belongs to the store alone."""
        refs = new.explicit_refs_in_revision()
        fresh: set[generic.Reference] = set()
        for ref in refs:
            usages = old._get_usages_of_ref(ref)
            if not usages:
                fresh.add(ref)
            elif all(tuple(path.path[:2]) == _STORE for path in usages):
                yield ReferenceUpdate(ref)
        if '/DSS' in new.root and fresh:
            stored = new.collect_dependencies(new.root.raw_get('/DSS'))
            yield from (ReferenceUpdate(ref) for ref in fresh & stored if _is_new(old, ref))


class _ValueRule(GenericFieldModificationRule):
    """Other form fields, of which the library calls some changed that are as they were."""

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterator[tuple[ModificationLevel, FormUpdate]]:
        """Judge a field of which something was written anew.

        Signature fields are another rule's. To ask for each of them at each step what it refers to, would be to
        walk the document as often as the square of their number: a signature's dictionary may refer to all of it.
        """
        if spec.field_type == '/Sig':
            return
        if spec.old_field_ref is None or spec.new_field_ref is None or self._is_touched(spec.new_field_ref, context):
            yield from super().check_form_field(fq_name, spec, context)

    @staticmethod
    def _is_touched(ref: generic.Reference, context: FieldComparisonContext) -> bool:
        touched = context.new.explicit_refs_in_revision()
        field: Any = ref.get_object()
        kids = entry(field, '/Kids')
        used = {ref, *(kid.reference for kid in kids or () if isinstance(kid, generic.IndirectObject))}
        for body in (field, *elements(kids)):
            for key in {'/AP', '/V'} & body.keys():
                used |= context.new.collect_dependencies(body.raw_get(key))
        return not used.isdisjoint(touched)


def _is_new(old: HistoricalResolver, ref: generic.Reference) -> bool:
    return old.reader.xrefs.get_historical_ref(ref, old.revision) is None


class _FreedRule(WhitelistRule):
    """Objects may be freed that nothing refers to any more; what no longer refers to them is judged by itself."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        """Let pass what is freed and not reached."""
        freed = new.reader.xrefs.get_xref_data(new.revision).freed
        if not freed:
            return
        # By number alone: some programs free an object with a generation that it never had.
        reached = {ref.idnum for ref in new.collect_dependencies(new.trailer_view)}
        for number, following in freed.items():
            if number not in reached:
                yield ReferenceUpdate(generic.Reference(number, following - 1, new.reader))
