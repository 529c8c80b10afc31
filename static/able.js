// Where a passkey can be made this browser may be offered one (app/selfservice/passkey_offer.py reads the cookie).
"use strict";
window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.().then((able) => {
  const [name, secure] = location.protocol === "https:" ? ["__Host-portico", "; Secure"] : ["portico", ""];
  if (able) document.cookie = `${name}-passkey=able; Path=/; SameSite=Lax${secure}`;
});
