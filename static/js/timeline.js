// Of several changes of one field only the newest can be taken back.
const tidy = () => {
  const seen = new Set();
  for (const row of [...document.querySelectorAll("#timeline > [data-field]")].reverse()) {
    const { field } = row.dataset;
    if (!field) continue;
    if (seen.has(field)) row.querySelector("form")?.remove();
    seen.add(field);
  }
};
document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target.id === "timeline") tidy(); });
