// Short messages with Undo. `toast` comes from the HX-Trigger header or from another script.
const region = document.getElementById("toasts");
const STAY = 10_000;
const live = (toast) => {
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), STAY); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  // Pressed once, it has done its work; htmx finds what to swap from the form, so it goes when the answer is in place.
  toast.addEventListener("htmx:afterRequest", () => toast.remove());
  start();
};
const draw = ({ text, tone, undo }) => {
  const toast = document.createElement("div");
  toast.className = "toast";
  if (tone) toast.dataset.tone = tone;
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  if (undo) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = undo.url;
    form.setAttribute("hx-post", undo.url);
    form.setAttribute("hx-swap", "none");
    for (const [name, value] of [["csrf_token", document.querySelector('meta[name="csrf-token"]').content], ["event", undo.event]]) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      form.append(input);
    }
    const button = document.createElement("button");
    button.className = "button";
    button.textContent = _("Undo");
    form.append(button);
    if (document.body.dataset.keys === "on") {
      const key = document.createElement("kbd");
      key.className = "only-keyboard";
      key.textContent = "z";
      button.append(" ", key);
    }
    toast.append(form);
  }
  region.append(toast);
  while (region.children.length > 3) region.firstElementChild.remove();
  window.htmx?.process(toast);
  live(toast);
};
if (region) {
  document.addEventListener("toast", (event) => draw(event.detail));
  [...region.children].forEach(live);
}
