// Where a passkey can be made this browser may be offered one (app/selfservice/passkey_offer.py reads the cookie).
"use strict";
const path = new URL(document.currentScript.src).pathname.replace(/\/static\/able\.js$/, "").replaceAll("/", ".");

window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.().then((able) => {
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; Secure"] : ["", ""];
  if (able) document.cookie = `${prefix}portico${path}-passkey=able; Path=/; SameSite=Lax${secure}`;
});
