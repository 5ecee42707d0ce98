import htmx from "htmx.org";
import { say } from "./format";
import { startKeys } from "./keys";
import { startLists } from "./lists";
import { startLive } from "./live";
import { applySizes, ask, startParts, toast } from "./parts";
import { startPasskeys } from "./passkey";
import { startPasswords } from "./password";
import { startPush } from "./push";

// No inline styles, no evaluated code: the pages run under a strict content security policy. No copies of pages in the browser's storage.
Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  // Not "style": a size that a script gave an element would be copied to the next one as a style attribute.
  attributesToSettle: ["class"],
  allowEval: false,
  historyCacheSize: 0,
  scrollIntoViewOnBoost: false,
});

const slow = 200;
let running = 0;
let timer = 0;

function begin(): void {
  running++;
  timer ||= window.setTimeout(() => document.documentElement.classList.add("lw-busy"), slow);
}

function end(): void {
  if (--running > 0) return;
  running = 0;
  clearTimeout(timer);
  timer = 0;
  document.documentElement.classList.remove("lw-busy");
}

type Request = CustomEvent<{ headers: Record<string, string>; verb: string }>;
type Confirm = CustomEvent<{ question: string | null; issueRequest(skip: boolean): void }>;
type Failure = CustomEvent<{ xhr: XMLHttpRequest }>;

const on = <E extends Event>(name: string, handle: (event: E) => void): void =>
  document.body.addEventListener(name, (event) => handle(event as E));

function start(): void {
  on<Request>("htmx:configRequest", (event) => {
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    if (token && event.detail.verb !== "get") event.detail.headers["RequestVerificationToken"] = token;
  });
  on<Confirm>("htmx:confirm", (event) => {
    const { question, issueRequest } = event.detail;
    if (!question) return;
    event.preventDefault();
    void ask(question).then((yes) => yes && issueRequest(true));
  });
  // 409 and 422 carry the form again with its errors beside the fields, so they are shown like a success.
  on<CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>>("htmx:beforeSwap", (event) => {
    const html = event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html") ?? false;
    if (html && (event.detail.xhr.status === 422 || event.detail.xhr.status === 409)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  on("htmx:beforeRequest", begin);
  on("htmx:afterRequest", end);
  on<Failure>("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) location.reload();
    else toast(status === 403
      ? say("Dafür fehlt Ihnen das Recht.", "You are not allowed to do this.")
      : say(`Das hat nicht geklappt (${status}). Bitte noch einmal versuchen.`, `That did not work (${status}). Please try again.`), "fault");
  });
  on("htmx:sendError", () => toast(say("Keine Verbindung zum Server. Nichts wurde geändert.", "No connection to the server. Nothing was changed."), "fault"));
  on<CustomEvent<{ elt: HTMLElement }>>("htmx:load", (event) => applySizes(event.detail.elt.parentElement ?? document));

  applySizes(document);
  startParts();
  startPasswords();
  startPasskeys();
  startPush();
  startKeys();
  startLists();
  startLive();
}

// The script is deferred: the document is parsed, but htmx starts after it.
start();
