import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeHtml, jsonMarkup, markup } from "../../../src/report/page/markup.ts";

test("markup`` escapes what is no markup, in lists as well", () => {
  const name = `<img src=x onerror="alert('1')">&`;
  const item = markup`<li title="${name}">${name}</li>`;
  expect(markup`<ul>${[item, "<b>", 3]}</ul>`.html).toBe(
    '<ul><li title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
      "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</li>&lt;b&gt;3</ul>",
  );
});

test("escapeHtml() leaves nothing that means something in HTML, and no control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // oxlint-disable-next-line no-control-regex -- control characters are what it is about
      expect(escapeHtml(text)).not.toMatch(
        /[<>"'\u0000-\u0009\u000b-\u001f\u202a-\u202e]|&(?!(?:amp|lt|gt|quot|#39);)/,
      );
    }),
  );
});

test("jsonMarkup() is the same JSON, and ends no script element", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("</script>", "<!--", "<script"), (json, text) => {
      const { html } = jsonMarkup([json, text]);
      expect(html).not.toContain("<");
      // JSON has no -0.
      expect(JSON.parse(html)).toEqual(JSON.parse(JSON.stringify([json, text])));
    }),
  );
});
