// The fields of an identity schema, on the pages that may have some. Everything works without, one item at a time.
"use strict";

{
  const words = document.getElementById("words")?.dataset ?? {}; // templates/macros/words.html, in the page's language

  const word = (name) => words[name] ?? "";
  const add = (parent, name, properties) => parent.appendChild(Object.assign(document.createElement(name), properties));

  // A moment needs a zone; who types none means their own.
  for (const field of document.querySelectorAll("[data-moment]")) {
    field.addEventListener("change", () => {
      const [, day, time, seconds] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$/.exec(field.value.trim()) ?? [];
      const ahead = -new Date(`${day}T${time}`).getTimezoneOffset(), two = (number) => String(number).padStart(2, "0");
      if (Number.isNaN(ahead)) return;
      const zone = `${ahead < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(ahead) / 60))}:${two(Math.abs(ahead) % 60)}`;
      field.value = `${day}T${time}${seconds ?? ":00"}${zone}`;
    });
  }

  // What is empty is not posted: Kratos would store an empty item, and a nought for an empty number.
  document.addEventListener("formdata", ({ target, formData }) => {
    for (const { name, type, value } of target.elements) {
      if (value || !name?.startsWith("traits.") || ["hidden", "checkbox"].includes(type)) continue;
      const kept = formData.getAll(name).filter(Boolean);
      formData.delete(name);
      for (const one of kept) formData.append(name, one);
    }
  });

  // Lists: what are boxes without this script are fields here.

  function addItem(list, value, before) {
    const { list: name, type } = list.dataset;
    const row = Object.assign(document.createElement("div"), { className: "item" });
    before.before(row);
    const field = add(row, "input", { type, name, value, step: "any", spellcheck: false, autocapitalize: "none" });
    field.setAttribute("aria-label", list.querySelector("legend").textContent.trim());
    add(row, "button", { type: "button", className: "button button-link", textContent: word("remove") }).addEventListener("click", () => {
      row.remove();
      list.querySelector("[data-add]").focus();
    });
    return field;
  }

  for (const list of word("remove") ? document.querySelectorAll("[data-list]") : []) {
    const boxes = [...list.querySelectorAll(".field-check")], more = list.querySelector("input:not([type=checkbox])");
    const place = list.querySelector("[data-add]")?.parentElement ?? add(list, "p", { className: "fine" });
    if (!place.firstElementChild) add(place, "a", { href: "#", textContent: word("more") }).dataset.add = "";
    place.hidden = false;
    for (const box of boxes) {
      const { checked, value } = box.querySelector("input");
      if (checked) addItem(list, value, place);
      box.remove();
    }
    if (more) {
      addItem(list, more.value, place);
      more.labels[0].remove();
      more.remove();
      list.form.noValidate = true;
    }
    place.firstElementChild.addEventListener("click", (event) => {
      event.preventDefault();
      addItem(list, "", place).focus();
    });
  }

  // Where a form would lose something of what is stored, all of it is posted as JSON with the changes in it.

  // Numbers too large for JavaScript stay as they are written; Kratos shows them rounded.
  const exact = (_, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
  const written = (value) => String(value?.rawJSON ? Number(value.rawJSON) : value ?? "");

  function changed(field, old) {
    const { holds } = field.dataset;
    if (holds === "boolean") return field.checked || (old === true ? false : old);
    if (holds === "list") {
      const kept = [...field.querySelectorAll("input")].filter((one) => one.type === "checkbox" ? one.checked : one.value);
      const { type } = field.dataset;
      const made = kept.map(({ value }) => type === "number" ? Number(value) : type === "checkbox" ? value === "true" : value);
      const shown = (Array.isArray(old) ? old : []).map(written).filter(Boolean);
      if (JSON.stringify(made.map(written)) === JSON.stringify(shown)) return old;
      return made.length ? made : undefined;
    }
    const shown = written(old).replace(/\r\n?/g, "\n");
    if (field.value === shown) return old;
    if (!field.value) return undefined;
    return holds === "number" ? Number(field.value) : field.value;
  }

  document.addEventListener("submit", ({ target: form }) => {
    const whole = form.querySelector("[data-whole]");
    if (!whole) return;
    const traits = JSON.parse(whole.dataset.whole ||= whole.value, exact);
    for (const field of form.querySelectorAll("[data-path]")) {
      const path = JSON.parse(field.dataset.path), key = path.pop();
      const place = path.reduce((object, step) => object[step] ??= {}, traits), value = changed(field, place[key]);
      if (value === undefined) delete place[key];
      else place[key] = value;
    }
    whole.value = JSON.stringify(traits);
  });

  for (const whole of document.querySelectorAll("[data-whole]")) {
    for (const field of whole.form.querySelectorAll("[data-path], [data-path] input")) field.disabled = false;
    whole.form.addEventListener("formdata", ({ formData }) => {
      for (const name of [...formData.keys()]) if (/^traits(\.|$)/.test(name)) formData.delete(name);
      formData.set("traits", whole.value);
    });
  }
}
