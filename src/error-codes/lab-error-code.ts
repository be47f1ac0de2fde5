/** Codes of errors about the lab. */
export type LabErrorCode =
  // Lab
  /**
   * The local SSH hosts could not be started or stopped.
   * Cause: A port is in use, another lab is up, its folder holds other files, or there is no `sshd` for `--sshd`.
   * Fix: `fusion-play lab status` tells what there is, `fusion-play lab down` removes it. `--port` and `--dir` choose
   * other ports and another folder.
   */
  "LAB_FAILED";
