// Loaded in <head> before the first paint, so that a dark page never flashes white. Follows the device until the user chooses.
const key = "lw-theme";
const device = matchMedia("(prefers-color-scheme: dark)");

function stored(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is forbidden: follow the device
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    return; // it then holds for this page only
  }
}

function apply(theme: string): void {
  const root = document.documentElement;
  if (root.dataset["bsTheme"] === theme) return;
  root.dataset["bsTheme"] = theme;
  root.dispatchEvent(new CustomEvent("lw:theme", { bubbles: true, detail: theme }));
}

function current(): string {
  return stored() ?? (device.matches ? "dark" : "light");
}

apply(current());
device.addEventListener("change", () => apply(current()));

document.addEventListener("click", (event) => {
  const toggle = event.target instanceof Element ? event.target.closest("[data-theme-toggle]") : null;
  if (!toggle) return;
  const theme = document.documentElement.dataset["bsTheme"] === "dark" ? "light" : "dark";
  store(theme);
  apply(theme);
});
