import type { AnyAuthMethod, AuthenticationType, Prompt } from "ssh2";

import type { Credential, Credentials } from "./credentials.ts";
import { SshError } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";

type Method = "publickey" | "password" | "keyboard-interactive";

/**
 * Chooses what to offer to the server next. Made for one login.
 *
 * A password goes out once, by `password` or by `keyboard-interactive` as the server likes: a second try with
 * the same one could only lock the account.
 */
export class Authentication {
  readonly #target: SshTarget;
  readonly #credentials: Credentials;
  readonly #left: Credential[];
  readonly #tried: string[] = [];
  #accepted: readonly string[] | undefined;
  #asked = false;

  constructor(target: SshTarget, credentials: Credentials) {
    this.#target = target;
    this.#credentials = credentials;
    this.#left = [...credentials.list];
  }

  /**
   * Returns the next method, or undefined if nothing is left to offer.
   *
   * @param accepted Methods with which the server lets go on; undefined before it was asked
   * @param partialSuccess Whether what was offered last was right but is not enough
   */
  next(
    accepted: readonly AuthenticationType[] | undefined,
    partialSuccess: boolean,
    onUnanswerable: (error: SshError) => void,
  ): AnyAuthMethod | undefined {
    const { user: username, password } = this.#target;
    this.#accepted = accepted ?? this.#accepted;
    if (this.#accepted === undefined && !this.#asked) {
      this.#asked = true;
      // With a key at hand, offering it tells as much; a password is not sent before it is known to be wanted.
      if (!isKey(this.#left[0])) return { type: "none", username };
    }
    // Where the server wants two proofs, the password may be asked for once by either method.
    if (partialSuccess && password !== undefined && !this.#left.some(({ type }) => type === "password")) {
      if (this.#accepted?.includes("keyboard-interactive")) {
        this.#left.push({ type: "password", password, label: "password" });
      }
    }
    for (const credential of this.#left) {
      const method = this.#methodFor(credential);
      if (method === undefined) continue;
      this.#left.splice(this.#left.indexOf(credential), 1);
      this.#tried.push(
        method === "keyboard-interactive" ? `${credential.label} (${method})` : credential.label,
      );
      return this.#offer(credential, method, onUnanswerable);
    }
    return undefined;
  }

  /**
   * How often the server was waited for: once for the service, once for each method that was offered, and once more for
   * the signature of a key that it takes.
   */
  get roundTrips(): number {
    return 1 + this.#tried.length + (this.proof.startsWith("password") ? 0 : 1);
  }

  /** What the server accepted, once it did. */
  get proof(): string {
    return this.#tried.at(-1) ?? "nothing at all";
  }

  /** Why the login failed, after everything was offered or the server hung up. */
  failure(state?: string): SshError {
    const { user } = this.#target;
    const tried =
      this.#tried.length > 0 ? `tried ${this.#tried.join(", ")}` : "nothing to offer that it accepts";
    const accepts =
      this.#accepted === undefined ? [] : [`the server accepts ${this.#accepted.join(", ") || "nothing"}`];
    const parts = [...(state === undefined ? [] : [state]), tried, ...accepts];
    return new SshError(
      `Cannot log in to ${describeTarget(this.#target)} as "${user}": ${parts.join("; ")}`,
      { code: "SSH_AUTHENTICATION_FAILED", hint: this.#hint() },
    );
  }

  #methodFor({ type }: Credential): Method | undefined {
    const accepted = this.#accepted;
    const methods: Method[] = type === "password" ? ["password", "keyboard-interactive"] : ["publickey"];
    return methods.find((method) => accepted === undefined || accepted.includes(method));
  }

  #offer(credential: Credential, method: Method, onUnanswerable: (error: SshError) => void): AnyAuthMethod {
    const username = this.#target.user;
    switch (credential.type) {
      case "agent":
        return { type: "agent", username, agent: credential.agent };
      case "publickey":
        return { type: "publickey", username, key: credential.key };
      case "password": {
        const { password } = credential;
        if (method === "password") return { type: "password", username, password: password.reveal() };
        let answered = false;
        return {
          type: "keyboard-interactive",
          username,
          prompt: (_name, _instructions, _language, prompts, answer) => {
            const [prompt] = prompts;
            if (!answered && isPasswordPrompt(prompts)) {
              answered = true;
              answer([password.reveal()]);
            } else {
              onUnanswerable(
                this.failure(`the server asks ${JSON.stringify(prompt?.prompt.trim().slice(0, 80) ?? "")}`),
              );
            }
          },
        };
      }
    }
  }

  #hint(): string {
    const [unreadable] = this.#credentials.unreadable;
    if (unreadable !== undefined) {
      return `One key was left out: ${unreadable.message.replace("Cannot read the private key ", "")}${unreadable.hint === undefined ? "" : `; ${unreadable.hint}`}`;
    }
    const [certificate] = this.#target.certificateFiles ?? [];
    if (certificate !== undefined) {
      return `The ssh config has CertificateFile ${certificate}, which this backend cannot offer: set fusion_ssh_backend to openssh`;
    }
    if (this.#tried.some((label) => label.startsWith("password"))) {
      return "Check fusion_user and fusion_password";
    }
    if (this.#tried.length > 0) {
      return `Check fusion_user, and that the public key stands in ~/.ssh/authorized_keys on the host`;
    }
    return this.#credentials.list.length > 0
      ? "Give what the server accepts: fusion_private_key_file or fusion_password"
      : "Set fusion_private_key_file or fusion_password, or add a key to the agent: ssh-add";
  }
}

function isKey(credential: Credential | undefined): boolean {
  return credential !== undefined && credential.type !== "password";
}

/** A single question whose answer is not shown; anything else wants more than a password. */
function isPasswordPrompt(prompts: readonly Prompt[]): boolean {
  return prompts.length === 1 && prompts[0]?.echo !== true;
}
