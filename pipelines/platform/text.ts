/** A text, undefined where it is empty, as of an environment variable that is set to nothing. */
export const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
