from . import controllers
from . import models
from .hooks import shut_before_a_database
from .tools import remote_calls, said

remote_calls.guard()
said.install()
