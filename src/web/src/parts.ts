// Small behaviours of the pages' parts, on the platform's own elements: <dialog>, <details>, clipboard.
import { say } from "./format";

const closest = <T extends Element = HTMLElement>(event: Event, selector: string): T | null =>
  event.target instanceof Element ? event.target.closest<T>(selector) : null;

/** A short message at the lower edge. Raised by the server with the header HX-Trigger: {"lw:toast": {"text": "...", "kind": "fault"}}. */
export function toast(text: string, kind: "done" | "fault" = "done"): void {
  let host = document.querySelector<HTMLElement>(".lw-toasts");
  if (!host) {
    host = document.createElement("div");
    host.className = "lw-toasts";
    host.setAttribute("role", "status");
    host.setAttribute("aria-live", "polite");
    document.body.append(host);
  }
  const note = document.createElement("div");
  note.className = `lw-toast ${kind}`;
  note.textContent = text;
  host.append(note);
  setTimeout(() => note.remove(), kind === "fault" ? 12_000 : 8_000);
}

/** Asks in a dialog of the page's own look instead of the browser's; focus starts on the harmless answer. */
export function ask(question: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "lw-dialog";
  const text = document.createElement("p");
  text.textContent = question;
  const answers = document.createElement("form");
  answers.method = "dialog";
  answers.className = "answers";
  for (const [value, label, look] of [["no", say("Abbrechen", "Cancel"), "btn-sec"], ["yes", say("Ja, ausführen", "Yes, do it"), "btn-primary"]] as const) {
    const button = document.createElement("button");
    button.value = value;
    button.className = `btn ${look}`;
    button.textContent = label;
    button.autofocus = value === "no";
    answers.append(button);
  }
  dialog.append(text, answers);
  dialog.setAttribute("aria-label", question);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    }));
}

/** Sizes that come from data: a page's security policy forbids style attributes, not this. */
export function applySizes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-width]")) element.style.width = `${element.dataset["width"]}%`;
  for (const element of root.querySelectorAll<HTMLElement>("[data-left]")) element.style.left = `${element.dataset["left"]}%`;
  for (const element of root.querySelectorAll<HTMLElement>("[data-flex]")) element.style.flex = element.dataset["flex"]!;
}

export function startParts(): void {
  document.addEventListener("click", (event) => {
    const opener = closest(event, "[data-dialog-open]");
    if (opener) document.querySelector<HTMLDialogElement>(opener.dataset["dialogOpen"]!)?.showModal();
    closest(event, "[data-dialog-close]")?.closest("dialog")?.close();

    const copy = closest(event, "[data-copy]");
    if (copy) {
      const from = copy.dataset["copy"]!;
      const text = from.startsWith("#") ? (document.querySelector(from)?.textContent ?? "") : from;
      navigator.clipboard.writeText(text.trim()).then(
        () => toast(say("Kopiert", "Copied")),
        () => toast(say("Kopieren nicht erlaubt", "Copying is not allowed"), "fault"));
    }

    // A menu (<details data-menu>) closes when something else is pressed.
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]"))
      if (!(event.target instanceof Node && menu.contains(event.target))) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });

  // A select or a date that is a filter sends its form at once.
  document.addEventListener("change", (event) => {
    const form = closest<HTMLSelectElement>(event, "[data-autosubmit]")?.form;
    form?.requestSubmit();
  });

  document.body.addEventListener("lw:toast", (event) => {
    const { text, kind } = (event as CustomEvent<{ text: string; kind?: "done" | "fault" }>).detail;
    toast(text, kind);
  });
}
