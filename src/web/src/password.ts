import { say } from "./format";

// How strong a new password is, while it is typed. The server decides; this only helps.

const weakest = ["passwor", "kennwort", "qwert", "12345", "hallo", "geheim", "admin", "letmein", "willkommen", "welcome", "sommer", "winter", "iloveyou", "abc123"];

/** 0 (not taken) to 4, and why. */
function judge(password: string, least: number, own: string[]): [number, string] {
  const length = [...password].length;
  if (length === 0) return [0, ""];
  if (length < least) return [0, say(`Noch ${least - length} Zeichen.`, `${least - length} more characters.`)];
  let rest = password.toLowerCase();
  for (const word of own) rest = rest.replaceAll(word, "");
  if (rest.length < 6) return [0, say("Zu nah an Ihrem Namen.", "Too close to your name.")];
  for (const word of weakest) rest = rest.replaceAll(word, "");
  const variety = new Set(rest).size;
  const bits = Math.min(rest.length, variety * 2.5) * Math.log2(Math.max(2, variety + 6));
  if (bits < 32) return [1, say("Schwach.", "Weak.")];
  if (bits < 50) return [2, say("Brauchbar.", "Fair.")];
  return bits < 75 ? [3, say("Gut.", "Good.")] : [4, say("Stark.", "Strong.")];
}

function follow(field: HTMLElement): void {
  const input = field.querySelector("input");
  const meter = field.querySelector<HTMLElement>("[data-password-meter]");
  const words = field.querySelector<HTMLElement>("[data-password-words]");
  const show = field.querySelector<HTMLButtonElement>("[data-password-show]");
  if (!input || !meter || !words) return;
  const own = (field.dataset["own"] ?? "").toLowerCase().split(/[\s.@\-_+,]+/).filter((word) => word.length >= 4);
  input.addEventListener("input", () => {
    const [strength, text] = judge(input.value, Number(field.dataset["least"] ?? 10), own);
    meter.hidden = input.value === "";
    meter.dataset["strength"] = String(strength);
    words.textContent = text;
  });
  if (!show) return;
  show.hidden = false;
  show.addEventListener("click", () => {
    const visible = input.type === "password";
    input.type = visible ? "text" : "password";
    show.setAttribute("aria-pressed", String(visible));
  });
}

/** Starts the fields marked data-password. */
export function startPasswords(): void {
  document.querySelectorAll<HTMLElement>("[data-password]").forEach(follow);
}
