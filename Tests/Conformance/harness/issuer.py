# SPDX-License-Identifier: Apache-2.0
"""A small issuer of identities: OpenID Connect's code flow with PKCE and the flow for devices, honest unless told otherwise."""

import base64
import hashlib
import json
import math
import random
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: dict) -> str:
    return b64(json.dumps(value).encode())


# What most numbers have a factor in common with: so few are looked at closely.
SMALL = math.prod(n for n in range(3, 20_000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


class RSAKey:
    """2048 bits, by schoolbook arithmetic: for tests alone."""

    def __init__(self, kid: str, seed: int):
        self.kid = kid
        chance = random.Random(seed)
        self.e = 65_537
        while True:
            p, q = self._prime(chance), self._prime(chance)
            if p != q and (p - 1) % self.e and (q - 1) % self.e and (p * q).bit_length() == 2048:
                break
        self.n, self.p, self.q = p * q, p, q
        self.d = pow(self.e, -1, (p - 1) * (q - 1))

    @staticmethod
    def _prime(chance) -> int:
        while True:
            number = chance.getrandbits(1024) | (3 << 1022) | 1
            if math.gcd(number, SMALL) > 1:
                continue
            if pow(2, number - 1, number) == 1 and all(RSAKey._passes(number, chance) for _ in range(4)):
                return number

    @staticmethod
    def _passes(number, chance) -> bool:
        odd, twos = number - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        x = pow(chance.randrange(2, number - 1), odd, number)
        if x in (1, number - 1):
            return True
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                return True
        return False

    def jwk(self) -> dict:
        return {
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": b64(self.n.to_bytes(256, "big")), "e": b64(self.e.to_bytes(3, "big")),
        }  # fmt: skip

    def token(self, claims: dict, **head) -> str:
        text = part({"alg": "RS256", "typ": "JWT", "kid": self.kid, **head}) + "." + part(claims)
        info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(text.encode()).digest()
        padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
        return f"{text}.{b64(pow(int.from_bytes(padded, 'big'), self.d, self.n).to_bytes(256, 'big'))}"


class Issuer:
    """Serves on a port of its own; `person` is who signs in next, `twist` changes the claims of their token."""

    def __init__(self, client="sluice", secret="conformance-client-s3cret"):
        self.client, self.secret = client, secret
        self.keys = [RSAKey("k1", 11)]
        self.person = {"sub": "u-1", "email": "ada@example.com", "email_verified": True, "groups": ["ops"]}
        self.twist = lambda claims: claims
        self.codes: dict[str, dict] = {}
        self.devices: dict[str, bool] = {}
        self.refused: list[str] = []
        self.key_reads = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                issuer._get(self)

            def do_POST(self):
                issuer._post(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def claims(self, **more) -> dict:
        now = int(time.time())
        return {"iss": self.url, "aud": self.client, "iat": now, "exp": now + 300, **self.person, **more}

    def token(self, **more) -> str:
        return self.keys[0].token(self.claims(**more))

    @staticmethod
    def _answer(handler, status, body, location=None):
        data = json.dumps(body).encode()
        handler.send_response(status)
        if location:
            handler.send_header("location", location)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _get(self, handler):
        target = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path == "/.well-known/openid-configuration":
            return self._answer(handler, 200, {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
                "device_authorization_endpoint": f"{self.url}/device",
                "authorization_response_iss_parameter_supported": True,
            })  # fmt: skip
        if target.path == "/keys":
            self.key_reads += 1
            return self._answer(handler, 200, {"keys": [key.jwk() for key in self.keys]})
        if target.path == "/authorize":
            code = secrets.token_urlsafe(16)
            self.codes[code] = {**query, "person": dict(self.person)}
            back = {"code": code, "state": query["state"], "iss": self.url}
            return self._answer(handler, 302, {}, f"{query['redirect_uri']}?{urlencode(back)}")
        return self._answer(handler, 404, {})

    def _post(self, handler):
        length = int(handler.headers.get("content-length", 0))
        form = {name: values[0] for name, values in parse_qs(handler.rfile.read(length).decode()).items()}
        wanted = "Basic " + base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        if handler.headers.get("authorization") != wanted:
            self.refused.append("client")
            return self._answer(handler, 401, {"error": "invalid_client"})
        if handler.path == "/device":
            code = secrets.token_urlsafe(16)
            self.devices[code] = False
            return self._answer(handler, 200, {
                "device_code": code, "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/go",
                "expires_in": 60, "interval": 1,
            })  # fmt: skip
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:device_code":
            if not self.devices.get(form.get("device_code")):
                return self._answer(handler, 400, {"error": "authorization_pending"})
            del self.devices[form["device_code"]]
            return self._answer(handler, 200, {"id_token": self.keys[0].token(self.twist(self.claims()))})
        begun = self.codes.pop(form.get("code", ""), None)
        proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if begun is None or proof != begun.get("code_challenge") or begun["redirect_uri"] != form.get("redirect_uri"):
            self.refused.append("code" if begun is None else "verifier")
            return self._answer(handler, 400, {"error": "invalid_grant"})
        claims = self.twist(self.claims(**begun["person"], nonce=begun["nonce"]))
        return self._answer(handler, 200, {"id_token": self.keys[0].token(claims), "access_token": "a"})
