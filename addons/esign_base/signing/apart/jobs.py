"""What the sandbox does, and the one boundary at which whatever happens becomes a typed refusal."""

from __future__ import annotations

import json
from typing import Any

from ..acts.places import marked
from ..acts.trust import Trust
from ..acts.verdict import Expected
from ..acts.verify import verify
from ..errors import SigningError
from ..pages.images import image_page
from .examine import examine
from .findings import from_json, to_json


def answer(request: dict[str, Any], data: bytes) -> bytes:
    """Run a job; return one line of JSON followed by the output bytes.

    Libraries raise what they like on odd files (KeyError, TypeError, AssertionError, …): here, and
    only here, anything becomes a refusal with a code.
    """
    facts: dict[str, Any] = {}
    try:
        if request['job'] == 'verify':
            facts, output = _verify(request, data), b''
        elif request['job'] == 'image':
            output = image_page(data, request['limits'])
        else:
            facts, output = examine(data, request['limits'], unlock=request['unlock'], flatten=request['flatten'])
    except SigningError as error:
        return _refusal(error.code, error.message, error.details)
    except MemoryError:
        return _refusal('too_demanding', 'the file needs too much memory', {})
    except Exception as error:  # noqa: BLE001 - the boundary
        return _refusal(
            'unreadable', f'the file cannot be read: {type(error).__name__}', {'kind': type(error).__name__}
        )
    return json.dumps({'facts': facts, 'length': len(output)}).encode() + b'\n' + output


def _verify(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    expected = request['expected'] and from_json(Expected, request['expected'])
    return {'verdict': to_json(marked(data, verify(data, from_json(Trust, request['trust']), expected)))}


def _refusal(code: str, message: str, details: dict[str, object]) -> bytes:
    return json.dumps({'refused': [code, message, details]}, default=str).encode() + b'\n'
