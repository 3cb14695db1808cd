"""Documents and acts that several tests of the acts share."""

from __future__ import annotations

import hashlib
import io

import pikepdf
from signing.acts.act import Act, Signed
from signing.acts.prepare import LaunchMode, Prepared, prepare
from signing.acts.sign import sign
from signing.acts.signatory import Level, Signatory
from signing.acts.verdict import Expected, ExpectedAct
from signing.pages.geometry import Box, frames_of
from signing.pages.placements import FieldPlan, Placement, PlacementKind, plan_fields

from tests.signing.acts_support import World, pdf, seal


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def consent(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def plans(source: bytes, group: str, *, y: float = 30, cross: bool = True, dates: int = 1) -> tuple[FieldPlan, ...]:
    with pikepdf.open(io.BytesIO(source)) as document:
        frames = frames_of(document)
    placed = [Placement(PlacementKind.SEAL, 1, Box(20, y, 42, 42), 'seal')]
    placed += [Placement(PlacementKind.DATE, 1, Box(70, y + 10 * n, 30, 8), 'date') for n in range(dates)]
    if cross:
        placed.append(Placement(PlacementKind.CROSS_PAGE, 1, Box(0, y, 42, 42), 'seal', 1, -1))
    return tuple(plan_fields(frames, placed, prefix=group))


ART = {'seal': seal('SEAL'), 'date': seal('2026-01-02', 30.0)}


def act(content: bytes, fields: tuple[FieldPlan, ...], label: str = 'consent', **options) -> Act:
    return Act(plans=fields, artworks=ART, consent=consent(label), base_sha256=sha(content), **options)


class Contract:
    """A document launched and signed by parties one after the other."""

    def __init__(
        self,
        world: World,
        mode: LaunchMode = LaunchMode.CERTIFIED,
        *,
        parties: int = 3,
        pages: int = 2,
        level: Level = Level.B_LT,
        form: bool = False,
        source: bytes | None = None,
        placed: bool = True,
    ) -> None:
        self.world, self.mode, self.level = world, mode, level
        self.source = source or pdf(pages, form=form)
        self.groups = {
            f'party{n}': plans(self.source, f'party{n}', y=20 + 60 * n) if placed else () for n in range(parties)
        }
        self.platform = world.signatory('平台', number=20, level=level)
        self.prepared: Prepared = prepare(
            self.source, self.groups if mode is LaunchMode.CERTIFIED else {}, self.platform, mode
        )
        self.revisions = [self.prepared.content]
        self.signed: list[Signed] = []
        self.signatories: list[Signatory] = []

    @property
    def content(self) -> bytes:
        return self.revisions[-1]

    def sign(self, party: int, kind: str = 'rsa', **options) -> Signed:
        signatory = self.world.signatory(f'签署人{party}', kind, 30 + party, level=self.level)
        options.setdefault('name_if_bare', f'party{party}')
        fields = self.groups[f'party{party}']
        result = sign(self.content, act(self.content, fields, f'party{party}', **options), signatory)
        self.signatories.append(signatory)
        self.signed.append(result)
        self.revisions.append(result.content)
        return result

    def all_sign(self) -> Contract:
        for party in range(len(self.groups)):
            self.sign(party, 'ec' if party == 1 else 'rsa')
        return self

    def expected(self) -> Expected:
        acts = [ExpectedAct(frozenset({self.prepared.platform_field}))]
        for one in self.signed:
            acts.extend(ExpectedAct(frozenset(names), one.fingerprint) for names in one.fields)
        return Expected(tuple(acts), tuple(sha(one) for one in self.revisions))
