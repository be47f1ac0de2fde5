/**
 * Failures that the functions of plays were given, with what says that one of them reached nobody: it was thrown in a
 * promise that the play does not wait for. The process is told of such promises, and not the run.
 */
export const failuresOfSteps: WeakMap<object, () => void> = new WeakMap();
