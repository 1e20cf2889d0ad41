// What every htmx request of the portal shares: the CSRF header, polls that rest, errors in words.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") {
    event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
  }
});

// A poll of a page nobody looks at is not worth a request.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-poll]") && (document.hidden || !navigator.onLine)) event.preventDefault();
});

// The poll of someone signed out says so once, instead of leading away from what is being typed.
let signedOut = false;
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401 || !event.detail.elt.matches("[data-poll]")) return;
  event.preventDefault();
  if (!signedOut) say(_("You are signed out. Sign in again in another tab; what you typed stays here."));
  signedOut = true;
});

const say = (text) =>
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "error" } }));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  if (elt.matches("[data-poll]") || xhr.getResponseHeader("HX-Trigger")) return;
  if (xhr.status === 401) say(_("You are signed out. Sign in again in another tab; what you typed stays here."));
  else if (xhr.status === 400) say(_("This page was open too long. Reload it and try again."));
  else if (xhr.status === 413) say(_("That is too large to send."));
  else say(_("That did not work and nothing was changed. Please try again."));
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (!event.detail.elt.matches("[data-poll]")) say(_("The portal cannot be reached. Nothing was changed."));
  });
}

// Coming back by the browser's arrows shows the page as it is now, not as it was.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
