// The words of a text that make its prediction, coloured by what they contribute.

import { make } from "./page.js"

const GAP = 40 // characters between the words of an n-gram: stop words and marks that the model leaves out
const MOST = 200 // occurrences of an n-gram that are coloured
const WORD = /[\p{L}\p{N}]/u

/** Return an element with the text, each character coloured by the sum of what the n-grams that it belongs to contribute. */
export function coloured(text, words) {
  const sums = contributions(text, words)
  const largest = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 0)
  const parts = []
  for (let start = 0, end; start < text.length; start = end) {
    for (end = start + 1; end < text.length && sums[end] === sums[start]; ) end++
    parts.push(part(text.slice(start, end), sums[start], largest))
  }
  return make("p", { className: "text", dir: "auto", tabIndex: 0, role: "group", "aria-label": "The text, its words coloured by what they contribute" }, ...parts)
}

function part(text, sum, largest) {
  if (!sum || !text.trim()) return text
  const element = make("mark", { className: sum > 0 ? "for" : "against", title: sum.toFixed(4) }, text)
  element.style.setProperty("--strength", (Math.abs(sum) / largest).toFixed(3))
  return element
}

/** Return what each character contributes; an n-gram is shared out to its words, each time that it occurs. */
export function contributions(text, words) {
  const sums = new Float64Array(text.length)
  const lower = Array.from({ length: text.length }, (_, at) => {
    const small = text[at].toLowerCase()
    return small.length === 1 ? small : text[at]
  }).join("")
  for (const [name, contribution] of words) {
    const parts = name.toLowerCase().split(" ").filter(Boolean)
    let from = 0
    for (let count = 0; count < MOST; count++) {
      const places = find(lower, parts, from)
      if (!places) break
      places.forEach((place, number) => add(sums, place, parts[number].length, contribution / parts.length))
      from = places[0] + parts[0].length
    }
  }
  return sums
}

function add(sums, place, length, share) {
  for (let at = place; at < place + length; at++) sums[at] += share
}

/** Return where the words of an n-gram stand, one after another, from a place on; null where they do not. */
function find(text, parts, from) {
  for (let start = next(text, parts[0], from); start >= 0; start = next(text, parts[0], start + 1)) {
    const places = [start]
    for (let number = 1; number < parts.length; number++) {
      const end = places[number - 1] + parts[number - 1].length
      const place = next(text.slice(0, end + GAP + parts[number].length), parts[number], end)
      if (place < 0) break
      places.push(place)
    }
    if (places.length === parts.length) return places
  }
  return null
}

/** Return where a whole word stands, from a place on; -1 if nowhere. */
function next(text, word, from) {
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = WORD.test(word[0]) && at > 0 && WORD.test(text[at - 1])
    const after = WORD.test(word[word.length - 1]) && WORD.test(text[at + word.length] ?? "")
    if (!before && !after) return at
  }
  return -1
}
