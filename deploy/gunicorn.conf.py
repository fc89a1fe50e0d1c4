"""For who starts gunicorn: ``gunicorn --config deploy/gunicorn.conf.py deploy.wsgi:application``.

Everything that ``spine-cds serve`` sets, taken from there; options of the command line win. The
settings are the same variables: SPINE_CDS_HOST, SPINE_CDS_WORKERS and so on. No application is made
here: each worker makes its own, after the fork.
"""

from functools import partial

from gunicorn.config import Config

from cds_service.app import create_app
from cds_service.server import Server
from cds_service.services import find_services
from cds_service.settings import Settings

_settings = Settings.from_environ()
_make_app = partial(create_app, _settings, find_services())
_ours = Server(_settings, lambda: _make_app, _make_app).cfg.settings
_usual = Config().settings
globals().update({name: s.get() for name, s in _ours.items() if s.get() != _usual[name].get()})
