import { numberText } from '../../platform/count-text.ts'

/** A duration, as in `0.4 s`, `34 s`, `2 min 5 s`, `1 h 12 min`. */
export function durationText(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100) / 10
  return tenths < 10 ? `${tenths.toFixed(1)} s` : wholeText(Math.round(tenths))
}

/** The duration of something that still runs, in whole seconds: changing tenths are noise. */
export function elapsedText(ms: number): string {
  return wholeText(Math.floor(Math.max(0, ms) / 1000))
}

/** A remaining time, rounded because it is an estimate: `5 s`, `40 s`, `3 min`, `1 h 12 min`. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds <= 55) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `${minutes} min` : wholeText(minutes * 60)
}

function wholeText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${numberText(Math.floor(minutes / 60))} h ${minutes % 60} min`
}
