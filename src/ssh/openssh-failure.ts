import type { ErrorCode } from "../error-code.ts";
import { printable } from "./printable.ts";
import { SshError, type RetryAdvice } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";

interface Meaning {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retry?: RetryAdvice;
}

/** What the words of `ssh` mean; the first one that it said counts. */
const MEANINGS: readonly Meaning[] = [
  {
    says: /REVOKED HOST KEY|host key .*revoked/i,
    code: "SSH_HOST_KEY_REVOKED",
    hint: "Do not connect: give the host a new key, or take the @revoked line away if it is wrong",
  },
  {
    says: /IDENTIFICATION HAS CHANGED|Host key for .* has changed/i,
    code: "SSH_HOST_KEY_CHANGED",
    hint: "Somebody may be listening in; if the host was set up again, take its old key away with ssh-keygen -R",
  },
  {
    says: /Host key verification failed|No .* host key is known/i,
    code: "SSH_HOST_KEY_UNKNOWN",
    hint: "Compare the fingerprint, then use --host-key-checking accept-new",
  },
  {
    says: /Permission denied|Too many authentication failures|No more authentication methods/i,
    code: "SSH_AUTHENTICATION_FAILED",
    hint: "Check fusion_user and the keys and certificates of ~/.ssh/config and the agent, fusion_password and fusion_private_key_passphrase",
  },
  {
    says: /Bad configuration option|bad configuration options|keyword .* extra arguments|Bad .* specification/i,
    code: "SSH_CONFIG_INVALID",
    hint: "Correct the ssh config, then check it with: ssh -G <host>",
  },
  {
    says: /Could not resolve hostname|Name or service not known/i,
    code: "SSH_CONNECT_FAILED",
    hint: "Check the spelling, or set fusion_host to the address",
  },
  {
    says: /Connection refused|Connection reset|Connection closed|closed by remote host|kex_exchange_identification/i,
    code: "SSH_CONNECT_FAILED",
    hint: "Check that sshd runs on the host, its port, and its MaxStartups",
    retry: "soon",
  },
  {
    says: /timed out|No route to host|unreachable/i,
    code: "SSH_CONNECT_FAILED",
    hint: "Check the address, and that no firewall drops the packets",
    retry: "patient",
  },
];

const OTHER: Omit<Meaning, "says"> = {
  code: "SSH_CONNECT_FAILED",
  hint: "Try the same with ssh, with -v for more words",
};

/** Makes an error of what `ssh` said before it gave up. */
export function opensshFailure(target: SshTarget, said: string): SshError {
  const { code, hint, retry } = MEANINGS.find(({ says }) => says.test(said)) ?? OTHER;
  const why = lastWords(said);
  return new SshError(
    `Cannot connect to ${describeTarget(target)} with ssh: ${why === "" ? "it said nothing" : why}`,
    { code, hint, retry },
  );
}

/** A password that the server does not take is asked for again. */
export function passwordRefused(target: SshTarget): SshError {
  return new SshError(`Cannot log in to ${describeTarget(target)} with ssh: the password was refused`, {
    code: "SSH_AUTHENTICATION_FAILED",
    hint: "Check fusion_user and fusion_password",
  });
}

/** Explains why a connection ended that was open. */
export function opensshLost(target: SshTarget, said: string): SshError {
  const why = lastWords(said);
  return new SshError(
    `Cannot keep the connection to ${describeTarget(target)}: ssh ended${why === "" ? "" : `; it said: ${why}`}`,
    {
      code: "SSH_CONNECTION_LOST",
      hint: "Check the network and whether the host or its sshd was stopped or started again",
    },
  );
}

/** Lines of frames and banners say nothing. */
function lastWords(said: string): string {
  const lines = said
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(
      (line) =>
        /\p{L}/u.test(line) &&
        !/^(?:debug|Authenticated |fusion-play-ssh |Warning: Permanently added|Transferred: |Bytes per second: )/.test(
          line,
        ),
    );
  return printable(lines.slice(-2).join("; "));
}
