/** From here on Erlang writes an exponent, as not every integer has a float of its own. */
const EXACT_INTEGERS = 2 ** 53;

/**
 * Writes a float as Erlang does: the shortest digits that give the same float, with a point, and
 * with an exponent where that is shorter.
 */
export function formatFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "", exponent = ""] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  return sign + placePoint(digits, Number(exponent) + 1, Math.abs(value) >= EXACT_INTEGERS);
}

/** @param place how many digits stand before the point; negative or beyond their number: zeros are missing */
function placePoint(digits: string, place: number, withExponent: boolean): string {
  if (place > 0 && place < digits.length && !withExponent) {
    return `${digits.slice(0, place)}.${digits.slice(place)}`;
  }
  const plain = plainText(digits, place);
  const scientific = `${digits[0]}.${digits.slice(1) || "0"}e${place - 1}`;
  return withExponent || plain.length > scientific.length ? scientific : plain;
}

function plainText(digits: string, place: number): string {
  if (Number(digits) === 0) return "0.0";
  return place <= 0
    ? `0.${"0".repeat(-place)}${digits}`
    : `${digits}${"0".repeat(Math.max(place - digits.length, 0))}.0`;
}
