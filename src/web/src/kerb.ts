// What the guest page and the driver app share: honest progress on buttons, live values that survive sleep and network loss.
// Everything works without it as plain forms and pages.

/** Seconds without a sign of life after which the page says that it has no connection. */
const SILENT_SECONDS = 10;
/** A start that takes longer than this tells what to check. */
const LATE_SECONDS = 20;

interface LiveState {
  view: string;
  values: Record<string, string | null>;
  status: string;
  statusClass: string;
  notice: string | null;
}

export function busyForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = form.querySelector<HTMLButtonElement>("button[data-busy]") ?? document.querySelector<HTMLButtonElement>(`button[form="${form.id}"][data-busy]`);
    if (!button) return;
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    button.dataset.idle = button.innerHTML;
    button.textContent = button.dataset.busy!;
    window.setTimeout(() => form.querySelectorAll<HTMLElement>("[data-late]").forEach((hint) => (hint.hidden = false)), LATE_SECONDS * 1000);
  });
  // A page that comes back from the browser's memory (the back button) may be used again.
  window.addEventListener("pageshow", () =>
    document.querySelectorAll<HTMLButtonElement>("button[data-idle]").forEach((button) => {
      button.innerHTML = button.dataset.idle!;
      button.removeAttribute("aria-disabled");
      delete button.dataset.idle;
    }));
}

export function dialogs(): void {
  document.addEventListener("click", (event) => {
    const target = (event.target as Element).closest<HTMLElement>("[data-opens],[data-closes]");
    if (target?.dataset.opens) {
      const dialog = document.getElementById(target.dataset.opens) as HTMLDialogElement | null;
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
    } else if (target) {
      target.closest("dialog")?.close();
    }
  });
}

export function live(): void {
  const place = document.querySelector<HTMLElement>("[data-live-src]");
  if (!place) return;
  const url = place.dataset.liveSrc!;
  const view = place.dataset.view;
  let source: EventSource | undefined;
  let heard = Date.now();
  let retry = 1;
  let leaving = false;

  const show = (state: LiveState) => {
    heard = Date.now();
    retry = 1;
    connected(true);
    if (state.view !== view && !leaving) {
      leaving = true; // another stage: the server has a page for it
      window.location.reload();
      return;
    }
    for (const [name, text] of Object.entries(state.values)) {
      document.querySelectorAll<HTMLElement>(`[data-v="${name}"]`).forEach((at) => {
        if (at.textContent !== text) at.textContent = text ?? "–";
      });
    }
    document.querySelectorAll<HTMLElement>("[data-status]").forEach((at) => {
      at.textContent = state.status;
      at.className = `status big-s ${state.statusClass}`;
    });
    document.querySelectorAll<HTMLElement>("[data-notice]").forEach((at) => {
      at.hidden = at.dataset.notice !== state.notice;
    });
  };

  const connected = (is: boolean) => {
    document.querySelectorAll<HTMLElement>("[data-when-offline]").forEach((at) => (at.hidden = is));
    document.querySelectorAll<HTMLElement>("[data-when-online]").forEach((at) => (at.hidden = !is));
  };

  const open = () => {
    source?.close();
    source = new EventSource(url);
    source.addEventListener("state", (event) => show(JSON.parse((event as MessageEvent<string>).data) as LiveState));
    source.onerror = () => {
      // The browser reconnects by itself unless the server refused; then we do, ever more slowly.
      if (source?.readyState === EventSource.CLOSED) {
        window.setTimeout(open, Math.min(30, retry) * 1000);
        retry *= 2;
      }
    };
  };

  const wake = () => {
    if (document.visibilityState === "visible" && !leaving && Date.now() - heard > SILENT_SECONDS * 1000) open();
  };
  window.setInterval(() => {
    if (Date.now() - heard > SILENT_SECONDS * 1000) connected(false);
  }, 1000);
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", open);
  window.addEventListener("offline", () => connected(false));
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => event.persisted && open());
  open();
}

/** Parts of a page that the server draws again from time to time, such as a curve. */
export function redraw(): void {
  document.querySelectorAll<HTMLElement>("[data-redraw]").forEach((part) => {
    window.setInterval(async () => {
      if (document.visibilityState !== "visible") return;
      const answer = await fetch(part.dataset.redraw!).catch(() => undefined);
      if (answer?.ok) part.innerHTML = await answer.text();
    }, 30_000);
  });
}
