from . import room
