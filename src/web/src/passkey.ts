// Making passkeys and signing in with them (WebAuthn Level 3). The server makes the question and judges the answer; this only carries them.

type Options = { parseCreationOptionsFromJSON?(json: unknown): PublicKeyCredentialCreationOptions; parseRequestOptionsFromJSON?(json: unknown): PublicKeyCredentialRequestOptions };

const known = (): (Options & typeof PublicKeyCredential) | undefined =>
  typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential ? PublicKeyCredential : undefined;

async function ask(form: HTMLFormElement, address: string): Promise<unknown> {
  const token = form.querySelector<HTMLInputElement>('input[name="__RequestVerificationToken"]')?.value ?? "";
  const answer = await fetch(address, { method: "POST", headers: { RequestVerificationToken: token }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function send(form: HTMLFormElement, credential: Credential | null): void {
  const field = form.querySelector<HTMLInputElement>('input[name="credential"]');
  if (!credential || !field) throw new Error("no credential");
  field.value = JSON.stringify((credential as PublicKeyCredential).toJSON());
  form.submit();
}

function fault(form: HTMLFormElement, shown: boolean): void {
  const text = form.querySelector<HTMLElement>("[data-passkey-fault]");
  if (text) text.hidden = !shown;
}

/** A form that makes one: data-passkey-create="address of the options". */
function followCreation(form: HTMLFormElement, address: string): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fault(form, false);
    void ask(form, address)
      .then((json) => navigator.credentials.create({ publicKey: known()!.parseCreationOptionsFromJSON!(json) }))
      .then((credential) => send(form, credential))
      .catch(() => fault(form, true));
  });
}

/** A form that signs in: data-passkey-get="address of the options". The field of the e-mail offers passkeys by itself where the browser can. */
function followSignIn(form: HTMLFormElement, address: string): void {
  let waiting: AbortController | undefined;
  const sign = async (mediation: CredentialMediationRequirement): Promise<void> => {
    waiting?.abort();
    waiting = new AbortController();
    const json = await ask(form, address);
    send(form, await navigator.credentials.get({ publicKey: known()!.parseRequestOptionsFromJSON!(json), mediation, signal: waiting.signal }));
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fault(form, false);
    void sign("optional").catch(() => fault(form, true));
  });
  if (form.dataset["passkeyQuiet"]) return; // it was refused just now
  void Promise.resolve(known()!.isConditionalMediationAvailable?.()).then((can) => {
    // Nobody asked for it, so nobody is told when it comes to nothing.
    if (can) void sign("conditional").catch(() => undefined);
  });
}

/** Starts the forms of passkeys; where the browser knows none, they stay hidden or say so. */
export function startPasskeys(): void {
  if (!known()) {
    document.querySelectorAll<HTMLFormElement>("form[data-passkey-create]").forEach((form) => form.querySelector("[data-passkey-button]")?.setAttribute("disabled", ""));
    return;
  }
  document.querySelectorAll<HTMLFormElement>("form[data-passkey-create]").forEach((form) => followCreation(form, form.dataset["passkeyCreate"]!));
  document.querySelectorAll<HTMLFormElement>("form[data-passkey-get]").forEach((form) => followSignIn(form, form.dataset["passkeyGet"]!));
}
