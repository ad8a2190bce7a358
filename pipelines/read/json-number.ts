const zero = 0x30
const nine = 0x39
const point = 0x2e
const plus = 0x2b
const minus = 0x2d

/** Significant digits that every double gives back as they were. */
const exactDigits = 15

/**
 * Watches the bytes of a JSON text outside its strings for a number that loses digits on its way through double, which
 * is how DuckDB reads those with a fraction or an exponent. Integers of any length are exact.
 */
export class NumberWatch {
  /** True once such a number came by. */
  lossy = false
  /** Whether the last byte was part of a number. */
  inside = false
  #digits = 0
  #exponentDigits = 0
  /** The number has a fraction or an exponent. */
  #decimal = false
  #exponent = false

  /** Takes the next byte. */
  push(byte: number): void {
    if (byte >= zero && byte <= nine) {
      if (this.#exponent) this.#exponentDigits++
      // Zeros in front are no significant digits.
      else if (this.#digits > 0 || byte !== zero) this.#digits++
      this.inside = true
    } else if (this.inside) this.#other(byte)
  }

  #other(byte: number): void {
    if (byte === point) this.#decimal = true
    else if ((byte | 0x20) === 0x65) {
      this.#decimal = true
      this.#exponent = true
    } else if (byte !== plus && byte !== minus) this.end()
  }

  /** The number, if there was one, is over. Gives whether it was one that loses digits. */
  end(): boolean {
    // An exponent of three digits can leave the range of a double.
    const lossy = this.#decimal && (this.#digits > exactDigits || this.#exponentDigits > 2)
    this.lossy ||= lossy
    this.inside = this.#decimal = this.#exponent = false
    this.#digits = this.#exponentDigits = 0
    return lossy
  }
}
