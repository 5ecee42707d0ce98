// Ctrl K searches; j, k and Enter walk a list; "/" goes to the list's filter.
const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function walk(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-list] [data-href]")].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))]!;
  next.tabIndex = -1;
  next.focus();
}

function open(row: HTMLElement | null): boolean {
  const href = row?.dataset["href"];
  if (!href) return false;
  location.assign(href);
  return true;
}

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const search = document.querySelector<HTMLElement>("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      if (search instanceof HTMLInputElement) search.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "Enter" && event.target instanceof HTMLElement && open(event.target.closest<HTMLElement>("[data-href]:focus"))) event.preventDefault();
    else if (event.key === "/") {
      const filter = document.querySelector<HTMLElement>("[data-filter]");
      if (filter) {
        event.preventDefault();
        filter.focus();
      }
    }
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.target.closest("a, button, input, label, select, summary")) return;
    open(event.target.closest<HTMLElement>("[data-href]"));
  });
}
