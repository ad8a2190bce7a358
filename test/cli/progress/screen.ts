/** A terminal of some width, with all lines that scrolled away. It wraps its lines again when its width changes. */
export class Screen {
  columns: number
  readonly #lines: string[] = ['']
  #line = 0
  #column = 0
  /** Numbers of the styles that were set, in order. */
  readonly styles: number[] = []

  constructor(columns: number) {
    this.columns = columns
  }

  /** All lines as they were written, without wrapping. */
  get text(): string {
    return this.#lines.join('\n')
  }

  /** @throws Error for an unexpected escape sequence */
  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- escape sequences
    for (const [part, , number, end] of text.matchAll(/(\u001b\[(\d*)([A-Za-z])|[\s\S])/g)) {
      if (end !== undefined) this.#sequence(Number(number === '' ? 0 : number), end)
      else if (part === '\r') this.#column = this.#rowStart()
      else if (part === '\n') this.#feed()
      else if (part < ' ') throw new Error(`control character ${JSON.stringify(part)}`)
      else this.#put(part)
    }
  }

  #put(character: string): void {
    const line = this.#lines[this.#line] ?? ''
    this.#lines[this.#line] =
      line.slice(0, this.#column).padEnd(this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }

  #feed(): void {
    this.#line++
    this.#column = 0
    while (this.#lines.length <= this.#line) this.#lines.push('')
  }

  #sequence(number: number, end: string): void {
    if (end === 'm') this.styles.push(number)
    else if (end === 'J' && number === 0) {
      this.#lines.length = this.#line + 1
      this.#lines[this.#line] = (this.#lines[this.#line] ?? '').slice(0, this.#column)
    } else if (end === 'A') for (let i = 0; i < number; i++) this.#up()
    else throw new Error(`sequence ${number}${end}`)
  }

  /** One row up, which may be an earlier row of the same line. */
  #up(): void {
    if (this.#column >= this.columns) {
      this.#column -= this.columns
      return
    }
    if (this.#line === 0) throw new Error('up from the first line')
    this.#line--
    this.#column = Math.floor(this.#lastColumn() / this.columns) * this.columns
  }

  #lastColumn(): number {
    return Math.max(0, (this.#lines[this.#line] ?? '').length - 1)
  }

  /** A cursor behind the last column is still on that row. */
  #rowStart(): number {
    return Math.floor(Math.min(this.#column, Math.max(this.#lastColumn(), 0)) / this.columns) * this.columns
  }
}
