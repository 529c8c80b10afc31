// Everything but passkeys and security keys works without this file; the rest spares people a mistake or two.
"use strict";

// The functions of Kratos' script that a button may call (app/domain/nodes.py has the same names), and the one that
// offers passkeys in the list under the identifier field.
const CEREMONIES = [
  "oryWebAuthnRegistration", "oryWebAuthnLogin", "oryPasskeyLogin", "oryPasskeyRegistration", "oryPasskeySettingsRegistration",
];
const OFFER = "oryPasskeyLoginAutocompleteInit";
const PATIENCE = 10_000; // milliseconds
const WORDS = {
  wait: "One moment …",
  late: "A part of this page has not arrived. Press the button again, or reload the page.",
  unable: "This browser cannot use passkeys or security keys here.",
  fill: "Fill this in first: ",
  NotAllowedError: "Nothing happened: it was cancelled, or took too long. Press the button again, or choose another way.",
  InvalidStateError: "This device or key has been added already.",
  SecurityError: "Passkeys and security keys do not work at this address. Please tell the people who run this service.",
  other: "That did not work. Press the button again, or choose another way.",
};

// A second press while the first is under way would answer a challenge twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.busy) return event.preventDefault();
  form.dataset.busy = "true";
  setTimeout(() => delete form.dataset.busy, PATIENCE); // the person may have stopped the first
});

// A page shown again by Back has stale tokens and may show somebody who has signed out.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const problem = document.querySelector(".error-summary");
if (problem) problem.focus();

function add(parent, name, properties) {
  return parent.appendChild(Object.assign(document.createElement(name), properties));
}

// A place for sentences that come later: screen readers read them out.
function addStatus(parent) {
  add(parent, "p", { className: "fine" }).setAttribute("role", "status");
}

function say(place, words) {
  place.querySelector("[role=status]").textContent = words;
}

// Passkeys and security keys.

let pressed = null; // the button whose ceremony is under way

function whenReady(go, late) {
  if (window.__oryWebAuthnInitialized) return go();
  const waiting = new AbortController();
  const timer = setTimeout(() => { waiting.abort(); late(); }, PATIENCE);
  addEventListener("oryWebAuthnInitialized", () => { clearTimeout(timer); go(); }, { once: true, signal: waiting.signal });
}

function offerPasskeys() {
  const identifier = document.querySelector("input[name=identifier]:not([type=hidden])");
  // Where the identifier is known already the answer to this would race the button's.
  if (!identifier || !document.querySelector(`[data-onload=${OFFER}]`)) return;
  if (!identifier.autocomplete.includes("webauthn")) identifier.autocomplete = "username webauthn";
  whenReady(() => window[OFFER](), () => {});
}

// What Kratos would refuse only after the device has made a passkey.
function unfilled(form) {
  const wrong = (field) => (field.getAttribute("aria-required") && !field.value.trim()) || !field.checkValidity();
  return [...form.querySelectorAll("input:not([type=hidden]), select")].find(wrong);
}

function begin(button) {
  const place = button.parentElement, name = button.dataset.trigger;
  if (pressed || !CEREMONIES.includes(name)) return;
  const field = name.endsWith("Registration") && unfilled(button.form);
  if (field) {
    say(place, WORDS.fill + field.labels[0].innerText);
    return field.focus();
  }
  pressed = button;
  say(place, WORDS.wait);
  whenReady(() => window[name](), () => { pressed = null; say(place, WORDS.late); });
}

// Kratos' script answers a failure with alert(), or on the console alone: so it never learns of one, but people do.
function explain(ask) {
  return async (options) => {
    if (options.mediation === "conditional" || !pressed) return ask(options);
    try {
      return await ask(options);
    } catch (error) {
      console.info(error);
      say(pressed.parentElement, WORDS[error.name] ?? WORDS.other);
      pressed = null;
      offerPasskeys();
      return new Promise(() => {});
    }
  };
}

for (const button of document.querySelectorAll("[data-trigger]")) {
  button.hidden = !window.PublicKeyCredential;
  addStatus(button.parentElement);
  if (button.hidden) say(button.parentElement, WORDS.unable);
  button.addEventListener("click", () => begin(button));
}
if (window.PublicKeyCredential) {
  const credentials = navigator.credentials;
  for (const name of ["get", "create"]) credentials[name] = explain(credentials[name].bind(credentials));
  offerPasskeys();
}

// Backup codes and keys to be kept: copied, and a list of codes also saved to a file or printed.

async function copy(text, codes) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch { // no permission, or no https
    getSelection().selectAllChildren(codes);
    return document.execCommand("copy") ? "Copied" : "Copy the marked text with your keyboard";
  }
}

function save(text) {
  const link = Object.assign(document.createElement("a"), { download: "backup-codes.txt" });
  link.href = URL.createObjectURL(new Blob([`${location.host}\n\n${text}\n`], { type: "text/plain" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
}

for (const block of document.querySelectorAll("[data-keep]")) {
  const text = [...block.querySelectorAll("code")].map((code) => code.textContent).join("\n");
  const codes = block.querySelector(".codes"), tools = add(block, "div", { className: "tools" });
  const tool = (words, use) => add(tools, "button", { type: "button", className: "button", textContent: words, onclick: use });
  tool("Copy", async () => say(tools, await copy(text, codes ?? block.querySelector("code"))));
  if (codes) {
    tool("Download", () => save(text));
    tool("Print", () => {
      block.classList.add("printed");
      addEventListener("afterprint", () => block.classList.remove("printed"), { once: true });
      print();
    });
  }
  addStatus(tools);
}
