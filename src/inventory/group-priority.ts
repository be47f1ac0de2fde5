/** The variable that decides between groups of one depth: the higher one wins. It is no variable of hosts. */
export const GROUP_PRIORITY = "ansible_group_priority";
