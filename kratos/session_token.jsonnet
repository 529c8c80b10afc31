// What a session says of its person as a JWT (`tokenize_as=ui_jwt`), beside Kratos' own iss, sub (the identity's id), sid,
// jti, iat, nbf and exp. `aud`: whoever is sent the token has to find itself in it.
local session = std.extVar('session');
{
  claims: {
    aud: ['demo-api'],
    aal: session.authenticator_assurance_level,
    email: session.identity.traits.email,
  },
}
