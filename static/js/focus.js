// After a swap the focus stays where it was: on the element with the same id.
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  // A menu that goes with its cell gives the focus back to the link that opened it.
  focused = document.activeElement?.closest("[data-menu]")?.dataset.opener || document.activeElement?.id || "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.target.querySelector?.("[data-focus]");
  if (wanted) wanted.focus();
  else if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
});
document.querySelector("[data-focus]")?.focus();
