"""Where fuzzing begins: a few inputs of each target, small, and each of another kind."""

ADDRESSES = [
    *("https://good.example/login?login_challenge=c&n=1", "http://127.0.0.1:80/cb?x=%20y#z", "https://[::1]:3000/"),
    *("http://localhost/", "https://0x7f.1/", "https://bücher.example/", "com.app:/cb", "/login?login_challenge=c"),
    *("//evil", "https:\\\\evil\\@good.example", "https://a@b%40c;d/?a=1;b&c=%zz&&=+", "javascript:alert(1)"),
]
REQUESTS = [
    *("prompt=login%20consent&max_age=60", "prompt=registration+none&acr_values=aal2", "max_age=%2B5&x;y&%zz"),
    *("login_hint=ada%40example.org&display=popup", "ui_locales=de%20fr&resource=https://api.example"),
]
OBJECTS = [
    *('{"prompt":"login","max_age":"5","exp":1}', '{"resource":["a",{"b":null}],"login_hint":"\\ud83d"}', "[[[", "NaN")
]
ANSWERS = [
    *(
        '{"client":{"client_id":"x","redirect_uris":["https://a/"]},"requested_scope":["openid"],"request_url":"https://h/"}',
    ),
    *('{"active":true,"id":"s","identity":{"id":"i","traits":{"email":"a@b","name":{"first":"A"},"phone":"+491"}}}',),
    *(
        '{"authentication_methods":[{"method":"oidc","aal":"aal1","completed_at":"2026-11-21T09:30:15.33Z"}],"skip":true}',
    ),
    *('[{"value":"a@b","verified":true,"via":"email"}]', '"2026-11-21T09:30:15+02:00"', "1e999", "[[[[]]]]"),
]


def _choices(*numbers: int) -> list[bytes]:
    """Inputs of targets that read bytes as choices."""
    return [bytes((number * step + step) % 256 for step in range(60)) for number in numbers]


def _with_length(text: str, rest: str) -> bytes:
    return bytes([len(text) % 61]) + text[:60].encode() + rest.encode()


SEEDS: dict[str, list[bytes]] = {
    "addresses": [address.encode() for address in ADDRESSES],
    "queries": [address.encode() for address in ADDRESSES] + [f"https://h/?{text}".encode() for text in REQUESTS],
    "authorization_requests": [_with_length(text, rest) for text in REQUESTS for rest in OBJECTS],
    "answers": [answer.encode() for answer in ANSWERS],
    "flows": _choices(*range(0, 80, 3)),
    "logins": _choices(*range(12)),
    "consents": _choices(*range(12)),
    "requests": _choices(*range(20)),
}
