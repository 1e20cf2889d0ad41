// Menus in place, and <details class="drop">: close, return the focus, move by arrows, pick by letter or digit.
const openers = new WeakMap();
const place = (menu) => {
  if (matchMedia("(max-width: 47.99rem)").matches) return;
  menu.removeAttribute("data-flip");
  const box = menu.getBoundingClientRect();
  const flips = [];
  if (box.bottom > innerHeight && box.top - box.height > 0) flips.push("up");
  if (box.right > document.documentElement.clientWidth) flips.push("end");
  if (flips.length) menu.dataset.flip = flips.join(" ");
};
const controls = (menu) =>
  [...menu.querySelectorAll(".menu-item, input:not([type=hidden]), select, textarea, .button")].filter((item) => item.offsetParent || item.getClientRects().length);
const close = (menu, refocus = true) => {
  const drop = menu.closest("details.drop");
  const opener = drop?.querySelector("summary") || document.getElementById(openers.get(menu));
  if (drop) drop.open = false;
  else menu.remove();
  if (refocus) opener?.focus();
};
const openMenus = () => document.querySelectorAll("[data-menu], details.drop[open] > .menu");

// A second press on the opener closes what the first one opened.
document.addEventListener("htmx:beforeRequest", (event) => {
  const cell = event.target.closest('[data-cell]');
  if (!event.target.matches("[aria-haspopup], [data-command], [data-cell] > a")) return;
  const open = cell?.querySelector(":scope > [data-menu]");
  if (open) {
    event.preventDefault();
    close(open);
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  const menu = event.target.matches?.("[data-menu]") ? event.target : event.target.querySelector?.(":scope > [data-menu]");
  const opener = event.detail.requestConfig?.elt;
  if (!menu || openers.has(menu)) return;
  for (const other of openMenus()) if (other !== menu) close(other, false);
  const within = opener?.closest("[data-menu]");
  openers.set(menu, within ? within.dataset.opener : opener?.id);
  menu.dataset.opener = openers.get(menu) || "";
  place(menu);
  (menu.querySelector("[data-filter]") || menu.querySelector("[data-focus]") || menu.querySelector("[aria-current]") || controls(menu)[0])?.focus();
});
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.drop[open]")) return;
  const menu = event.target.querySelector(".menu");
  for (const other of openMenus()) if (other !== menu) close(other, false);
  place(menu);
}, true);
document.addEventListener("close-menu", () => openMenus().forEach((menu) => close(menu)));

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    const home = menu.closest("details.drop, [data-cell]") || menu;
    if (!home.contains(event.target)) close(menu, false);
    // On a phone the scrim is the cell's own shadow: a press beside the sheet closes it.
    else if (event.target === home) close(menu);
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu") || event.target.closest?.("details.drop[open]")?.querySelector(".menu");
  if (event.key === "Escape") {
    const open = menu || [...openMenus()].pop();
    if (open) {
      event.preventDefault();
      event.stopImmediatePropagation();
      close(open);
    }
    return;
  }
  if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = controls(menu);
  const at = all.indexOf(document.activeElement);
  const typing = event.target.matches("input:not([data-filter]), textarea, select");
  if (["ArrowDown", "ArrowUp"].includes(event.key) && !typing) {
    event.preventDefault();
    all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
  } else if (event.key === "Enter" && event.target.matches("[data-filter]")) {
    event.preventDefault();
    all.find((item) => item.matches(".menu-item"))?.click();
  } else if (!typing && event.key.length === 1 && event.key !== " " && !event.target.matches("[data-filter]")) {
    const items = all.filter((item) => item.matches(".menu-item"));
    if (/[1-9]/.test(event.key)) items[event.key - 1]?.click();
    else {
      const named = items.filter((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      named[(named.indexOf(document.activeElement) + 1) % named.length]?.focus();
    }
    // The page's own keys are silent inside a menu.
    event.preventDefault();
    event.stopImmediatePropagation();
  }
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of event.target.closest(".menu").querySelectorAll(".menu-item")) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
});
