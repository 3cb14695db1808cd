"""Refusals of pure rules: a code instead of a text, which whoever asked puts into words."""


class CodedError(Exception):
    """Base of what is refused with a stable ``code``; the children list theirs. Holds nothing secret."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
