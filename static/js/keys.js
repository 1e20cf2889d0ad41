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
  { where: "Anywhere", key: "/", name: "Search", run: page("search") },
  { where: "Anywhere", key: "c", name: "New ticket", run: page("new") },
  { where: "Anywhere", key: "z", name: "Undo the last change", run: () => {
    const undo = [...document.querySelectorAll(".toast form button")].pop();
    if (!undo) return false;
    undo.click();
  } },
  { where: "Anywhere", key: "g q", name: "Go to the queues", run: go("/agent") },
  { where: "Anywhere", key: "g m", name: "Go to my tickets", run: go("/agent/queues/my-tickets") },
  { where: "Anywhere", key: "g u", name: "Go to unassigned", run: go("/agent/queues/unassigned") },
  { where: "Anywhere", key: "g c", name: "Go to customers", run: go("/agent/customers") },
  { where: "Anywhere", key: "?", name: "This list", run: () => sheet() },
  { where: "List", key: "j", name: "Next ticket", run: () => step(1) },
  { where: "List", key: "k", name: "Previous ticket", run: () => step(-1) },
  { where: "List", key: "o", name: "Open (also Enter)", run: press("open") },
  { where: "List", key: "x", name: "Select", run: () => {
    const box = (document.activeElement?.closest("[data-row]") || here())?.querySelector('[data-col="pick"] input');
    if (!box) return false;
    box.click();
  } },
  { where: "Ticket", key: "r", name: "Reply", run: press("reply") },
  { where: "Ticket", key: "n", name: "Note", run: press("note") },
  { where: "Ticket", key: "u", name: "Back to the queue", run: page("back") },
  { where: "Ticket or row", key: "s", name: "Status", run: press("status") },
  { where: "Ticket or row", key: "a", name: "Assign", run: press("assign") },
  { where: "Ticket or row", key: "i", name: "Take it", run: press("take") },
  { where: "Ticket or row", key: "p", name: "Priority", run: press("priority") },
  { where: "Ticket or row", key: "d", name: "Due", run: press("due") },
  { where: "Ticket or row", key: "v", name: "Department", run: press("department") },
  { where: "Ticket or row", key: "e", name: "Resolve", run: press("resolve") },
  { where: "Writing", key: "Ctrl Enter", name: "Send" },
  { where: "Writing", key: "Ctrl /", name: "Reply or note" },
  { where: "Writing", key: "Esc", name: "Leave the text, the draft stays" },
  { where: "Menus", key: "↑ ↓", name: "Move" },
  { where: "Menus", key: "1 … 9", name: "Choose" },
  { where: "Menus", key: "Esc", name: "Close" },
];

const element = (name, text, attributes = {}) => {
  const made = Object.assign(document.createElement(name), attributes);
  if (text) made.textContent = text;
  return made;
};
const sheet = () => {
  const dialog = element("dialog", "", { className: "keys" });
  const head = element("header");
  const title = element("h2", "Keyboard", { id: "keys-title" });
  const close = element("button", "Close", { className: "button", type: "button" });
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
