// Everything but passkeys and security keys works without this file.
"use strict";

// The functions of Kratos' script that a button may call (app/selfservice/fields.py has the same names), and the one that
// offers passkeys in the list under the identifier field.
const CEREMONIES = [
  "oryWebAuthnRegistration", "oryWebAuthnLogin", "oryPasskeyLogin", "oryPasskeyRegistration", "oryPasskeySettingsRegistration",
];
const OFFER = "oryPasskeyLoginAutocompleteInit";
const PATIENCE = 10_000, SLOW = 2_000, RESEND = 30_000, CALM = 500; // milliseconds
const DECISIONS = "[action^='/'] :is(.button, .link), .button-bad";
const CODES = "[inputmode=numeric], [name=lookup_secret], [name=user_code], [type=tel], [autocomplete~=tel]";
const DIGITS = /[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g; // Arabic, Persian and full-width ones end in their value
const WORDS = document.getElementById("words")?.dataset ?? {}; // templates/macros/words.html, in the page's language
const CARRIED = "portico-who";
const problem = document.querySelector(".error-summary");

// What the page has no words for is not said.
function word(name, value) {
  return (WORDS[name] ?? "").replace(/\{\w+\}/, () => value);
}

function add(parent, name, properties) {
  return parent.appendChild(Object.assign(document.createElement(name), properties));
}

// A place for sentences that come later: screen readers read them out.
function addStatus(parent) {
  const place = add(parent, "p", { className: "fine" });
  place.setAttribute("role", "status");
  return place;
}

function say(place, words) {
  place.querySelector("[role=status]").textContent = words;
}

// One code to type is where typing begins.
const [code, ...more] = document.querySelectorAll("main > form :is([inputmode=numeric], [name=lookup_secret])");

(problem ?? (more.length ? null : code))?.focus();

// Forms.

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A second press while the first is under way would answer a challenge twice.
  if (form.dataset.busy) return event.preventDefault();
  // Enter, where only a ceremony goes on.
  const only = event.submitter || form.querySelector("[data-trigger]");
  if (only?.dataset.trigger) {
    event.preventDefault();
    return only.hidden || begin(only);
  }
  for (const button of form.querySelectorAll(".reveal")) reveal(button, false);
  for (const field of form.querySelectorAll(CODES)) tidy(field);
  if (who) tidy(who);
  carried();
  work(form, event.submitter);
});

// A page shown again by Back has stale tokens and may show somebody who has signed out; WebKit keeps it despite no-store.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Right after the page came up, or back to the front, a click may have been meant for a window that was over it.
let front;

function settle({ timeStamp }) {
  front = timeStamp;
  const still = { pointerEvents: ["none", "none"] }; // a pointer over it shows that
  for (const button of document.querySelectorAll(DECISIONS)) {
    button.animate(still, Math.max(0, front + CALM - document.timeline.currentTime)); // from this frame on
  }
}

document.addEventListener("click", (event) => {
  if (event.isTrusted && event.timeStamp < front + CALM && event.target.closest(DECISIONS)) event.preventDefault();
}, true);
addEventListener("focus", settle);
document.addEventListener("visibilitychange", settle);
// Whoever sees the page before this script has come need not wait for it.
settle({ timeStamp: performance.getEntriesByType("paint")[0]?.startTime ?? performance.now() });

// Nothing else on the page stops while one form is under way.
function work(form, button) {
  const place = addStatus(form);
  const timer = setTimeout(() => { place.textContent = word("wait"); }, SLOW);
  const rest = () => {
    clearTimeout(timer);
    place.remove();
    delete form.dataset.busy;
    button?.removeAttribute("aria-busy");
  };
  form.dataset.busy = "true";
  button?.setAttribute("aria-busy", "true");
  setTimeout(rest, PATIENCE); // the person may have stopped the first
}

// Fields.

// Password managers and browsers keep only what is a password when it is sent.
function reveal(button, shown) {
  button.setAttribute("aria-pressed", shown);
  document.getElementById(button.getAttribute("aria-controls")).type = shown ? "text" : "password";
}

for (const button of document.querySelectorAll(".reveal")) {
  button.hidden = false;
  button.addEventListener("click", () => reveal(button, button.getAttribute("aria-pressed") !== "true"));
}

for (const field of document.querySelectorAll("input[type=password]")) {
  const place = addStatus(field.closest(".field") ?? field.parentElement);
  place.classList.add("caps");
  const look = (event) => { // what a password manager makes up has no keys
    const on = event.type !== "blur" && event.getModifierState?.("CapsLock");
    if (on === !place.textContent) place.textContent = on ? word("caps") : "";
  };
  for (const name of ["keydown", "keyup", "click", "blur"]) field.addEventListener(name, look);
}

