// What a person's account gets from the provider "Demo ID": claims become traits. Without an e-mail address in them the
// registration page asks for one.
local claims = std.extVar('claims');
{
  identity: {
    traits: {
      [if 'email' in claims then 'email' else null]: claims.email,
      name: {
        [if 'given_name' in claims then 'first' else null]: claims.given_name,
        [if 'family_name' in claims then 'last' else null]: claims.family_name,
      },
    },
    verified_addresses: if 'email' in claims && std.get(claims, 'email_verified', false)
    then [{ via: 'email', value: claims.email }] else [],
  },
}
