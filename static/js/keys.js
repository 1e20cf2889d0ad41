// One registry feeds the keys and the sheet behind "?". Everything a key does is a link or a button on the page as well.
const go = (url) => () => { location.href = url; };
const rows = () => [...document.querySelectorAll("[data-row]")];
const here = () => document.querySelector("[data-row][data-here]");
const step = (by) => {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(here());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  here()?.removeAttribute("data-here");
  next.setAttribute("data-here", "");
  next.querySelector('[data-command="open"], a')?.focus();
  next.scrollIntoView({ block: "nearest" });
};
// On a list the command belongs to the row the keyboard is on, elsewhere to the page.
const press = (command) => () => {
  const focusedRow = document.activeElement?.closest("[data-row]") || here();
  const scope = rows().length ? focusedRow : document;
  const target = scope?.querySelector(`[data-command="${command}"]`) || (rows().length ? null : document.querySelector(`[data-command="${command}"]`));
  if (!target) return false;
  if (target.matches("input[type=text], input[type=search], textarea")) target.focus();
  else target.click();
  if (target.matches('[name="compose"]')) target.dispatchEvent(new Event("change", { bubbles: true }));
};
const page = (command) => () => {
  const target = document.querySelector(`[data-command="${command}"]`);
  if (!target) return false;
  target.matches("input") ? (target.focus(), target.select()) : target.click();
};
const COMMANDS = [
  { where: _("Anywhere"), key: "/", name: _("Search"), run: page("search") },
  { where: _("Anywhere"), key: "c", name: _("New ticket"), run: page("new") },
  { where: _("Anywhere"), key: "z", name: _("Undo the last change"), run: () => {
    const undo = [...document.querySelectorAll(".toast form button")].pop();
    if (!undo) return false;
    undo.click();
  } },
  { where: _("Anywhere"), key: "g q", name: _("Go to the queues"), run: go("/agent") },
  { where: _("Anywhere"), key: "g m", name: _("Go to my tickets"), run: go("/agent/queues/my-tickets") },
  { where: _("Anywhere"), key: "g u", name: _("Go to unassigned"), run: go("/agent/queues/unassigned") },
  { where: _("Anywhere"), key: "g c", name: _("Go to customers"), run: go("/agent/customers") },
  { where: _("Anywhere"), key: "?", name: _("This list"), run: () => sheet() },
  { where: _("List"), key: "j", name: _("Next ticket"), run: () => step(1) },
  { where: _("List"), key: "k", name: _("Previous ticket"), run: () => step(-1) },
  { where: _("List"), key: "o", name: _("Open (also Enter)"), run: press("open") },
  { where: _("Ticket"), key: "r", name: _("Reply"), run: press("reply") },
  { where: _("Ticket"), key: "n", name: _("Note"), run: press("note") },
  { where: _("Ticket"), key: "u", name: _("Back to the queue"), run: page("back") },
  { where: _("Ticket or row"), key: "s", name: _("Status"), run: press("status") },
  { where: _("Ticket or row"), key: "a", name: _("Assign"), run: press("assign") },
  { where: _("Ticket or row"), key: "i", name: _("Take it"), run: press("take") },
  { where: _("Ticket or row"), key: "p", name: _("Priority"), run: press("priority") },
  { where: _("Ticket or row"), key: "d", name: _("Due"), run: press("due") },
  { where: _("Ticket or row"), key: "v", name: _("Department"), run: press("department") },
  { where: _("Ticket or row"), key: "e", name: _("Resolve"), run: press("resolve") },
  { where: _("Writing"), key: "Ctrl Enter", name: _("Send") },
  { where: _("Writing"), key: "Ctrl /", name: _("Reply or note") },
  { where: _("Writing"), key: "Esc", name: _("Leave the text, the draft stays") },
  { where: _("Menus"), key: "↑ ↓", name: _("Move") },
  { where: _("Menus"), key: "1 … 9", name: _("Choose") },
  { where: _("Menus"), key: "Esc", name: _("Close") },
];

const element = (name, text, attributes = {}) => {
  const made = Object.assign(document.createElement(name), attributes);
  if (text) made.textContent = text;
  return made;
};
const sheet = () => {
  const dialog = element("dialog", "", { className: "keys" });
  const head = element("header");
  const title = element("h2", _("Keyboard"), { id: "keys-title" });
  const close = element("button", _("Close"), { className: "button", type: "button" });
  close.addEventListener("click", () => dialog.close());
  head.append(title, close);
  dialog.setAttribute("aria-labelledby", "keys-title");
  const columns = element("div", "", { className: "keys-columns" });
  for (const where of new Set(COMMANDS.map((command) => command.where))) {
    const section = element("section");
    const names = element("dl");
    for (const command of COMMANDS.filter((one) => one.where === where)) {
      const keys = element("dt");
      command.key.split(" ").forEach((key, index) => keys.append(index ? " " : "", key === "…" ? "…" : element("kbd", key)));
      names.append(keys, element("dd", command.name));
    }
    section.append(element("h3", where), names);
    columns.append(section);
  }
  dialog.append(head, columns);
  const before = document.activeElement;
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); });
  document.body.append(dialog);
  dialog.showModal();
};

document.addEventListener("click", (event) => { if (event.target.closest("[data-show-keys]")) sheet(); });
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || row === here()) return;
  here()?.removeAttribute("data-here");
  row.setAttribute("data-here", "");
});

let pending = "";
let timer;
document.addEventListener("keydown", (event) => {
  if (document.body.dataset.keys !== "on" || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !/^[jk]$/.test(event.key)) return;
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable], dialog, .menu");
  if (typing) return;
  const wanted = pending ? `${pending} ${event.key}` : event.key;
  clearTimeout(timer);
  pending = "";
  const command = COMMANDS.find((one) => one.run && one.key === wanted);
  if (command) {
    if (command.run() !== false) event.preventDefault();
  } else if (COMMANDS.some((one) => one.run && one.key.startsWith(`${wanted} `))) {
    pending = wanted;
    timer = setTimeout(() => { pending = ""; }, 1200);
  }
});
