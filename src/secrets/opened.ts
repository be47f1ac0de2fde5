/** What was encrypted, or why it stays so: words such as "This file" go before the problem. */
export type Opened = { readonly bytes: Uint8Array } | { readonly problem: string; readonly hint: string };
