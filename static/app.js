// Everything works without this file; it only spares people a mistake or two.
"use strict";

// A second press while the first is under way would answer a challenge twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.busy) event.preventDefault();
  form.dataset.busy = "true";
});

// A page shown again by Back has stale tokens and may show somebody who has signed out.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const problem = document.querySelector(".error-summary");
if (problem) problem.focus();
