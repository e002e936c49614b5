"""These tests render: each template is compiled, each MJML source converted once in their process."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from support.environment import NOW
from support.warm import remember_engines

remember_engines()


# A newsletter whose letter was sent, and the webhooks that it serves


@pytest.fixture
def open_host(databases):
    """Return a function that opens a server of webhooks on a database of its own."""
    from support.stores import Newsroom
    from support.webhook_host import WebhookHost

    with ExitStack() as lent:

        def open_host(**options):
            engine = lent.enter_context(databases.lend("served sqlite"))
            return WebhookHost(Newsroom(engine, 3).open_sent(), **options)

        yield open_host


@pytest.fixture
def host(open_host):
    return open_host()


@pytest.fixture(scope="module")
def shared_host(databases):
    from support.stores import Newsroom
    from support.webhook_host import WebhookHost

    with databases.lend("served sqlite") as engine:
        yield WebhookHost(Newsroom(engine, 3).open_sent())


@pytest.fixture
def idle_host(shared_host):
    """Return a host for tests that touch no reader in its database."""
    from support.webhook_ses import CERTIFICATE_URL, Ses

    shared_host.now = NOW
    shared_host.asked.clear()
    shared_host.served[CERTIFICATE_URL] = Ses().certificate
    shared_host.webhooks._certificates.clear()
    shared_host.webhooks._fetched_at.clear()
    return shared_host


# A certificate authority, and what it certifies


@pytest.fixture(scope="session")
def authority():
    """A certificate authority of the tests."""
    import trustme

    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority, tmp_path_factory):
    """The file with the certificate of the authority."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def certified(authority):
    """The server's side of TLS, with a certificate of the authority."""
    from support.smtp_login import server_side

    return server_side(authority.issue_cert("localhost"))
