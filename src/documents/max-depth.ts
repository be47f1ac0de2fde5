/** Levels of lists and mappings; a playbook has about ten. */
export const MAX_DEPTH = 100;
