// Lists with a selection, sliders with their value beside them.

/** data-check-all chooses every row of its form; data-checked-count says how many are chosen. */
function selection(form: HTMLFormElement): void {
  const rows = [...form.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]")];
  const chosen = rows.filter((row) => row.checked).length;
  const all = form.querySelector<HTMLInputElement>("[data-check-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
  const count = form.querySelector("[data-checked-count]");
  if (count) count.textContent = String(chosen);
}

/** Where tabs or choices need more room than there is, the chosen one is in sight. */
function showChosen(): void {
  for (const chosen of document.querySelectorAll<HTMLElement>(".lw-tabs > .on, .fbar .seg > .on")) {
    const row = chosen.parentElement!;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
  }
}

export function startLists(): void {
  showChosen();
  document.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "checkbox" || !event.target.form) return;
    const form = event.target.form;
    if ("checkAll" in event.target.dataset)
      for (const row of form.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]")) row.checked = event.target.checked;
    selection(form);
  });

  // <span data-range-value="#limit"> shows where the slider stands.
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "range") return;
    for (const value of document.querySelectorAll<HTMLElement>("[data-range-value]"))
      if (event.target.matches(value.dataset["rangeValue"]!)) value.textContent = event.target.value;
  });
}
