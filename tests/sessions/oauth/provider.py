"""A provider of OpenID Connect that lets everybody in as ``ann``."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "smallweb", "told to nobody"
PERSON = {"sub": "4711", "email": "ann@example.org", "email_verified": True, "preferred_username": "ann",
          "given_name": "Ann", "family_name": "Ada", "name": "Ann Ada"}  # fmt: skip


class Provider(ThreadingHTTPServer):
    """Speaks the part of the protocol that a code for a token needs."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def keys(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def token_for(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims = {**PERSON, "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60}
        if "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        token = secrets.token_urlsafe()
        self.tokens.add(token)
        id_token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": token, "token_type": "Bearer", "expires_in": 60, "id_token": id_token}


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/.well-known/openid-configuration":
            self._say(self.server.configuration())
        elif place.path == "/keys":
            self._say(self.server.keys())
        elif place.path == "/authorize":
            self._let_in(asked)
        elif self._token() in self.server.tokens:
            self._say(PERSON)
        else:
            self.send_error(401)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        known = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        granted = self.server.codes.pop(asked["code"], None)
        if granted is None or self.headers["Authorization"] != known:
            self.send_error(400)
        else:
            self._say(self.server.token_for(granted))

    def _let_in(self, asked: dict[str, str]) -> None:
        code = secrets.token_urlsafe()
        self.server.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _say(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def provided() -> Iterator[Provider]:
    with Provider() as provider:
        serving = threading.Thread(target=provider.serve_forever)
        serving.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            serving.join()
