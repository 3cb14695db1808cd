"""Limits of what people make here. Settings may lower or raise those of :class:`GroupLimits`."""

from dataclasses import dataclass

MIB = 1024 * 1024
DEFAULT_DAYS = 90
LONGEST_DAYS = 365
NAME_LENGTH = 100
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How much a contract group (or a template of one) may hold, and how often a party is reminded.

    :param files: files of a group.
    :param file_mib: size of one file (MiB).
    :param group_mib: size of all files together (MiB).
    :param parties: parties of a group.
    :param placements: positions on one contract.
    :param remind_after: minutes from the notice to the first reminder.
    :param remind_every: minutes between reminders.
    :param reminders: reminders that people may send to one party.
    """

    files: int = 50
    file_mib: int = 50
    group_mib: int = 500
    parties: int = 50
    placements: int = 300
    remind_after: int = 30
    remind_every: int = 10
    reminders: int = 3


DEFAULTS = GroupLimits()
# No setting goes beyond these: what a server of the usual size still carries.
HIGHEST = GroupLimits(200, 200, 2000, 200, 2000, 7 * 24 * 60, 7 * 24 * 60, 20)
# The usual limits by their plain names.
FILES, PARTIES, PLACEMENTS = DEFAULTS.files, DEFAULTS.parties, DEFAULTS.placements
FILE_BYTES, GROUP_BYTES = DEFAULTS.file_mib * MIB, DEFAULTS.group_mib * MIB
