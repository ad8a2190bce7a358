const zero = 0x30
const nine = 0x39
const point = 0x2e
const plus = 0x2b
const minus = 0x2d

/** Significant digits that a double always preserves. */
const exactDigits = 15
/** With this many zeros after the point, DuckDB prints a number in scientific notation: 0.00001 as 1e-05. */
const plainZeros = 4

/**
 * Finds numbers that DuckDB would not print as delivered, in the bytes of a JSON text outside its strings. DuckDB reads
 * a number with a fraction or an exponent as a double: 1.50 becomes 1.5, 1e5 becomes 100000.0, and the 17th digit
 * changes. -0 loses its sign. Integers of any length are exact.
 */
export class NumberWatch {
  /** True if such a number was found. */
  respelt = false
  /** True if the last byte was part of a number. */
  inside = false
  /** Significant digits. */
  #digits = 0
  /** Digits after the point. */
  #decimals = 0
  /** Zeros between the point and the first significant digit. */
  #zeros = 0
  #last = zero
  #negative = false
  #decimal = false
  #exponent = false

  push(byte: number): void {
    if (byte >= zero && byte <= nine) {
      this.inside = true
      this.#last = byte
      if (this.#decimal) this.#decimals++
      // Leading zeros are not significant.
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

  /** Ends a number, if one was open. @returns true if DuckDB prints it differently */
  end(): boolean {
    const respelt = this.#exponent || (this.#decimal ? this.#losesDigits() : this.#negative && this.#digits === 0)
    this.respelt ||= respelt
    this.inside = this.#decimal = this.#exponent = this.#negative = false
    this.#digits = this.#decimals = this.#zeros = 0
    return respelt
  }

  #losesDigits(): boolean {
    // DuckDB prints a whole number with one zero after the point, and 0.0 as it is.
    if (this.#last === zero && this.#decimals > 1) return true
    return this.#digits > exactDigits || (this.#digits > 0 && this.#zeros >= plainZeros)
  }
}
