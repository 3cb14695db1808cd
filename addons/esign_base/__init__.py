from . import controllers
from . import models
from .tools import remote_calls

remote_calls.guard()
