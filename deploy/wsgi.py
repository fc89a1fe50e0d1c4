"""The WSGI application for any server: ``gunicorn deploy.wsgi:application``."""

from cds_service import audit
from cds_service.app import create_app
from cds_service.services import find_services
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store

settings = Settings.from_environ()
audit.configure(settings.log_level)
prepare_store(settings)
application = create_app(settings, find_services(), store=open_store(settings))
