// "Notifications on this device": switches the messages of this browser on and off, for whoever is signed in. The words stand in the page,
// one part for each state: <section data-push><div data-push-state="off" hidden>...<button data-push-on>.

const KEY = "/api/v1/push/key", BROWSERS = "/api/v1/push/subscriptions", READ = "/api/v1/notifications/read";
/** One worker serves the app and the portal, so that a browser is subscribed once and nobody is told twice. */
const WORKER = "/app/sw.js", SCOPE = "/app";

type State = "impossible" | "install" | "blocked" | "on" | "off";
interface Browser { readonly id: string; readonly fingerprint: string }

export function startPush(): void {
  document.addEventListener("submit", leave);
  document.querySelectorAll<HTMLAnchorElement>("a[data-read]").forEach((link) => link.addEventListener("click", () => read(link.dataset["read"]!)));
  const root = document.querySelector<HTMLElement>("[data-push]");
  if (!root) return;
  void look(root);
  root.querySelector("[data-push-on]")?.addEventListener("click", (event) => work(root, event.currentTarget as HTMLButtonElement, on));
  root.querySelector("[data-push-off]")?.addEventListener("click", (event) => work(root, event.currentTarget as HTMLButtonElement, off));
}

const possible = (): boolean => window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** iPhone and iPad (which calls itself a Mac) push to an app on the home screen alone. */
function mustInstall(): boolean {
  const apple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);
  return apple && !window.matchMedia("(display-mode: standalone)").matches;
}

async function look(root: HTMLElement): Promise<void> {
  const subscription = possible() ? await current() : undefined;
  const mark = subscription && (await fingerprint(subscription));
  const mine = mark ? root.querySelector<HTMLElement>(`[data-browser="${CSS.escape(mark)}"]`) : null;
  mine?.querySelector("[data-this-browser]")?.removeAttribute("hidden");
  show(root, state(mine !== null));
}

function state(subscribed: boolean): State {
  if (!possible()) return mustInstall() ? "install" : "impossible";
  if (Notification.permission === "denied") return "blocked";
  // What the browser has and the server does not know was another person's, or was removed from afar.
  return subscribed && Notification.permission === "granted" ? "on" : "off";
}

function show(root: HTMLElement, state: State): void {
  root.querySelectorAll<HTMLElement>("[data-push-state]").forEach((part) => (part.hidden = part.dataset["pushState"] !== state));
}

function work(root: HTMLElement, button: HTMLButtonElement, change: () => Promise<boolean>): void {
  const fault = root.querySelector<HTMLElement>("[data-push-fault]");
  if (fault) fault.hidden = true;
  button.disabled = true;
  void change()
    .then((done) => (done ? window.location.reload() : look(root)))
    .catch(() => {
      if (fault) fault.hidden = false;
    })
    .finally(() => (button.disabled = false));
}

async function on(): Promise<boolean> {
  // First of all, for the browser asks only in the moment of a press.
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { publicKey } = await json<{ publicKey: string }>(await fetch(KEY));
  const registration = await worker();
  const old = await registration.pushManager.getSubscription();
  const fits = old !== null && encode(old.options.applicationServerKey) === publicKey;
  if (old && !fits) await old.unsubscribe();
  const subscription = old && fits ? old : await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await json(await fetch(BROWSERS, { method: "POST", headers: { "content-type": "application/json", RequestVerificationToken: token() }, body: JSON.stringify(subscription) }));
  return true;
}

async function off(): Promise<boolean> {
  const subscription = await current();
  if (!subscription) return true;
  const [mark, own] = [await fingerprint(subscription), await json<{ items: Browser[] }>(await fetch(BROWSERS))];
  await subscription.unsubscribe();
  const mine = own.items.find((browser) => browser.fingerprint === mark);
  if (mine) await fetch(`${BROWSERS}/${mine.id}`, { method: "DELETE", headers: { RequestVerificationToken: token() } });
  return true;
}

/** Whoever signs out takes the messages along: the next person at this device reads none of them. */
function leave(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.getAttribute("action") !== "/sign-out" || !possible() || Notification.permission !== "granted" || form.dataset["left"]) return;
  event.preventDefault();
  form.dataset["left"] = "1";
  const enough = new Promise((done) => window.setTimeout(done, 3000));
  void Promise.race([off().catch(() => undefined), enough]).then(() => form.submit());
}

/** Sent while the browser goes to the next page. */
function read(id: string): void {
  void fetch(READ, { method: "POST", keepalive: true, headers: { "content-type": "application/json", RequestVerificationToken: token() }, body: JSON.stringify({ id }) }).catch(() => undefined);
}

async function current(): Promise<PushSubscription | null> {
  return (await (await navigator.serviceWorker.getRegistration(SCOPE))?.pushManager.getSubscription()) ?? null;
}

/** Only a worker that is active can subscribe. */
async function worker(): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming) {
    await new Promise<void>((done) => coming.addEventListener("statechange", () => (coming.state === "activated" || coming.state === "redundant") && done()));
  }
  return registration;
}

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? document.querySelector<HTMLInputElement>('input[name="__RequestVerificationToken"]')?.value ?? "";
}

async function json<T>(answer: Response): Promise<T> {
  if (!answer.ok || answer.redirected) throw new Error(`${answer.url}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** SHA-256 of the endpoint: by it the server's list tells which browser is this one. */
async function fingerprint(subscription: PushSubscription): Promise<string> {
  return encode(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint)));
}

/** base64url */
function encode(bytes: ArrayBuffer | null): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
