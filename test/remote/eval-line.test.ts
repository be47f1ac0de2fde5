import { expect, test } from "vitest";
import { withoutComments } from "../../src/remote/eval-line.ts";

test("withoutComments() leaves out lines that are comments, blank lines and indentation, and no code with a percent sign", () => {
  const source = `
%% About the whole.
Each = fun(Text) ->
    %% About the next line.
    io_lib:format("%~ts~n", [Text])

end,
Rest = $%.
`;
  expect(withoutComments(source)).toBe(
    ["Each = fun(Text) ->", 'io_lib:format("%~ts~n", [Text])', "end,", "Rest = $%."].join("\n"),
  );
});
