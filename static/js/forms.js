// Forms: sent once, drafts kept in memory while fragments come and go, Ctrl+Enter, questions before what cannot be taken back.
const buttons = (form) => [...form.querySelectorAll("button:not([type=button])")];
const busy = (form, on) => {
  form.toggleAttribute("data-busy", on);
  // Not `disabled`: that would throw the focus away, and drop the pressed button's value.
  for (const button of buttons(form)) on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = (event.submitter || form).dataset.confirm || form.dataset.confirm;
  if (form.hasAttribute("data-busy") || (question && !confirm(question))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  setTimeout(() => {
    if (event.defaultPrevented) return;
    busy(form, true);
    // An answer that is a file leaves the page standing.
    setTimeout(() => busy(form, false), 10_000);
  });
}, true);
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => busy(form, false)));
document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches("form")) busy(event.target, true); });
document.addEventListener("htmx:afterRequest", (event) => { if (event.target.matches("form")) busy(event.target, false); });

// Drafts live in memory only: what is typed about a customer never stays on a shared computer.
const drafts = new Map();
const isText = (element) => element.matches?.("textarea[id]");
document.addEventListener("input", (event) => { if (isText(event.target)) drafts.set(event.target.id, event.target.value); });
// Before the swap, since the form itself may be gone after it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig?.elt;
  if (event.detail.xhr.status < 300 && form?.matches("form")) form.querySelectorAll("textarea[id]").forEach((box) => drafts.delete(box.id));
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, text] of drafts) {
    const box = document.getElementById(id);
    if (box && !box.value) box.value = text;
  }
});
let leaving = false;
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });
window.addEventListener("beforeunload", (event) => {
  const unsent = [...drafts].some(([id, text]) => text.trim() && document.getElementById(id)?.value === text);
  if (unsent && !leaving) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector('[data-look="primary"]') || undefined);
  }
  if (event.key === "/" && event.ctrlKey && event.target.closest(".composer")) {
    event.preventDefault();
    const other = event.target.closest(".composer").querySelector('[name="compose"]:not(:checked)');
    other.checked = true;
    other.dispatchEvent(new Event("change", { bubbles: true }));
  }
  // Escape leaves the text; the draft stays.
  if (event.key === "Escape" && event.target.matches("textarea, .search input")) event.target.blur();
});
document.addEventListener("change", (event) => {
  if (event.target.matches('[name="compose"]')) {
    event.target.closest(".composer").querySelector(`[data-compose="${event.target.value}"] textarea`)?.focus();
  }
  if (event.target.matches("[data-check-all]")) {
    const name = event.target.dataset.checkAll;
    document.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(name)}"]`).forEach((box) => { box.checked = event.target.checked; });
  }
});

// Shift and a click ticks everything between.
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.('[data-col="pick"] input[type="checkbox"]')) return;
  const all = [...document.querySelectorAll('tbody [data-col="pick"] input[type="checkbox"]')];
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});