// Codes are copied in groups, phone numbers with marks that nobody sees; Kratos takes neither.
function tidy(field) {
  const seen = field.value.replace(/[^\P{Cf}\u200c\u200d]/gu, "").trim(); // a name may have joiners
  const digits = () => seen.replace(/[\s\p{Pd}\p{Cf}]/gu, "").replace(DIGITS, (digit) => digit.charCodeAt() & 15);
  field.value = field.inputMode === "numeric" ? digits() : seen;
}

for (const field of document.querySelectorAll(CODES)) {
  field.removeAttribute("maxlength"); // would cut "123 456" short
  field.addEventListener("input", (event) => { if (event.inputType?.startsWith("insertFrom")) tidy(field); });
}

// Kratos sets no limit to asking for another code; a mail needs a moment.
function countDown(button) {
  const words = button.textContent, place = addStatus(button.form);
  const tick = () => {
    const seconds = Math.ceil((RESEND - performance.now()) / 1000);
    button.disabled = seconds > 0;
    button.textContent = button.disabled ? word("resend", seconds) : words;
    if (button.disabled) setTimeout(tick, 1000);
    else place.textContent = word("ready");
  };
  tick();
}

if (WORDS.resend && !problem) document.querySelectorAll("[data-again]").forEach(countDown);

// Who somebody is, typed here, goes along to the page they choose instead, in this tab, until a form is sent.

const who = document.querySelector("input[name]:is([type=email], [autocomplete~=username], [autocomplete~=email])");

function carried(typed) {
  try {
    const before = sessionStorage.getItem(CARRIED);
    if (typed) sessionStorage.setItem(CARRIED, typed);
    else sessionStorage.removeItem(CARRIED);
    return before;
  } catch {} // the browser keeps nothing for this site
}

const typed = carried();
if (typed && who && !who.value && (who.type !== "email" || typed.includes("@"))) who.value = typed;
document.addEventListener("click", (event) => { if (event.target.closest(".links a, .back a")) carried(who?.value); });

// Whoever reads a time is in a zone the server does not know.
try {
  const { lang } = document.documentElement; // and writes times as the page's dates are written
  const clock = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeStyle: "short" });
  for (const time of document.querySelectorAll("time")) time.textContent = clock.format(new Date(time.dateTime));
} catch {} // an operator's language may be none of the browser's

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
    say(place, word("fill", field.labels[0].innerText));
    return field.focus();
  }
  pressed = button;
  say(place, word("wait"));
  whenReady(() => window[name](), () => { pressed = null; say(place, word("late")); });
}

// Kratos' script answers a failure with alert(), or on the console alone: so it never learns of one, but people do.
function explain(ask) {
  return async (options) => {
    if (!pressed || options.mediation === "conditional") return ask(options);
    try {
      return await ask(options);
    } catch (error) {
      console.info(error);
      say(pressed.parentElement, word(error.name.toLowerCase()) || word("other"));
      pressed = null;
      offerPasskeys();
      return new Promise(() => {});
    }
  };
}

for (const button of document.querySelectorAll("[data-trigger]")) {
  button.hidden = !window.PublicKeyCredential;
  addStatus(button.parentElement);
  if (button.hidden) say(button.parentElement, word("unable"));
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
    return word("copied");
  } catch { // no permission, or no https
    getSelection().selectAllChildren(codes);
    return word(document.execCommand("copy") ? "copied" : "marked");
  }
}

function save(text) {
  const link = Object.assign(document.createElement("a"), { download: `${word("file")}.txt` });
  link.href = URL.createObjectURL(new Blob([`${location.host}\n\n${text}\n`], { type: "text/plain" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
}

for (const block of WORDS.copy ? document.querySelectorAll("[data-keep]") : []) {
  const text = [...block.querySelectorAll("code")].map((code) => code.textContent).join("\n");
  const codes = block.querySelector(".codes"), tools = add(block, "div", { className: "tools" });
  const tool = (words, use) => add(tools, "button", { type: "button", className: "button", textContent: words, onclick: use });
  tool(word("copy"), async () => say(tools, await copy(text, codes ?? block.querySelector("code"))));
  if (codes) {
    tool(word("download"), () => save(text));
    tool(word("print"), () => {
      block.classList.add("printed");
      addEventListener("afterprint", () => block.classList.remove("printed"), { once: true });
      print();
    });
  }
  addStatus(tools);
}
