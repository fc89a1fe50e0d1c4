"""The WSGI application for any server: ``granian --interface wsgi deploy.wsgi:application``.

Each worker imports it for itself, and is tuned by that.
"""

from cds_service import audit
from cds_service.app import create_app
from cds_service.observability import tracing
from cds_service.server import tune
from cds_service.services import find_services
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store

settings = Settings.from_environ()
audit.configure(settings.log_level)
tracing.start()
prepare_store(settings)
application = create_app(settings, find_services(), store=open_store(settings))
tune(application)
