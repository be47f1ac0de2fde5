import { dataToValue, type Data } from "../etf/data.ts";
import { valueToJson } from "../etf/json.ts";

/** Writes data into a text: text as it is, numbers and atoms as they are written, all else as JSON; secrets hidden. */
export function dataText(data: Data): string {
  const json = valueToJson(dataToValue(data));
  return typeof json === "string" ? json : JSON.stringify(json);
}
