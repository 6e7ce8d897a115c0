/** Minor units to text and back, exactly: digits are moved, nothing is divided. */

const { exponents } = JSON.parse(document.documentElement.dataset.settings);

const LARGEST = 9007199254740991n;

/** The currencies this casino keeps accounts in. */
export const currencies = Object.keys(exponents);

/** `1050, "USD"` → `"10.50"`, with groups of thousands. An unknown currency shows minor units. */
export function format(minor, currency) {
  if (!Number.isSafeInteger(minor)) return String(minor);
  const digits = exponents[currency] ?? 0;
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const part = digits ? `.${text.slice(-digits)}` : "";
  return `${minor < 0 ? "−" : ""}${whole}${part}`;
}

/** The same with a plus sign where something was gained. */
export const formatNet = (minor, currency) => `${minor > 0 ? "+" : ""}${format(minor, currency)}`;

/** `"10.5", "USD"` → `1050`. Throws an `Error` fit to be shown. */
export function parse(text, currency) {
  const digits = exponents[currency];
  const found = /^(\d{1,16})(?:\.(\d+))?$/.exec(text.trim().replaceAll(",", ""));
  if (!found) throw new Error("Enter an amount such as 100 or 99.50.");
  const part = found[2] ?? "";
  if (part.length > digits) throw new Error(`${currency} has ${digits || "no"} digits after the point.`);
  const minor = BigInt(found[1] + part.padEnd(digits, "0"));
  if (minor > LARGEST) throw new Error("That is more than any account holds.");
  return Number(minor);
}
