"""The transport and certificates (F07)."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from app.errors import UpstreamUnavailable
from app.ory.transport import Transport
from tests.support.loopback import serving


class TestCertificates:
    @pytest.fixture
    def authority(self):
        return trustme.CA()

    @pytest.fixture
    def tls(self, authority):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        with serving({("GET", "/x"): (200, {"a": "b"})}, context) as url:
            yield url

    def test_an_authority_that_was_configured_is_believed(self, authority, tls, tmp_path):
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        transport = Transport(str(file))
        assert transport("Kratos", "GET", f"{tls}/x", {}).json() == {"a": "b"}

    def test_any_other_is_not(self, transport, tls):
        """F07."""
        with pytest.raises(UpstreamUnavailable, match="SSLCertVerificationError, unable to get local issuer"):
            transport("Kratos", "GET", f"{tls}/x", {})

    def test_a_certificate_of_another_name_is_not(self, authority, tls, tmp_path):
        """F07."""
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        transport = Transport(str(file))
        with pytest.raises(UpstreamUnavailable, match="SSLCertVerificationError, IP address mismatch"):
            transport("Kratos", "GET", f"{tls.replace('localhost', '127.0.0.1')}/x", {})

    def test_one_that_has_expired_is_not(self, authority, tmp_path):
        """F07."""
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        past = datetime.now(UTC) - timedelta(days=1)
        authority.issue_cert("localhost", not_before=past - timedelta(days=9), not_after=past).configure_cert(context)
        with (
            serving({("GET", "/x"): (200, {"a": "b"})}, context) as url,
            pytest.raises(UpstreamUnavailable, match="SSLCertVerificationError, certificate has expired"),
        ):
            Transport(str(file))("Kratos", "GET", f"{url}/x", {})
