const zero = 0x30
const nine = 0x39
const point = 0x2e
const plus = 0x2b
const minus = 0x2d

/** Significant digits that every double gives back as they were. */
const exactDigits = 15
/** From as many zeros behind the point on, DuckDB prints a number in scientific notation: 0.00001 as 1e-05. */
const plainZeros = 4

/**
 * Watches the bytes of a JSON text outside its strings for a number that DuckDB would not print as it was delivered. It
 * reads one with a fraction or an exponent as a double, so that 1.50 becomes 1.5, 1e5 becomes 100000.0 and the 17th digit
 * another one; of -0 it loses the sign. Integers of any length are exact.
 */
export class NumberWatch {
  /** True once such a number came by. */
  respelt = false
  /** Whether the last byte was part of a number. */
  inside = false
  /** Significant digits. */
  #digits = 0
  /** Digits behind the point. */
  #decimals = 0
  /** Zeros behind the point and before the first significant digit. */
  #zeros = 0
  #last = zero
  #negative = false
  #decimal = false
  #exponent = false

  /** Takes the next byte. */
  push(byte: number): void {
    if (byte >= zero && byte <= nine) {
      this.inside = true
      this.#last = byte
      if (this.#decimal) this.#decimals++
      // Zeros in front are no significant digits.
      if (this.#digits > 0 || byte !== zero) this.#digits++
      else if (this.#decimal) this.#zeros++
    } else if (this.inside) this.#other(byte)
    else if (byte === minus) this.inside = this.#negative = true
  }

  #other(byte: number): void {
    if (byte === point) this.#decimal = true
    else if ((byte | 0x20) === 0x65) this.#exponent = true
    else if (byte !== plus && byte !== minus) this.end()
  }

  /** The number, if there was one, is over. Gives whether it was one that DuckDB prints in another way. */
  end(): boolean {
    const respelt = this.#exponent || (this.#decimal ? this.#losesDigits() : this.#negative && this.#digits === 0)
    this.respelt ||= respelt
    this.inside = this.#decimal = this.#exponent = this.#negative = false
    this.#digits = this.#decimals = this.#zeros = 0
    return respelt
  }

  #losesDigits(): boolean {
    // Of a whole number DuckDB prints one zero behind the point, and 0.0 as it is.
    if (this.#last === zero && this.#decimals > 1) return true
    return this.#digits > exactDigits || (this.#digits > 0 && this.#zeros >= plainZeros)
  }
}
