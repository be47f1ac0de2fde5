import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";

/**
 * Kills everything that a host has started once the process that serves the host is gone.
 *
 * It runs in a process of its own and learns of the end of ours by the end of its standard input, which comes
 * also after `kill -9`. Process groups alone are not enough: sshd gives each command a new session, and a
 * command can do the same. So whatever descends from a group is killed too, and on Linux, whatever has the
 * {@linkcode mark} in its environment.
 */
export class Watchdog implements AsyncDisposable {
  /** An environment variable that all commands of the host get, and their children inherit: name and value. */
  readonly mark: readonly [name: string, value: string] = ["FUSION_LAB_HOST", randomUUID()];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** Starts watching over nothing yet. */
  constructor() {
    this.#process = spawn("/bin/sh", ["-c", watchdogScript, "fusion-lab-watchdog", this.mark.join("=")], {
      cwd: "/",
      detached: true, // a Ctrl-C in the terminal must not end it before us
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#ended = once(this.#process, "exit").catch(() => {}); // it could not be started: nothing to wait for
    this.#process.stdin?.on("error", () => {}); // it was killed; there is nobody to tell
  }

  /** Watches over the process group that `pid` leads. */
  add(pid: number): void {
    this.#process.stdin?.write(`add ${pid}\n`);
  }

  /** Forgets a group that has no process any more, because its number may be given to another. */
  remove(pid: number): void {
    this.#process.stdin?.write(`remove ${pid}\n`);
  }

  /** Kills all groups now, and resolves when their processes are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
  }
}

/**
 * `processes` prints `pid parent group` of every live process: from /proc, as bare Debian has no ps, or from ps,
 * as macOS has no /proc. Rounds repeat because a process may fork between the look and the kill; the groups of
 * those found are remembered, so a child whose parent died meanwhile is found by its group.
 */
const watchdogScript = String.raw`
trap '' HUP INT QUIT TERM
mark=$1
started=no
groups=' '
while read -r verb pid; do
  case $verb in
    add) groups="$groups$pid " started=yes ;;
    remove) groups="${"$"}{groups%% $pid *} ${"$"}{groups#* $pid }" ;;
  esac
done
processes() {
  if [ -r /proc/self/stat ]; then
    for stat in /proc/[0-9]*/stat; do
      read -r line <"$stat" || continue
      pid=${"$"}{line%% *}
      set -- ${"$"}{line##*) }
      [ "$1" = Z ] || echo "$pid $2 $3"
    done 2>/dev/null
  else
    ps -A -o pid= -o ppid= -o pgid= -o stat= | while read -r pid parent group state; do
      case $state in Z*) ;; *) echo "$pid $parent $group" ;; esac
    done
  fi
}
marked() {
  if [ -r /proc/self/environ ]; then
    for file in $(grep -lzxF "$mark" /proc/[0-9]*/environ 2>/dev/null); do
      pid=${"$"}{file#/proc/}
      echo ${"$"}{pid%/environ}
    done
  fi
}
[ $started = no ] && exit
round=0
while [ $round -lt 50 ]; do
  table=$(processes)
  doomed=' '
  for pid in $(marked); do doomed="$doomed$pid "; done
  grown=yes
  while [ $grown = yes ]; do
    grown=no
    while read -r pid parent group; do
      case $doomed in *" $pid "*) continue ;; esac
      case $groups in
        *" $group "*) ;;
        *) case $doomed in *" $parent "*) groups="$groups$group " ;; *) continue ;; esac ;;
      esac
      doomed="$doomed$pid "
      grown=yes
    done <<EOF
$table
EOF
  done
  [ "$doomed" = ' ' ] && exit
  kill -KILL $doomed 2>/dev/null
  sleep 0.05
  round=$((round + 1))
done
`;
